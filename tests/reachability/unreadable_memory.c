/* unreadable_memory.c: memory that cannot be read: pages without access inside a block and a
 * mapping, a mapping of a file that has become shorter. What can be read beside it counts.
 *
 * EXPECT reachable under=with_hole blocks=1 bytes=32768
 * EXPECT reachable under=before_hole blocks=1 bytes=101
 * EXPECT reachable under=behind_hole blocks=1 bytes=103
 * EXPECT reachable under=in_shortened blocks=1 bytes=107
 * EXPECT definite under=lost blocks=1 bytes=109
 * DIFFERS lsan *: nothing: it dies of the page it may not read
 */
#include <fcntl.h>
#include <sys/mman.h>
#include "case.h"

enum { PAGE = 4096 };

OBJECT(before_hole)
OBJECT(behind_hole)
OBJECT(in_shortened)
OBJECT(lost)

void **block, **shortened;

STEP void *with_hole(void)
{
    void *made = NULL;
    MUST(posix_memalign(&made, PAGE, 8 * PAGE) == 0);
    memset(made, 0, 8 * PAGE);
    return made;
}

STEP void build(void)
{
    block = with_hole();
    block[0] = before_hole(101);
    block[7 * PAGE / sizeof(void *)] = behind_hole(103);
    MUST(mprotect((char *)block + 2 * PAGE, 2 * PAGE, PROT_NONE) == 0);
    int file = open(".", O_TMPFILE | O_RDWR, 0600);
    MUST(file >= 0 && ftruncate(file, 4 * PAGE) == 0);
    shortened = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    MUST(shortened != MAP_FAILED);
    shortened[1] = in_shortened(107);
    MUST(ftruncate(file, PAGE) == 0);
    lost(109);
}

int main(void)
{
    build();
    forget();
    return 0;
}
