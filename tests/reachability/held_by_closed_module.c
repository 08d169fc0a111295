/* held_by_closed_module.c: what a library kept in its variables is lost when it is closed; libc
 * frees its thread-local storage later, when the thread next needs the table of modules.
 *
 * EXPECT definite under=in_global blocks=1 bytes=101
 * EXPECT reachable under=in_tls blocks=1 bytes=103
 */
#include "module.h"

OBJECT(in_global)
OBJECT(in_tls)

STEP void keep(void)
{
    struct module module = open_module();
    module.keep_in_global(in_global(101));
    module.keep_in_local(in_tls(103));
    MUST(dlclose(module.handle) == 0);
}

int main(void)
{
    keep();
    forget();
    return 0;
}
