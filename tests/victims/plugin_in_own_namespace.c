/* plugin_in_own_namespace.c: dlmopen loads a plugin with a C library of its own, and an allocator
 * of its own that nobody traces: its blocks and its frees change nothing here.
 *
 * EXPECT unfreed function=malloc in=main blocks=7 bytes=259
 * RUN valgrind=no
 */
#include "plugin.h"

int main(void)
{
    char path[4200];
    ssize_t length = readlink("/proc/self/exe", path, 4096);
    MUST(length > 0);
    path[length] = '\0';
    snprintf(strrchr(path, '/'), 100, "/plugin_first.so");
    void *handle = dlmopen(LM_ID_NEWLM, path, RTLD_NOW);
    MUST(handle != NULL);
    void *(*make)(size_t) = (void *(*)(size_t))dlsym(handle, "plugin_make");
    void (*release)(void *) = (void (*)(void *))dlsym(handle, "plugin_release");
    for (int i = 0; i < 23; i++)
        release(make(37));
    for (int i = 0; i < 7; i++)
        KEEP(malloc(37));
    dlclose(handle);
    return 0;
}
