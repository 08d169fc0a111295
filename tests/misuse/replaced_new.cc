/* A program that replaces operator new, and frees or deletes what comes of it: what matches what is
 * for it to say. Nothing is reported, right or wrong.
 *
 * EXPECT nothing
 */
#include <new>
#include "case.h"

void *operator new(size_t bytes)
{
    void *block = malloc(bytes ? bytes : 1);
    if (!block)
        throw std::bad_alloc();
    return block;
}

int main(int argc, char **argv)
{
    int *object = new int(3), *array = new int[10];
    HIDE(object);
    HIDE(array);
    if (is_wrong(argc, argv))
        free(object);
    else
        delete object;
    delete[] array;
    return 0;
}
