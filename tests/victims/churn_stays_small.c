/* churn_stays_small.c: five million short lives of every size up to 8 KiB leave a small trace.
 *
 * EXPECT unfreed function=malloc in=main blocks=7 bytes=259
 * EXPECT trace_bytes<=1048576
 * RUN valgrind=no
 * RUN verify=no
 */
#include "victim.h"

int main(void)
{
    unsigned random = 1;
    for (int i = 0; i < 5000000; i++) {
        random = random * 1664525 + 1013904223;
        void *block = malloc(random >> 19);
        KEEP(block);
        free(block);
    }
    for (int i = 0; i < 7; i++)
        KEEP(malloc(37));
    return 0;
}
