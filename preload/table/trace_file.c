/* trace_file.c: the file behind the trace. It is created sparse, at the full length it may grow to,
 * and mapped at once: afterwards the tracer needs neither descriptor nor path, so closefrom(),
 * chroot() and dropped privileges cost nothing. The mapping is inaccessible until extents.c opens
 * it piece by piece, so mlockall() does not fill it. */
#include "trace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include "line.h"
#include "memtrace/trace_format.h"
#include "options.h"
#include "sys.h"

enum { SAME_NAME_MAX = 1000 };             /* .1 to .999 are tried */
#define RESERVE_BYTES (UINT64_C(16) << 30) /* 16 GiB: about 400 million blocks */
#define RESERVE_LEAST_BYTES (UINT64_C(1) << 20)

static char pattern[4352]; /* absolute; only %p is left to fill in */
static struct mt_line path;
static struct stat created;
static struct stat root; /* the folder "/" as it was at the start */

/* Text that is no pattern, though the line is one. */
static void add_literally(struct mt_line *out, const char *text)
{
    for (; *text; text++)
        mt_line_add(out, *text == '%' ? "%%" : (char[]){*text, 0});
}

/* Fills in everything but the pid, which forked children fill in for themselves. */
static void expand(struct mt_line *out, const char *text, const char *executable, const char *host)
{
    for (; *text; text++) {
        if (text[0] != '%') {
            mt_line_add_bytes(out, text, 1);
        } else if (text[1] == 'e') {
            add_literally(out, executable);
            text++;
        } else if (text[1] == 'h') {
            add_literally(out, host);
            text++;
        } else {
            const int known = text[1] == 'p' || text[1] == '%';
            mt_line_add(out, known ? "%" : "%%");
            if (known)
                mt_line_add_bytes(out, ++text, 1);
        }
    }
}

void mt_trace_file_locate(const char *executable)
{
    char host[65] = "", uts[390];
    if (mt_sys(SYS_uname, uts) == 0) /* six fields of 65 bytes; the second is the node's name */
        for (int i = 0; i < 65; i++)
            host[i] = uts[65 + i];

    mt_sys(SYS_newfstatat, AT_FDCWD, "/", &root, 0);
    struct mt_line line;
    mt_line_start(&line);
    if (mt_options.output[0] != '/') {
        char directory[4096];
        if (mt_sys(SYS_getcwd, directory, sizeof directory) > 0) {
            add_literally(&line, directory);
            mt_line_add(&line, "/");
        }
    }
    expand(&line, mt_options.output, executable, host);
    for (size_t i = 0; i <= line.length; i++)
        pattern[i] = line.text[i];
}

static void name_for_pid(void)
{
    mt_line_start(&path);
    for (const char *c = pattern; *c; c++) {
        if (*c == '%' && c[1] == 'p')
            mt_line_add_number(&path, (uint64_t)mt_sys(SYS_getpid));
        else
            mt_line_add_bytes(&path, c, 1);
        if (*c == '%' && c[1])
            c++; /* what follows is 'p' or a second '%'; nothing where a line was full */
    }
}

/* A child in a chroot would make the folders of the world outside once more, inside. */
static int root_has_changed(void)
{
    struct stat now;
    if (!root.st_ino)
        return 0; /* nobody may ask */
    return mt_sys(SYS_newfstatat, AT_FDCWD, "/", &now, 0) != 0 || now.st_ino != root.st_ino ||
           now.st_dev != root.st_dev;
}

static void make_folders(void)
{
    for (size_t i = 1; i < path.length; i++) {
        if (path.text[i] != '/')
            continue;
        path.text[i] = '\0';
        mt_sys(SYS_mkdirat, AT_FDCWD, path.text, 0700);
        path.text[i] = '/';
    }
}

/* O_EXCL: an existing file, or a symlink planted in its place, is never touched. */
static long open_new(void)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const size_t length = path.length;
    long fd = mt_sys(SYS_openat, AT_FDCWD, path.text, flags, 0600);
    if (fd == -ENOENT && !root_has_changed()) {
        make_folders();
        fd = mt_sys(SYS_openat, AT_FDCWD, path.text, flags, 0600);
    }
    for (unsigned i = 1; fd == -EEXIST && i < SAME_NAME_MAX; i++) {
        path.length = length;
        mt_line_add(&path, ".");
        mt_line_add_number(&path, i);
        fd = mt_sys(SYS_openat, AT_FDCWD, path.text, flags, 0600);
    }
    return fd;
}

static uint64_t limit_of(int resource)
{
    struct rlimit limit;
    if (mt_sys(SYS_prlimit64, 0, resource, 0, &limit) != 0)
        return RLIM_INFINITY;
    return limit.rlim_cur;
}

