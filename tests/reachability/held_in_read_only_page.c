/* held_in_read_only_page.c: a table that is filled and then made read-only, as RELRO does.
 *
 * EXPECT reachable under=in_frozen_page blocks=1 bytes=101
 * EXPECT reachable under=in_frozen_mapping blocks=1 bytes=103
 * DIFFERS valgrind in_frozen_page: definite 1: it reads writable memory alone
 * DIFFERS valgrind in_frozen_mapping: definite 1: it reads writable memory alone
 * DIFFERS lsan in_frozen_mapping: definite 1: memory that the program maps is no root there
 */
#include <sys/mman.h>
#include "case.h"

enum { PAGE = 4096 };

OBJECT(in_frozen_page)
OBJECT(in_frozen_mapping)

struct {
    void *pointer;
    char rest[PAGE - sizeof(void *)];
} frozen __attribute__((aligned(PAGE)));
void **mapping;

STEP void keep(void)
{
    frozen.pointer = in_frozen_page(101);
    MUST(mprotect(&frozen, PAGE, PROT_READ) == 0);
    mapping = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(mapping != MAP_FAILED);
    mapping[7] = in_frozen_mapping(103);
    MUST(mprotect(mapping, PAGE, PROT_READ) == 0);
}

int main(void)
{
    keep();
    forget();
    return 0;
}
