/* file_size_limited.c: no file may grow (RLIMIT_FSIZE): no SIGXFSZ comes from the tracer, the trace
 * holds what it had room for, and what the program writes fails as it would.
 *
 * EXPECT unfreed function=malloc in=leak blocks=any bytes=any
 * EXPECT trace.lost_blocks=any trace.lost_stacks=any
 * RUN valgrind=no
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include "victim.h"

static volatile int signals;

static void count(int number)
{
    (void)number;
    signals = signals + 1;
}

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    struct rlimit limit = {4096, 4096};
    leak(23);
    signal(SIGXFSZ, count);
    MUST(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    leak(300000);
    say("%d signals\n", signals);
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    if (file < 0)
        return 0; /* a file system without unnamed files */
    ssize_t written = pwrite(file, "x", 1, 4096);
    say("%zd, errno %d", written, errno);
    say(", %d signals\n", signals);
    return 0;
}
