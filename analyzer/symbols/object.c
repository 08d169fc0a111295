/* object.c: finds and opens the file behind a module of a trace. A file may have been replaced
 * since, or the trace may come from another machine: the build-id decides, and a file that has
 * another one is as good as none. libdwfl then finds the separate debug file, by build-id or
 * debuglink. It would also ask debuginfod servers whenever the environment names some: that is kept
 * from it, for a report makes no network connection unless it is told to. */
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "frames.h"
#include "object.h"
#include "object_checks.h"

#define DEBUG_ROOT "/usr/lib/debug"

/* ---- files ---- */

static bool has_build_id(int fd, const void *wanted, size_t wanted_bytes)
{
    Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
    const void *id = NULL;
    const ssize_t bytes = elf && elf_kind(elf) == ELF_K_ELF ? dwelf_elf_gnu_build_id(elf, &id) : -1;
    const bool equal = bytes == 0 ? wanted_bytes == 0
                                  : bytes > 0 && (size_t)bytes == wanted_bytes &&
                                        memcmp(id, wanted, wanted_bytes) == 0;
    elf_end(elf);
    return equal;
}

/* Opens `path` if it is the object: a descriptor, -1 where there is no such file, -2 where it is
 * another one. */
static int open_candidate(const char *path, const void *build_id, size_t build_id_bytes)
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return -1;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (has_build_id(fd, build_id, build_id_bytes))
        return fd;
    close(fd);
    return -2;
}

void mt_object_debug_name(const void *build_id, size_t bytes, char path[MT_OBJECT_NAME_SIZE])
{
    char hex[2 * 32 + 1] = "";
    for (size_t i = 0; i < bytes && i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", ((const unsigned char *)build_id)[i]);
    snprintf(path, MT_OBJECT_NAME_SIZE, DEBUG_ROOT "/.build-id/%.2s/%s.debug", hex, hex + 2);
}

/* `name` below each root, then as it is. Returns a descriptor and the path, or what open_candidate
 * said. */
static int find_below(const struct mt_object_search *search, const char *name, const void *build_id,
                      size_t build_id_bytes, char *path, size_t size)
{
    int failure = -1;
    for (int i = 0; i <= MT_OBJECT_ROOTS; i++) {
        const char *root = i < MT_OBJECT_ROOTS ? search->roots[i] : "";
        if (!root)
            continue;
        snprintf(path, size, "%s%s", root, name);
        const int fd = open_candidate(path, build_id, build_id_bytes);
        if (fd >= 0)
            return fd;
        if (fd == -2)
            failure = fd;
    }
    return failure;
}

/* What a server sent, if it is what was asked for, and where it is kept. */
static int checked(int fd, const struct mt_loaded *loaded, char *path, size_t size)
{
    char name[64];
    if (fd < 0)
        return fd;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(name, path, size - 1);
    path[length > 0 ? length : 0] = 0;
    if (has_build_id(fd, loaded->build_id, loaded->build_id_bytes))
        return fd;
    close(fd);
    return -1;
}

/* Tries the places in order. Returns a descriptor and its path, or what open_candidate said of the
 * module's own path. */
static int find_file(const struct mt_loaded *loaded, const struct mt_object_search *search,
                     char *path, size_t size)
{
    char debug_name[MT_OBJECT_NAME_SIZE];
    const int failure =
        find_below(search, loaded->path, loaded->build_id, loaded->build_id_bytes, path, size);
    if (failure >= 0 || loaded->build_id_bytes < 2)
        return failure;
    mt_object_debug_name(loaded->build_id, loaded->build_id_bytes, debug_name);
    int fd = find_below(search, debug_name, loaded->build_id, loaded->build_id_bytes, path, size);
    if (fd < 0)
        fd = checked(mt_debuginfod_debuginfo(search->debuginfod, loaded), loaded, path, size);
    if (fd < 0)
        fd = checked(mt_debuginfod_executable(search->debuginfod, loaded), loaded, path, size);
    return fd >= 0 ? fd : failure;
}

/* ---- debug information ---- */

/* The folder that the file lies in, by its true name; "" where it cannot be told. */
static void folder_of(const char *file, char folder[PATH_MAX])
{
    char *slash = file && realpath(file, folder) ? strrchr(folder, '/') : NULL;
    if (slash)
        *slash = 0;
    else
        folder[0] = 0;
}

/* libdwfl takes the name as it stands in the file, or else the file's own with .debug, and opens
 * what it finds of that name beside the file and in .debug there. */
static bool may_find_debuginfo(const char *file, const char *link)
{
    char folder[PATH_MAX], name[PATH_MAX];
    folder_of(file, folder);
    if (link && strchr(link, '/'))
        return false;
    if (link)
        snprintf(name, sizeof name, "%s", link);
    else
        snprintf(name, sizeof name, "%s.debug", mt_base_name(file));
    return mt_object_may_follow(folder, ".debug", name);
}

/* -1 in place of a file that would fill the memory. */
static int bounded(int fd)
{
    if (fd < 0 || mt_object_unfolds_within_reason(fd))
        return fd;
    close(fd);
    return -1;
}

/* The standard search with the environment variable that turns debuginfod on out of its sight; then
 * debuginfod, if we are to ask it. */
static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
                          const char *file, const char *link, GElf_Word crc, char **ret_file)
{
    const struct mt_object *object = *userdata;
    if (file && !may_find_debuginfo(file, link))
        return -1;
    const char *urls = getenv("DEBUGINFOD_URLS");
    char *saved = urls ? strdup(urls) : NULL;
    unsetenv("DEBUGINFOD_URLS");
    const int fd =
        dwfl_standard_find_debuginfo(module, userdata, name, base, file, link, crc, ret_file);
    if (saved)
        setenv("DEBUGINFOD_URLS", saved, 1);
    free(saved);
    if (fd >= 0 || !object || !object->search->debuginfod)
        return bounded(fd);
    char path[PATH_MAX];
    const int fetched =
        bounded(checked(mt_debuginfod_debuginfo(object->search->debuginfod, object->loaded),
                        object->loaded, path, sizeof path));
    if (fetched >= 0)
        *ret_file = strdup(path);
    return fetched;
}

