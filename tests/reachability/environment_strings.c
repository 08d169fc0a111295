/* environment_strings.c: strings and tables that setenv and putenv keep are libc's, those it has
 * replaced too; a string that was taken out again is lost.
 *
 * EXPECT reachable under=put blocks=1 bytes=10
 * EXPECT definite under=taken_out blocks=1 bytes=12
 */
#include "case.h"

OBJECT(put)
OBJECT(taken_out)

STEP void change(void)
{
    setenv("CASE_FIRST", "one", 1);
    setenv("CASE_FIRST", "another, longer", 1);
    setenv("CASE_SECOND", "two", 1);
    unsetenv("CASE_SECOND");
    putenv(strcpy(put(10), "CASE=here"));
    putenv(strcpy(taken_out(12), "OTHER=there"));
    unsetenv("OTHER");
}

int main(void)
{
    change();
    forget();
    return 0;
}
