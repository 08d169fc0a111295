/* mapping_replaced.c: MAP_FIXED takes what was mapped there away; MAP_FIXED_NOREPLACE does not, and
 * calls that fail leave all as it was, with their own errno.
 *
 * EXPECT mapped function=mmap in=main mappings=2 bytes=40960 kind=anonymous
 * EXPECT mapped function=mmap in=replace mappings=1 bytes=12288 kind=shared
 */
#include <sys/mman.h>
#include "victim.h"

enum { PAGE = 4096, PLACE = MAP_PRIVATE | MAP_ANONYMOUS };

FRAME void replace(char *at)
{
    MUST(mmap(at, 3 * PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == at);
}

FRAME void fail(char *mapping)
{
    errno = 0;
    MUST(mmap(mapping, PAGE, PROT_READ, PLACE | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED);
    MUST(errno == EEXIST);
    MUST(mmap(mapping, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, 987, 0) == MAP_FAILED);
    MUST(errno == EBADF);
    MUST(munmap(mapping + 1, PAGE) == -1 && errno == EINVAL);
    MUST(munmap(mapping, 0) == -1 && errno == EINVAL);
    errno = 0;
    MUST(mremap(mapping, PAGE, PAGE, MREMAP_FIXED, mapping) == MAP_FAILED && errno == EINVAL);
}

int main(void)
{
    char *mapping = mmap(NULL, 13 * PAGE, PROT_READ, PLACE, -1, 0);
    MUST(mapping != MAP_FAILED);
    replace(mapping + 5 * PAGE);
    fail(mapping);
    fail(mapping + 5 * PAGE);
    return 0;
}
