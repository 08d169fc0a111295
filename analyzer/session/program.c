/* program.c: looks at the program before it is started. A preload that is ignored leaves no trace
 * and no message, and an empty report would look clean; so everything that makes the loader or the
 * kernel ignore it is looked for here, each with one line that says what to do instead. */
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "image.h"

enum {
    SCRIPT_LINE_BYTES = 256, /* what Linux reads of a #! line */
    SCRIPT_DEPTH_MAX = 5,    /* scripts that name scripts, as in Linux */
};

static int not_executable(const char *path, int reason, struct mt_error *error)
{
    if (reason == ENOENT || reason == ENOTDIR)
        return mt_fail(error, MT_NOT_FOUND, "%s: no such program (is the path right?)", path);
    return mt_fail(error, MT_NOT_EXECUTABLE, "%s: %s (is it an executable file?)", path,
                   strerror(reason));
}

/* 0 when the file can be executed, else an errno. */
static int try_executable(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EISDIR;
    if (!S_ISREG(status.st_mode) || access(path, X_OK) != 0)
        return EACCES;
    return 0;
}

int mt_program_find(const char *name, char ret_path[PATH_MAX], struct mt_error *error)
{
    if (strchr(name, '/')) {
        if (snprintf(ret_path, PATH_MAX, "%s", name) >= PATH_MAX)
            return not_executable(name, ENAMETOOLONG, error);
        const int reason = try_executable(ret_path);
        return reason ? not_executable(name, reason, error) : 0;
    }

    int denied = 0;
    const char *folders = getenv("PATH");
    for (const char *at = folders ? folders : "/bin:/usr/bin"; *name && at;) {
        const char *end = strchrnul(at, ':');
        const int length = (int)(end - at);
        const int written = length > 0 ? snprintf(ret_path, PATH_MAX, "%.*s/%s", length, at, name)
                                       : snprintf(ret_path, PATH_MAX, "./%s", name);
        const int reason = written < PATH_MAX ? try_executable(ret_path) : ENAMETOOLONG;
        if (reason == 0)
            return 0;
        if (reason == EACCES)
            denied = EACCES;
        at = *end ? end + 1 : NULL;
    }
    if (denied)
        return not_executable(name, denied, error);
    return mt_fail(error, MT_NOT_FOUND,
                   "%s: not found in PATH (for a program in this folder: ./%s)", name, name);
}

/* Reads the interpreter out of a #! line. Returns false when the file has none. */
static bool read_interpreter(const char *path, char ret_interpreter[SCRIPT_LINE_BYTES])
{
    char line[SCRIPT_LINE_BYTES + 1];
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    const ssize_t length = fd < 0 ? -1 : read(fd, line, SCRIPT_LINE_BYTES);
    if (fd >= 0)
        close(fd);
    if (length < 2 || line[0] != '#' || line[1] != '!')
        return false;
    line[length] = '\0';
    line[strcspn(line, "\n")] = '\0';
    const char *start = line + 2 + strspn(line + 2, " \t");
    snprintf(ret_interpreter, SCRIPT_LINE_BYTES, "%.*s", (int)strcspn(start, " \t"), start);
    return true;
}

/* Whether executing the file raises this user's privileges: the loader then ignores LD_PRELOAD. */
static bool raises_privileges(const char *path)
{
    struct stat status;
    struct statvfs mount;
    if (stat(path, &status) != 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        return false;
    if (statvfs(path, &mount) == 0 && mount.f_flag & ST_NOSUID)
        return false;
    if (status.st_mode & S_ISUID && status.st_uid != getuid())
        return true;
    if (status.st_mode & S_ISGID && status.st_mode & S_IXGRP && status.st_gid != getgid())
        return true;
    return getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0;
}

/* A program that would run, but with nothing of it seen. */
static int blind(struct mt_error *error, const char *path, const char *why, const char *way_out)
{
    return mt_fail(error, MT_INCONCLUSIVE, "%s: cannot be traced: %s (%s)", path, why, way_out);
}

static int check_machine(const char *path, const struct mt_image *image, struct mt_error *error)
{
    struct mt_image own;
    if (mt_image_read("/proc/self/exe", &own) != 0)
        return 0; /* without /proc there is nothing to compare with */

    char why[256], theirs[48], ours[48];
    if (!mt_image_same_machine(image, &own)) {
        snprintf(why, sizeof why, "it is a %s program, this memtrace is %s",
                 mt_image_machine(image, theirs), mt_image_machine(&own, ours));
        return blind(error, path, why, "use a memtrace built for it");
    }
    if (image->loader[0] && strcmp(image->loader, own.loader) != 0) {
        snprintf(why, sizeof why, "its C library starts it by %s, that of this memtrace is %s",
                 image->loader, own.loader);
        return blind(error, path, why, "use a memtrace built for it");
    }
    return 0;
}

static int check_image(const char *path, const struct mt_image *image, struct mt_error *error)
{
    if (check_machine(path, image, error) != 0)
        return (int)error->status;
    if (image->is_static)
        return blind(error, path, "it is statically linked, so no library can be preloaded",
                     "link it dynamically");
    if (raises_privileges(path))
        return blind(error, path,
                     "it gains privileges as it starts (setuid, setgid or file capabilities), "
                     "so preloaded libraries are ignored",
                     "run it as its owner, or a copy without them");
    if (image->sanitizer) {
        char why[128];
        snprintf(why, sizeof why, "it is built with %s, which brings its own malloc",
                 image->sanitizer);
        return blind(error, path, why, "build it without -fsanitize");
    }
    if (image->defines_malloc)
        return blind(error, path, "it defines malloc itself, so its allocations are not seen",
                     "link its allocator as a shared library");
    return 0;
}

static int check_at_depth(const char *path, int depth, struct mt_error *error)
{
    char interpreter[SCRIPT_LINE_BYTES];
    if (read_interpreter(path, interpreter)) {
        if (depth == SCRIPT_DEPTH_MAX)
            return not_executable(path, ELOOP, error);
        if (try_executable(interpreter) != 0)
            return mt_fail(error, MT_NOT_FOUND,
                           "%s: its interpreter '%s' cannot be executed (look at its #! line)",
                           path, interpreter);
        return check_at_depth(interpreter, depth + 1, error);
    }

    struct mt_image image;
    if (mt_image_read(path, &image) == 0)
        return check_image(path, &image, error);
    if (errno == EACCES)
        return 0; /* may be executed, not read: its trace will tell */
    return mt_fail(
        error, MT_NOT_EXECUTABLE,
        "%s: neither a whole ELF program nor a script with a #! line (for shell commands "
        "try: sh %s)",
        path, path);
}

int mt_program_check(const char *path, struct mt_error *error)
{
    return check_at_depth(path, 0, error);
}
