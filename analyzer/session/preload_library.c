/* preload_library.c: libmemtrace.so is found from the place of this executable alone, so that a
 * build tree, an installation and a copy of one under another prefix each use their own library;
 * no variable and no search path can put another in its place. */
#include "preload_library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "image.h"

/* Seen from the folder of the executable. */
static const char *const places[] = {
    "../preload/libmemtrace.so",                 /* build tree */
    (MEMTRACE_LIBRARY_FOLDER "/libmemtrace.so"), /* as installed */
    "../lib/libmemtrace.so",
    "../lib64/libmemtrace.so",
    "libmemtrace.so", /* both in one folder */
};
enum { PLACES = sizeof places / sizeof places[0] };

/* A library that the loader cannot load it passes over with a message, and the program runs
 * untraced: better said before. */
static int check_loadable(const char *path, struct mt_error *error)
{
    struct mt_image library, own;
    char theirs[48], ours[48];
    if (mt_image_read(path, &library) != 0)
        return mt_fail(error, MT_INCONCLUSIVE, "%s: %s (install memtrace again)", path,
                       errno == ENOEXEC ? "not a whole ELF library" : strerror(errno));
    if (mt_image_read("/proc/self/exe", &own) == 0 && !mt_image_same_machine(&library, &own))
        return mt_fail(error, MT_INCONCLUSIVE,
                       "%s: a %s library, and this memtrace is %s (install memtrace again)", path,
                       mt_image_machine(&library, theirs), mt_image_machine(&own, ours));
    if (strpbrk(path, " :$"))
        return mt_fail(error, MT_INCONCLUSIVE,
                       "%s: LD_PRELOAD cannot hold a path with a space, ':' or '$' (install "
                       "memtrace in another folder)",
                       path);
    return 0;
}

int mt_preload_library_find(char ret_path[PATH_MAX], struct mt_error *error)
{
    char executable[PATH_MAX];
    const ssize_t length = readlink("/proc/self/exe", executable, sizeof executable - 1);
    if (length <= 0)
        return mt_fail(error, MT_INCONCLUSIVE,
                       "libmemtrace.so: cannot tell where memtrace is: /proc/self/exe: %s (is "
                       "/proc mounted?)",
                       strerror(errno));
    executable[length] = '\0';
    *strrchr(executable, '/') = '\0';

    for (int i = 0; i < PLACES; i++) {
        char place[2 * PATH_MAX];
        snprintf(place, sizeof place, "%s/%s", places[i][0] == '/' ? "" : executable, places[i]);
        if (realpath(place, ret_path))
            return check_loadable(ret_path, error);
    }
    return mt_fail(error, MT_INCONCLUSIVE,
                   "libmemtrace.so: not found from %s (install memtrace with its library)",
                   executable);
}
