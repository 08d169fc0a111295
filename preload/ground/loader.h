/* loader.h: the loader's functions, by address. Their place in libc has moved (dlopen and dlsym
 * came there with 2.34, _dl_find_object is new in 2.35): a reference would be bound to that
 * version, and where libc is older the loader would refuse to start the program. As it is, the
 * program runs, and is traced with stacks of one frame. */
#ifndef MT_LOADER_H
#define MT_LOADER_H

#include <dlfcn.h>

struct mt_loader {
    __typeof(dlopen) *open; /* each is NULL where this libc has none */
    __typeof(dlsym) *find_symbol;
    __typeof(_dl_find_object) *find_object;
};
extern struct mt_loader mt_loader;

/* Looks for them. Once, while the process has one thread. */
void mt_loader_find(void);

#endif
