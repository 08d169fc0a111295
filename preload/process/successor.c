/* successor.c: takes the path of a program that is about to be started, reads the beginning of the
 * file as the kernel will, and says whether this library can be preloaded there. musl's loader ends
 * a program whose preloads need another libc; glibc's of another machine says on stderr that it
 * ignores them. A program without a loader is static: it does not look at LD_PRELOAD, but may start
 * others that do. */
#include "successor.h"

#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "elf_lookup.h"
#include "sandbox.h"
#include "sys.h"

enum {
    HEAD_BYTES = 1024, /* header and program headers of any usual program */
    PATH_BYTES = 512,
    SCRIPT_DEPTH_MAX = 4, /* an interpreter may be a script; the kernel follows so many */
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* ---- this process's own loader ---- */

/* As its executable names it; NULL where it names none. */
static const char *own_loader(void)
{
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)getauxval(AT_PHDR);
    const size_t count = headers ? getauxval(AT_PHNUM) : 0;
    const struct link_map *executable = mt_elf_first();
    for (size_t i = 0; executable && i < count; i++)
        if (headers[i].p_type == PT_INTERP)
            return (const char *)(executable->l_addr + headers[i].p_vaddr);
    return NULL;
}

/* ---- a file that is to be started ---- */

union head {
    ElfW(Ehdr) elf;
    char bytes[HEAD_BYTES];
};

static int is_elf(const union head *head, long length)
{
    return length >= (long)sizeof head->elf && memcmp(head->bytes, ELFMAG, SELFMAG) == 0;
}

static int is_of_this_machine(const union head *head)
{
    extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));
    const ElfW(Ehdr) *own = &__ehdr_start;
    return head->elf.e_ident[EI_CLASS] == own->e_ident[EI_CLASS] &&
           head->elf.e_ident[EI_DATA] == own->e_ident[EI_DATA] &&
           head->elf.e_machine == own->e_machine;
}

/* Where the file names its loader: offset and length; a length of 0: it is static. */
static ElfW(Phdr) loader_segment(const union head *head, long length)
{
    ElfW(Phdr) segment = {0};
    for (size_t i = 0; i < head->elf.e_phnum; i++) {
        const size_t at = head->elf.e_phoff + i * sizeof segment;
        if (at > (size_t)length || (size_t)length - at < sizeof segment)
            break;
        memcpy(&segment, head->bytes + at, sizeof segment);
        if (segment.p_type == PT_INTERP)
            return segment;
    }
    return (ElfW(Phdr)){0};
}

/* Loaders are told by the names that they have everywhere; their folders differ. */
static int has_another_loader(long fd, const union head *head, long length)
{
    const ElfW(Phdr) segment = loader_segment(head, length);
    const char *own = own_loader();
    char theirs[PATH_BYTES];
    if (!own || segment.p_filesz < 2 || segment.p_filesz > sizeof theirs)
        return 0;
    if (segment.p_offset + segment.p_filesz <= (size_t)length)
        memcpy(theirs, head->bytes + segment.p_offset, segment.p_filesz);
    else if (mt_sys(SYS_pread64, fd, theirs, segment.p_filesz, segment.p_offset) !=
             (long)segment.p_filesz)
        return 0;
    theirs[segment.p_filesz - 1] = '\0';
    return strcmp(base_name(theirs), base_name(own)) != 0;
}

/* The interpreter of a script, cut out in place; NULL: it is none. */
static const char *interpreter_in(union head *head, long length)
{
    if (length < 3 || memcmp(head->bytes, "#!", 2) != 0)
        return NULL;
    head->bytes[length < HEAD_BYTES ? length : HEAD_BYTES - 1] = '\0';
    char *path = head->bytes + 2 + strspn(head->bytes + 2, " \t");
    path[strcspn(path, " \t\n")] = '\0';
    return path;
}

/* Whether the file at descriptor `fd` is foreign; of a script, what runs it, whose path lies in
 * head. */
static int look_at(long fd, union head *head, const char **ret_interpreter)
{
    const long length = mt_sys(SYS_pread64, fd, head->bytes, sizeof head->bytes, 0);
    *ret_interpreter = interpreter_in(head, length);
    return is_elf(head, length) &&
           (!is_of_this_machine(head) || has_another_loader(fd, head, length));
}

static int look_on(int folder, const char *path, union head *head)
{
    int is_foreign = 0;
    for (int depth = 0; path && depth < SCRIPT_DEPTH_MAX; depth++) {
        const long fd =
            mt_sys(SYS_openat, folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
            return 0;
        is_foreign = look_at(fd, head, &path);
        mt_sys(SYS_close, fd);
        folder = AT_FDCWD;
    }
    return is_foreign;
}

int mt_successor_is_foreign(int folder, const char *path)
{
    union head head;
    return !mt_sandbox_is_on() && look_on(folder, path, &head); /* a filter may end us for it */
}

int mt_successor_is_foreign_file(int fd)
{
    union head head;
    const char *interpreter;
    if (mt_sandbox_is_on())
        return 0;
    return look_at(fd, &head, &interpreter) || look_on(AT_FDCWD, interpreter, &head);
}

int mt_successor_is_foreign_in_path(const char *name, const char *folders)
{
    char path[PATH_BYTES];
    if (strchr(name, '/'))
        return mt_successor_is_foreign(AT_FDCWD, name);
    const size_t name_bytes = strlen(name) + 1;
    for (const char *folder = folders, *next; folder; folder = next) {
        const size_t length = strcspn(folder, ":");
        next = folder[length] ? folder + length + 1 : NULL;
        if (length + 1 + name_bytes > sizeof path)
            continue;
        memcpy(path, folder, length);
        path[length] = '/';
        memcpy(path + length + (length > 0), name, name_bytes);
        if (mt_sys(SYS_faccessat, AT_FDCWD, path, X_OK) == 0)
            return mt_successor_is_foreign(AT_FDCWD, path);
    }
    return 0;
}