int mt_object_find_shared(const struct mt_object_search *search, Dwarf *dwarf, char *path,
                          size_t size, char debug_name[MT_OBJECT_NAME_SIZE])
{
    const char *name;
    const void *build_id;
    const ssize_t bytes = dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id);
    if (bytes < 2)
        return -1;
    mt_object_debug_name(build_id, (size_t)bytes, debug_name);
    int fd = find_below(search, debug_name, build_id, (size_t)bytes, path, size);
    if (fd < 0 && name[0] == '/')
        fd = find_below(search, name, build_id, (size_t)bytes, path, size);
    return fd < 0 ? -1 : fd;
}

/* libdw looks for it where it was made; we do below the roots. */
static void find_shared(struct mt_object *object, Dwarf *dwarf)
{
    char path[8192], debug_name[MT_OBJECT_NAME_SIZE];
    if (!object->search->roots[0] && !object->search->roots[1])
        return;
    object->shared_fd =
        bounded(mt_object_find_shared(object->search, dwarf, path, sizeof path, debug_name));
    if (object->shared_fd >= 0)
        object->shared = dwarf_begin(object->shared_fd, DWARF_C_READ);
    if (object->shared)
        dwarf_setalt(dwarf, object->shared);
}

/* libdw itself goes after what several debug files share, at the first reference to it. */
static bool may_follow_shared(const struct mt_object *object, Dwarf *dwarf)
{
    const char *name;
    const void *build_id;
    return dwelf_dwarf_gnu_debugaltlink(dwarf, &name, &build_id) <= 0 ||
           mt_object_may_follow(object->folder, NULL, name);
}

Dwarf *mt_object_dwarf(struct mt_object *object, Dwarf_Addr *ret_bias)
{
    const char *file = NULL, *debug_file = NULL;
    Dwarf *dwarf = dwfl_module_getdwarf(object->module, ret_bias);
    dwfl_module_info(object->module, NULL, NULL, NULL, NULL, NULL, &file, &debug_file);
    folder_of(debug_file ? debug_file : file, object->folder);
    if (!dwarf || !may_follow_shared(object, dwarf))
        return NULL;
    if (!object->shared)
        find_shared(object, dwarf);
    return dwarf;
}

/* Folders in which libdwfl looks for debug files: beside the file, below the roots, the system's.
 * Only absolute ones are searched. */
static char *debug_folders(const struct mt_object_search *search)
{
    char *folders = strdup(":.debug");
    for (int i = 0; i <= MT_OBJECT_ROOTS && folders; i++) {
        char *root = i < MT_OBJECT_ROOTS ? NULL : strdup("");
        if (i < MT_OBJECT_ROOTS && search->roots[i])
            root = realpath(search->roots[i], NULL);
        if (!root)
            continue;
        char *longer;
        if (asprintf(&longer, "%s:%s" DEBUG_ROOT, folders, root) < 0)
            longer = NULL;
        free(folders);
        free(root);
        folders = longer;
    }
    return folders;
}

static int open_dwfl(struct mt_object *object, const char *path, int fd)
{
    object->debug_path = debug_folders(object->search);
    if (!object->debug_path)
        return -1;
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
    void **userdata;
    if (object->module &&
        dwfl_module_info(object->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL))
        *userdata = object;
    return object->module ? 0 : -1;
}

int mt_object_open(const struct mt_loaded *loaded, const struct mt_object_search *search,
                   struct mt_object *ret_object, char *reason, size_t reason_size)
{
    *ret_object = (struct mt_object){.search = search, .loaded = loaded, .shared_fd = -1};
    elf_version(EV_CURRENT);
    char path[8192];
    const int fd = find_file(loaded, search, path, sizeof path);
    if (fd < 0) {
        snprintf(reason, reason_size, "%s",
                 fd == -2 ? "is not the file that ran, its build-id differs"
                          : "is not on this machine");
        return -1;
    }
    if (!mt_object_unfolds_within_reason(fd)) {
        snprintf(reason, reason_size, "grows beyond all measure as it is unpacked");
        close(fd);
        return -1;
    }
    if (open_dwfl(ret_object, path, fd) != 0) {
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
    if (object->shared) {
        dwarf_end(object->shared);
        close(object->shared_fd);
    }
    free(object->debug_path);
    memset(object, 0, sizeof *object);
}
