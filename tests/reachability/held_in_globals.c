/* held_in_globals.c: pointers in every kind of static variable of an executable.
 *
 * EXPECT reachable under=in_bss blocks=1 bytes=101
 * EXPECT reachable under=in_data blocks=1 bytes=103
 * EXPECT reachable under=in_static blocks=1 bytes=107
 * EXPECT reachable under=in_static_of_function blocks=1 bytes=109
 * EXPECT reachable under=at_the_end_of_an_array blocks=1 bytes=113
 */
#include "case.h"

OBJECT(in_bss)
OBJECT(in_data)
OBJECT(in_static)
OBJECT(in_static_of_function)
OBJECT(at_the_end_of_an_array)

void *bss;
void *data = &bss;
static void *volatile hidden;
void *array[100003];

STEP void keep(void)
{
    static void *volatile of_function;
    bss = in_bss(101);
    data = in_data(103);
    hidden = in_static(107);
    of_function = in_static_of_function(109);
    KEEP(of_function);
    array[100002] = at_the_end_of_an_array(113);
}

int main(void)
{
    keep();
    forget();
    return 0;
}