/* The length to ask for: never so much of a limit that the program would miss it. */
static uint64_t length_within_limits(void)
{
    uint64_t bytes = RESERVE_BYTES;
    const uint64_t file_limit = limit_of(RLIMIT_FSIZE), address_limit = limit_of(RLIMIT_AS);
    if (file_limit != RLIM_INFINITY && file_limit < bytes)
        bytes = file_limit;
    if (address_limit != RLIM_INFINITY && address_limit / 16 < bytes)
        bytes = address_limit / 16;
    return bytes & ~(uint64_t)(MT_UNIT_BYTES - 1);
}

/* Returns the mapping or a negative errno. Halves the length where the file system or the address
 * space refuses it. */
static long map_file(long fd, uint64_t *ret_bytes)
{
    long at = -EFBIG;
    for (uint64_t bytes = length_within_limits(); bytes >= RESERVE_LEAST_BYTES; bytes /= 2) {
        at = mt_sys(SYS_ftruncate, fd, bytes);
        if (at == 0)
            at = mt_sys(SYS_mmap, 0, bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, fd, 0);
        if (!mt_sys_failed(at)) {
            mt_sys(SYS_madvise, at, bytes, MADV_DONTDUMP);
            /* Else ext4 brings in and zeroes a folio of 2 MiB at the first page: 2 ms. */
            mt_sys(SYS_madvise, at, bytes, MADV_RANDOM);
            *ret_bytes = bytes;
            return at;
        }
    }
    return at;
}

static const char *reason(long error)
{
    switch (-error) {
    case EACCES:
        return "permission denied";
    case EPERM:
        return "not permitted";
    case ENOENT:
        return "no such folder";
    case ENOTDIR:
        return "part of the path is not a folder";
    case ENOSPC:
        return "no space left";
    case EDQUOT:
        return "disk quota exceeded";
    case EROFS:
        return "read-only file system";
    case EMFILE:
    case ENFILE:
        return "no descriptor left";
    case ENODEV:
        return "the file system has no shared mappings";
    case EFBIG:
        return "the limits on file size or address space leave no room";
    case ENOMEM:
        return "no memory left";
    case EEXIST:
        return "a thousand traces of that name exist";
    case ENAMETOOLONG:
        return "the name is too long";
    case ELOOP:
        return "a symbolic link stands in the way";
    default:
        return "cannot be created";
    }
}

static void say_untraced(long error)
{
    struct mt_line line;
    mt_line_start(&line);
    mt_line_add_bytes(&line, path.text, path.length);
    mt_line_add(&line, ": ");
    mt_line_add(&line, reason(error));
    mt_line_add(&line, ": the program runs untraced (choose a place with "
                       "MEMTRACE_OPTIONS=output=/DIR/%e.%p.mtrace)");
    mt_line_say(&line);
}

void *mt_trace_file_create(int say, uint64_t *ret_bytes)
{
    name_for_pid();
    long at = open_new();
    if (at >= 0) {
        const long fd = at;
        /* Where nobody may ask what it is, it is not cut in the end, and as good a trace. */
        mt_sys(SYS_newfstatat, fd, "", &created, AT_EMPTY_PATH);
        at = map_file(fd, ret_bytes);
        if (mt_sys_failed(at))
            mt_trace_file_remove(0);
        mt_sys(SYS_close, fd);
    }
    if (!mt_sys_failed(at))
        return (void *)at;
    if (say)
        say_untraced(at);
    return NULL;
}

const char *mt_trace_file_path(void)
{
    return path.text;
}

void mt_trace_file_remove(int say)
{
    mt_sys(SYS_unlinkat, AT_FDCWD, path.text, 0);
    if (say)
        say_untraced(-ENOMEM);
}

static int is_created(const struct stat *file)
{
    return file->st_ino == created.st_ino && file->st_dev == created.st_dev;
}

enum mt_trace_file_state mt_trace_file_look(uint64_t bytes)
{
    struct stat now;
    const long error = mt_sys(SYS_newfstatat, AT_FDCWD, path.text, &now, AT_SYMLINK_NOFOLLOW);
    if (error == -ENOENT || (error == 0 && !is_created(&now)))
        return root_has_changed() ? MT_TRACE_FILE_WHOLE : MT_TRACE_FILE_GONE;
    return error == 0 && (uint64_t)now.st_size < bytes ? MT_TRACE_FILE_CUT : MT_TRACE_FILE_WHOLE;
}

void mt_trace_file_cut(uint64_t bytes)
{
    struct stat now;
    const long fd = mt_sys(SYS_openat, AT_FDCWD, path.text, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (mt_sys(SYS_newfstatat, fd, "", &now, AT_EMPTY_PATH) == 0 && is_created(&now))
        mt_sys(SYS_ftruncate, fd, bytes);
    mt_sys(SYS_close, fd);
}
