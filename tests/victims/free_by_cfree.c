/* free_by_cfree.c: cfree is gone from <stdlib.h> and from new binaries, not from the C library of
 * old ones: it frees wherever it is found.
 *
 * EXPECT calls cfree=23
 * EXPECT clean
 */
#include <dlfcn.h>
#include "victim.h"

int main(void)
{
    void (*cfree)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "cfree");
    if (!cfree) /* as with every new C library */
        cfree = (void (*)(void *))dlvsym(RTLD_DEFAULT, "cfree", "GLIBC_2.2.5");
    for (int i = 0; i < 23; i++) {
        void *block = malloc(37);
        KEEP(block);
        if (cfree)
            cfree(block);
        else
            free(block);
    }
    return 0;
}
