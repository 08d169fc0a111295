/* object.c: finds and opens the file behind a module of a trace. A file may have been replaced
 * since, or the trace may come from another machine: the build-id decides, and a file that has
 * another one is as good as none. libdwfl then finds the separate debug file, by build-id or
 * debuglink. It would also ask debuginfod servers: that is kept from it, a report makes no network
 * connection. */
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "object.h"

#define DEBUG_ROOT "/usr/lib/debug"

/* The standard search with the environment variable that turns debuginfod on out of its sight. */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
                          const char *file, const char *link, GElf_Word crc, char **ret_file)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    char *saved = urls ? strdup(urls) : NULL;
    unsetenv("DEBUGINFOD_URLS");
    const int fd =
        dwfl_standard_find_debuginfo(module, userdata, name, base, file, link, crc, ret_file);
    if (saved)
        setenv("DEBUGINFOD_URLS", saved, 1);
    free(saved);
    return fd;
}

static bool has_build_id(int fd, const struct mt_loaded *loaded)
{
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    const void *id = NULL;
    const ssize_t bytes = elf && elf_kind(elf) == ELF_K_ELF ? dwelf_elf_gnu_build_id(elf, &id) : -1;
    const bool equal = bytes == 0 ? loaded->build_id_bytes == 0
                                  : bytes > 0 && (size_t)bytes == loaded->build_id_bytes &&
                                        memcmp(id, loaded->build_id, (size_t)bytes) == 0;
    elf_end(elf);
    return equal;
}

/* Opens `path` if it is the object: a descriptor, -1 where there is no such file, -2 where it is
 * another one. */
static int open_candidate(const char *path, const struct mt_loaded *loaded)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (has_build_id(fd, loaded))
        return fd;
    close(fd);
    return -2;
}

/* Writes ROOT/usr/lib/debug/.build-id/ab/cdef….debug. */
static void name_debug_file(const struct mt_loaded *loaded, const char *root, char *path,
                            size_t size)
{
    char hex[2 * sizeof loaded->build_id + 1] = "";
    for (unsigned i = 0; i < loaded->build_id_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", loaded->build_id[i]);
    snprintf(path, size, "%s" DEBUG_ROOT "/.build-id/%.2s/%s.debug", root, hex, hex + 2);
}

/* Tries the places in order. Returns a descriptor and its path, or what open_candidate said of the
 * module's own path. */
static int find_file(const struct mt_loaded *loaded, const char *sysroot, char *path, size_t size)
{
    const char *const roots[] = {sysroot, "", NULL};
    int failure = -1;
    for (int i = sysroot ? 0 : 1; roots[i]; i++) {
        snprintf(path, size, "%s%s", roots[i], loaded->path);
        const int fd = open_candidate(path, loaded);
        if (fd >= 0)
            return fd;
        if (fd == -2)
            failure = fd;
    }
    for (int i = sysroot ? 0 : 1; roots[i] && loaded->build_id_bytes > 1; i++) {
        name_debug_file(loaded, roots[i], path, size);
        const int fd = open_candidate(path, loaded);
        if (fd >= 0)
            return fd;
    }
    return failure;
}

static int open_dwfl(struct mt_object *object, const char *path, int fd, const char *sysroot)
{
    char *root = sysroot ? realpath(sysroot, NULL) : NULL; /* only absolute paths are searched */
    const int length = asprintf(&object->debug_path, ":.debug:%s%s" DEBUG_ROOT, root ? root : "",
                                root ? DEBUG_ROOT ":" : "");
    free(root);
    if (length < 0) {
        object->debug_path = NULL;
        return -1;
    }
    object->callbacks = (Dwfl_Callbacks){
        .find_elf = dwfl_build_id_find_elf,
        .find_debuginfo = find_debuginfo,
        .debuginfo_path = &object->debug_path,
    };
    object->dwfl = dwfl_begin(&object->callbacks);
    if (!object->dwfl)
        return -1;
    dwfl_report_begin(object->dwfl);
    object->module = dwfl_report_elf(object->dwfl, path, path, fd, 0, true);
    dwfl_report_end(object->dwfl, NULL, NULL);
    return object->module ? 0 : -1;
}

int mt_object_open(const struct mt_loaded *loaded, const char *sysroot,
                   struct mt_object *ret_object, char *reason, size_t reason_size)
{
    memset(ret_object, 0, sizeof *ret_object);
    elf_version(EV_CURRENT);
    char path[8192];
    const int fd = find_file(loaded, sysroot, path, sizeof path);
    if (fd < 0) {
        snprintf(reason, reason_size, "%s",
                 fd == -2 ? "is not the file that ran, its build-id differs"
                          : "is not on this machine");
        return -1;
    }
    if (open_dwfl(ret_object, path, fd, sysroot) != 0) {
        snprintf(reason, reason_size, "cannot be read: %s", dwfl_errmsg(-1));
        if (!ret_object->module)
            close(fd);
        mt_object_close(ret_object);
        return -1;
    }
    return 0;
}

void mt_object_close(struct mt_object *object)
{
    if (object->dwfl)
        dwfl_end(object->dwfl);
    free(object->debug_path);
    memset(object, 0, sizeof *object);
}
