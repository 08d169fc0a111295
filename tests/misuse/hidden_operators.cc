/* A library that has operator new and delete of its own inside, as one that is linked statically
 * with libstdc++ has, exchanges objects with a program that has not. It works, for both ask malloc.
 * Valgrind takes it for a mismatch.
 *
 * EXPECT nothing
 */
#include <new>
#include "case.h"

extern "C" int *library_make();
extern "C" void library_drop(int *object);

#ifdef LIBRARY
void *operator new(size_t bytes)
{
    void *block = malloc(bytes);
    if (!block)
        throw std::bad_alloc();
    return block;
}

void operator delete(void *block) noexcept
{
    free(block);
}

void operator delete(void *block, size_t) noexcept
{
    free(block);
}

int *library_make()
{
    int *object = new int(4);
    HIDE(object);
    return object;
}

void library_drop(int *object)
{
    HIDE(object);
    delete object;
    STAY();
}
#else
int main(int argc, char **argv)
{
    int *theirs = library_make(), *ours = new int(3);
    HIDE(ours);
    if (is_wrong(argc, argv)) {
        delete theirs;
        library_drop(ours);
    } else {
        library_drop(theirs);
        delete ours;
    }
    return 0;
}
#endif
