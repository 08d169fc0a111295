/* new_forms.cc: every form of operator new, each from a function of its own.
 *
 * EXPECT unfreed in=leak_plain blocks=7 bytes=259
 * EXPECT unfreed in=leak_array blocks=11 bytes=451
 * EXPECT unfreed in=leak_nothrow blocks=13 bytes=559
 * EXPECT unfreed in=leak_array_nothrow blocks=17 bytes=799
 * EXPECT unfreed in=leak_aligned blocks=19 bytes=2432
 * EXPECT unfreed in=leak_array_aligned blocks=23 bytes=5888
 * EXPECT unfreed in=leak_aligned_nothrow blocks=29 bytes=3712
 * EXPECT unfreed in=leak_array_aligned_nothrow blocks=31 bytes=7936
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include <new>
#include "victim.h"

#define LEAK(name, count, ...)                                                                     \
    FRAME void leak_##name()                                                                       \
    {                                                                                              \
        for (int i = 0; i < count; i++)                                                            \
            KEEP(__VA_ARGS__);                                                                     \
    }

static const std::align_val_t line{64};
static const std::nothrow_t &quiet = std::nothrow;

LEAK(plain, 7, operator new(37))
LEAK(array, 11, operator new[](41))
LEAK(nothrow, 13, operator new(43, quiet))
LEAK(array_nothrow, 17, operator new[](47, quiet))
LEAK(aligned, 19, operator new(128, line))
LEAK(array_aligned, 23, operator new[](256, line))
LEAK(aligned_nothrow, 29, operator new(128, line, quiet))
LEAK(array_aligned_nothrow, 31, operator new[](256, line, quiet))

int main()
{
    leak_plain();
    leak_array();
    leak_nothrow();
    leak_array_nothrow();
    leak_aligned();
    leak_array_aligned();
    leak_aligned_nothrow();
    leak_array_aligned_nothrow();
    return 0;
}
