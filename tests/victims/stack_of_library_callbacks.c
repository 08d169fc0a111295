/* stack_of_library_callbacks.c: stacks go through the C library and out of it again: qsort calls
 * the program, and so does a thread's start.
 *
 * EXPECT unfreed function=malloc in=compare blocks=1 bytes=37
 * EXPECT unfreed function=malloc in=visit blocks=7 bytes=287
 */
#include <search.h>
#include "victim.h"

static int leaks_left = 1;

FRAME int compare(const void *left, const void *right)
{
    if (leaks_left-- > 0)
        KEEP(malloc(37));
    return *(const int *)left - *(const int *)right;
}

FRAME void visit(const void *node, VISIT which, int depth)
{
    (void)depth;
    KEEP(node);
    if (which == preorder || which == leaf)
        KEEP(malloc(41));
}

static int compare_keys(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

int main(void)
{
    int numbers[] = {5, 3, 2, 7, 11, 17, 13};
    qsort(numbers, 7, sizeof(int), compare);
    void *root = NULL;
    for (int i = 0; i < 7; i++)
        tsearch(&numbers[i], &root, compare_keys);
    twalk(root, visit);
    for (int i = 0; i < 7; i++)
        tdelete(&numbers[i], &root, compare_keys);
    return 0;
}
