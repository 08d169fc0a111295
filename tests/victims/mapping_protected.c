/* mapping_protected.c: mprotect, and pkey_mprotect, make several mappings of one as the kernel sees
 * it. To the program it is the one it made.
 *
 * EXPECT mapped function=mmap in=with_guards mappings=5 bytes=225280 kind=anonymous
 */
#include <sys/mman.h>
#include "victim.h"

enum { PAGE = 4096, PAGES = 11 };

FRAME void with_guards(void)
{
    for (int i = 0; i < 5; i++) {
        char *mapping = mmap(NULL, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        MUST(mapping != MAP_FAILED);
        const int result =
            i % 2 ? mprotect(mapping + PAGE, (PAGES - 2) * PAGE, PROT_READ | PROT_WRITE)
                  : pkey_mprotect(mapping + PAGE, (PAGES - 2) * PAGE, PROT_READ | PROT_WRITE, -1);
        MUST(result == 0);
        memset(mapping + PAGE, 1, (PAGES - 2) * PAGE);
    }
}

int main(void)
{
    make_and_free(37); /* a program without any allocation is inconclusive at the gate */
    with_guards();
    return 0;
}
