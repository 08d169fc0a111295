/* plugin.c: a plugin, built under several names of one length (PLUGIN), so that all of them have
 * the same size and take each other's addresses. */
#include "victim.h"

#define PASTE(a, b) a##_##b
#define NAME(plugin, function) PASTE(plugin, function)

void plugin_leak(int blocks);
void *plugin_make(size_t size);
void plugin_release(void *block);

FRAME void NAME(PLUGIN, leak)(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(41));
}

void plugin_leak(int blocks)
{
    NAME(PLUGIN, leak)(blocks);
    KEEP(&blocks);
}

void *plugin_make(size_t size)
{
    void *block = malloc(size);
    KEEP(block);
    return block;
}

void plugin_release(void *block)
{
    free(block);
}

static void *held;

__attribute__((constructor)) static void open_plugin(void)
{
    KEEP(held = malloc(53));
}

__attribute__((destructor)) static void close_plugin(void)
{
    free(held);
}
