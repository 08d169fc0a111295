/* An array is deleted as if it were one object.
 *
 * EXPECT kind=mismatched-free function=operator_delete in=give allocated=main bytes=40
 * VALGRIND Mismatched free\(\)
 * ASAN alloc-dealloc-mismatch
 */
#include "case.h"

static FRAME void give(int *array)
{
    delete array;
    STAY();
}

int main(int argc, char **argv)
{
    int *array = new int[10];
    HIDE(array);
    if (is_wrong(argc, argv))
        give(array);
    else
        delete[] array;
    return 0;
}
