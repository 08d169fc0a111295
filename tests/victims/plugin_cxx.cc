/* plugin_cxx.cc: a plugin in C++, for programs in C. */
#include <new>
#include "victim.h"

extern "C" {
void plugin_leak(int blocks);
void *plugin_make(size_t size);
void plugin_release(void *block);
int plugin_fails(void);
}

FRAME void cxx_leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(operator new(41));
}

void plugin_leak(int blocks)
{
    cxx_leak(blocks);
    KEEP(&blocks);
}

void *plugin_make(size_t size)
{
    void *block = operator new(size);
    KEEP(block);
    return block;
}

void plugin_release(void *block)
{
    operator delete(block);
}

/* 1: nothrow forms give NULL and the others throw, as they should. */
int plugin_fails(void)
{
    volatile size_t huge = PTRDIFF_MAX;
    const std::align_val_t line{64};
    try {
        if (operator new(huge, std::nothrow) || operator new[](huge, line, std::nothrow))
            return 0;
    } catch (const std::bad_alloc &) {
        return 0;
    }
    try {
        KEEP(operator new(huge));
        return 0;
    } catch (const std::bad_alloc &) {
        return 1;
    }
}
