/* loads.c WORD…: a program whose work is done in libraries that are loaded in unusual ways. What it
 * allocates itself, and hands to them, is 30 blocks of which they release 23.
 *
 *   linked      the library is linked to an address of its own, as prelink did
 *   deepbind    opened with RTLD_DEEPBIND: it is bound to the C library past every preload
 *   namespace   opened by dlmopen, with a C library of its own: what it makes it releases itself
 */
#include <dlfcn.h>
#include "../victims/victim.h"

typedef void *maker(size_t size);
typedef void releaser(void *block);

maker far_make;
releaser far_release;

static void *open_library(const char *path, int in_namespace)
{
    void *library = in_namespace ? dlmopen(LM_ID_NEWLM, path, RTLD_NOW)
                                 : dlopen(path, RTLD_NOW | RTLD_DEEPBIND);
    if (!library)
        say("%s\n", dlerror());
    MUST(library);
    return library;
}

static void in_a_namespace(const char *path)
{
    void *library = open_library(path, 1);
    maker *make = (maker *)dlsym(library, "far_make");
    releaser *release = (releaser *)dlsym(library, "far_release");
    MUST(make && release);
    for (int i = 0; i < 2003; i++)
        release(make((size_t)i));
    KEEP(make(53));
}

int main(int count, char **words)
{
    static void *blocks[30];
    maker *make = far_make;
    releaser *release = far_release;
    MUST(count == 3);
    if (strcmp(words[1], "deepbind") == 0) {
        void *library = open_library(words[2], 0);
        make = (maker *)dlsym(library, "far_make");
        release = (releaser *)dlsym(library, "far_release");
    } else if (strcmp(words[1], "namespace") == 0) {
        in_a_namespace(words[2]);
    }
    for (int i = 0; i < 30; i++)
        blocks[i] = malloc(37);
    for (int i = 0; i < 23; i++)
        release(blocks[i]);
    for (int i = 0; i < 11; i++)
        free(make(41));
    memset(blocks, 0, sizeof blocks);
    say("done\n");
    return 7;
}
