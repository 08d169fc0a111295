/* file_size_limited_at_start.c: started where no file may have a byte (RLIMIT_FSIZE 0): there can
 * be no trace, and no SIGXFSZ.
 *
 * EXPECT no trace
 * RUN limit.fsize=0
 * RUN valgrind=no
 */
#include "victim.h"

int main(void)
{
    for (int i = 0; i < 23; i++)
        KEEP(malloc(37));
    say("alive\n");
    return 0;
}
