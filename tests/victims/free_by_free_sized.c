/* free_by_free_sized.c: C23's free_sized and free_aligned_sized. The symbols are weak: where no
 * library has them, the program frees in the old way.
 *
 * EXPECT unfreed function=malloc in=main blocks=2 bytes=74
 */
#include "victim.h"

void free_sized(void *block, size_t size) __attribute__((weak));
void free_aligned_sized(void *block, size_t alignment, size_t size) __attribute__((weak));

int main(void)
{
    for (int i = 0; i < 25; i++) {
        void *block = malloc(37);
        KEEP(block);
        if (i >= 23)
            continue;
        if (free_sized)
            free_sized(block, 37);
        else
            free(block);
    }
    for (int i = 0; i < 19; i++) {
        void *block = aligned_alloc(64, 128);
        KEEP(block);
        if (free_aligned_sized)
            free_aligned_sized(block, 64, 128);
        else
            free(block);
    }
    return 0;
}
