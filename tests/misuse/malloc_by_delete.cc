/* What malloc gave is deleted.
 *
 * EXPECT kind=mismatched-free function=operator_delete in=give allocated=main bytes=4
 * VALGRIND Mismatched free\(\)
 * ASAN alloc-dealloc-mismatch
 */
#include "case.h"

static FRAME void give(void *block)
{
    delete static_cast<int *>(block);
    STAY();
}

int main(int argc, char **argv)
{
    void *block = malloc(4);
    HIDE(block);
    if (is_wrong(argc, argv))
        give(block);
    else
        free(block);
    return 0;
}
