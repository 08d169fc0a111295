/* plugin.h: how victims open the plugins that lie beside them. */
#ifndef PLUGIN_H
#define PLUGIN_H

#include <dlfcn.h>
#include "victim.h"

struct plugin {
    void *handle;
    void (*leak)(int blocks);     /* 41 bytes each, from <name>_leak */
    void *(*make)(size_t size);
    void (*release)(void *block);
};

__attribute__((unused)) static struct plugin plugin_open(const char *name, int flags)
{
    char path[4200];
    ssize_t length = readlink("/proc/self/exe", path, 4096);
    MUST(length > 0);
    path[length] = '\0';
    snprintf(strrchr(path, '/'), 100, "/plugin_%s.so", name);
    struct plugin plugin = {.handle = dlopen(path, flags)};
    MUST(plugin.handle != NULL);
    plugin.leak = (void (*)(int))dlsym(plugin.handle, "plugin_leak");
    plugin.make = (void *(*)(size_t))dlsym(plugin.handle, "plugin_make");
    plugin.release = (void (*)(void *))dlsym(plugin.handle, "plugin_release");
    MUST(plugin.leak && plugin.make && plugin.release);
    return plugin;
}

#endif
