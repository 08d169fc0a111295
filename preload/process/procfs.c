/* procfs.c: see procfs.h; formats as in proc(5). Raw system calls into the caller's buffers. */
#include "procfs.h"

#include <fcntl.h>
#include "sys.h"

size_t mt_procfs_read(const char *file, char *to, size_t room)
{
    size_t length = 0;
    const long fd = mt_sys(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        long got = 1;
        while (got > 0 && length < room - 1) {
            got = mt_sys(SYS_read, fd, to + length, room - 1 - length);
            if (got > 0)
                length += (size_t)got;
        }
        mt_sys(SYS_close, fd);
    }
    to[length] = '\0';
    return length;
}

uint64_t mt_procfs_number(const char *text)
{
    uint64_t value = 0;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

/* Field `number` (from 1) of /proc/self/stat, counted behind the name in parentheses, which may
 * itself hold spaces and parentheses. */
static uint64_t stat_field(const char *text, size_t length, int number)
{
    const char *at = text + length;
    while (at > text && *at != ')')
        at--;
    for (int field = 2; field < number; field++) {
        while (*at && *at != ' ')
            at++;
        if (!*at)
            return 0;
        at++;
    }
    return mt_procfs_number(at);
}

void mt_procfs_stat(uint64_t *ret_process_start, uint64_t *ret_brk_start)
{
    char text[2048];
    const size_t length = mt_procfs_read("/proc/self/stat", text, sizeof text);
    *ret_process_start = length ? stat_field(text, length, 22) : 0;
    *ret_brk_start = length ? stat_field(text, length, 47) : 0;
}

void mt_procfs_executable(char *to, size_t room)
{
    const long length = mt_sys(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", to, room - 1);
    to[length > 0 ? length : 0] = '\0';
}
