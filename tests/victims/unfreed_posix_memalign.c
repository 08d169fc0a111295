/* unfreed_posix_memalign.c: blocks of posix_memalign; its pointer comes back through an argument.
 *
 * EXPECT calls posix_memalign=13
 * EXPECT unfreed function=posix_memalign in=leak blocks=13 bytes=871
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include "victim.h"

FRAME void leak(void)
{
    for (int i = 0; i < 13; i++) {
        void *block = NULL;
        MUST(posix_memalign(&block, 256, 67) == 0);
        MUST((uintptr_t)block % 256 == 0);
    }
}

int main(void)
{
    leak();
    return 0;
}
