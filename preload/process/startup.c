/* startup.c: see startup.h. The stack at process start is, upwards: argument count, arguments,
 * NULL, environment, NULL, auxiliary vector (System V ABI, "Initial Stack and Register State"). */
#include "startup.h"

#include <stddef.h>

extern void *__libc_stack_end; /* ld.so: address of the argument count */

struct mt_startup mt_startup(void)
{
    long *const at = __libc_stack_end;
    const int count = (int)at[0];
    char *const *arguments = (char *const *)(at + 1);
    return (struct mt_startup){count, arguments, arguments + count + 1};
}
