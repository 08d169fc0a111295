/* module.h: how cases open module.c. */
#ifndef MODULE_H
#define MODULE_H

#include <dlfcn.h>
#include "case.h"

struct module {
    void *handle;
    void (*keep_in_global)(void *pointer), (*keep_in_local)(void *pointer);
};

/* Opens module.so, which lies beside the program. */
__attribute__((unused)) static struct module open_module(void)
{
    char path[4200];
    ssize_t length = readlink("/proc/self/exe", path, 4096);
    MUST(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/'), "/module.so");
    struct module module = {.handle = dlopen(path, RTLD_NOW)};
    MUST(module.handle);
    module.keep_in_global = (void (*)(void *))dlsym(module.handle, "module_keep_in_global");
    module.keep_in_local = (void (*)(void *))dlsym(module.handle, "module_keep_in_local");
    MUST(module.keep_in_global && module.keep_in_local);
    return module;
}
#endif
