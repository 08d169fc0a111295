/* plugin_deepbind.c: a plugin opened with RTLD_DEEPBIND calls the C library's malloc and free past
 * every preload. It frees blocks of the program: these are no leaks. Blocks of its own, freed by the
 * program, are no news.
 *
 * EXPECT unfreed function=malloc in=main blocks=7 bytes=259
 * RUN valgrind=no
 */
#include "plugin.h"

int main(void)
{
    static void *blocks[30];
    struct plugin plugin = plugin_open("first", RTLD_NOW | RTLD_DEEPBIND);
    for (int i = 0; i < 30; i++)
        KEEP(blocks[i] = malloc(37));
    for (int i = 0; i < 23; i++)
        plugin.release(blocks[i]);
    for (int i = 0; i < 11; i++)
        free(plugin.make(37));
    dlclose(plugin.handle);
    return 0;
}
