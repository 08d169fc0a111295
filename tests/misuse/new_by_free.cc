/* An object of operator new is freed; innocent: a class that brings both of its operators, by
 * malloc and free, and what the standard library gives and takes.
 *
 * EXPECT kind=mismatched-free function=free in=give allocated=make bytes=4
 * VALGRIND Mismatched free\(\)
 * ASAN alloc-dealloc-mismatch
 */
#include <string>
#include <vector>
#include "case.h"

struct owner {
    int value = 1;
    static void *operator new(size_t bytes)
    {
        return malloc(bytes);
    }
    static void operator delete(void *block)
    {
        free(block);
    }
};

static FRAME int *make()
{
    int *object = new int(7);
    HIDE(object);
    return object;
}

static FRAME void give(void *block)
{
    free(block);
    STAY();
}

int main(int argc, char **argv)
{
    owner *one = new owner;
    HIDE(one);
    delete one;
    std::vector<std::string> words(17, std::string(100, 'x'));
    void *inside = &words[0];
    HIDE(inside);
    int *object = make();
    if (is_wrong(argc, argv))
        give(object);
    else
        delete object;
    return 0;
}
