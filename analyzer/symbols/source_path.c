/* source_path.c: a compiler that was started in a build folder says "../cache.c". From there, and
 * from the directory of the compilation, to a path that an annotation or a code-scanning service
 * can open. Links are not followed: the sources need not lie on this machine. See source_path.h. */
#include "source_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *mt_path_below_here(const char *path)
{
    static char here[4096];
    if (!here[0] && !getcwd(here, sizeof here))
        return path;
    const size_t length = strlen(here);
    return strncmp(path, here, length) == 0 && path[length] == '/' ? path + length + 1 : path;
}

/* Takes "." and ".." out of an absolute path. */
static void resolve(char *path)
{
    char *end = path; /* of what is resolved */
    for (const char *part = path, *next; *part; part = next) {
        next = strchrnul(part + 1, '/');
        const size_t length = (size_t)(next - part); /* with the slash before it */
        if (length == 1 || (length == 2 && part[1] == '.'))
            continue;
        if (length == 3 && part[1] == '.' && part[2] == '.') {
            while (end > path && *--end != '/')
                continue;
            continue;
        }
        memmove(end, part, length);
        end += length;
    }
    *end = 0;
}

char *mt_source_absolute_path(const struct mt_frame *frame)
{
    const char *file = frame->file, *directory = frame->directory;
    char *path = NULL;
    if (!file)
        return NULL;
    if (file[0] == '/')
        path = strdup(file);
    else if (directory && directory[0] == '/' && asprintf(&path, "%s/%s", directory, file) < 0)
        path = NULL;
    if (path)
        resolve(path);
    return path;
}

char *mt_source_path(const struct mt_frame *frame)
{
    char *path = mt_source_absolute_path(frame);
    if (!path)
        return frame->file ? strdup(frame->file) : NULL;
    const char *below = mt_path_below_here(path);
    const char *chosen = frame->file;
    if (below != path || chosen[0] == '/' || strncmp(chosen, "../", 3) == 0)
        chosen = below;
    char *copy = strdup(chosen);
    free(path);
    return copy;
}
