/* end_by_exit_group.c: the system call itself: nobody in the process can tell how it ended.
 *
 * EXPECT status=7
 * EXPECT process.end=any
 * EXPECT unfreed function=malloc in=leak blocks=23 bytes=851
 * EXPECT unfreed function=calloc in=main blocks=3 bytes=123
 */
#include <sys/syscall.h>
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
}

int main(void)
{
    leak();
    for (int i = 0; i < 3; i++)
        KEEP(calloc(1, 41));
    return (int)syscall(SYS_exit_group, 7);
}
