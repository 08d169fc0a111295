/* line.c: see line.h. The one place in preload/ that talks to the user. */
#include "line.h"

#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include "options.h"
#include "sys.h"

static struct stat stderr_at_start; /* st_ino 0: there was none */

void mt_line_start(struct mt_line *line)
{
    line->length = 0;
    line->text[0] = '\0';
}

void mt_line_add_bytes(struct mt_line *line, const char *bytes, size_t count)
{
    for (size_t i = 0; i < count && line->length + 1 < sizeof line->text; i++)
        line->text[line->length++] = bytes[i];
    line->text[line->length] = '\0';
}

void mt_line_add(struct mt_line *line, const char *text)
{
    size_t count = 0;
    while (text[count])
        count++;
    mt_line_add_bytes(line, text, count);
}

static void add_digits(struct mt_line *line, uint64_t number, int grouped)
{
    char digits[32];
    size_t at = sizeof digits;
    int count = 0;
    do {
        if (grouped && count > 0 && count % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
        count++;
    } while (number);
    mt_line_add_bytes(line, digits + at, sizeof digits - at);
}

void mt_line_add_number(struct mt_line *line, uint64_t number)
{
    add_digits(line, number, 0);
}

void mt_line_add_grouped(struct mt_line *line, uint64_t number)
{
    add_digits(line, number, 1);
}

void mt_line_add_hex_digits(struct mt_line *line, uint64_t number)
{
    char digits[16];
    size_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[number & 15];
        number >>= 4;
    } while (number);
    mt_line_add_bytes(line, digits + at, sizeof digits - at);
}

void mt_line_add_hex(struct mt_line *line, uint64_t number)
{
    mt_line_add(line, "0x");
    mt_line_add_hex_digits(line, number);
}

/* fstat by newfstatat: the kernel's struct stat is libc's on 64-bit machines. */
static int stat_stderr(struct stat *ret)
{
    return mt_sys(SYS_newfstatat, 2, "", ret, 0x1000 /* AT_EMPTY_PATH */) == 0;
}

void mt_line_remember_stderr(void)
{
    if (!stat_stderr(&stderr_at_start))
        stderr_at_start.st_ino = 0;
}

/* One write, so that lines of several processes do not mix; a second attempt only after EINTR. A
 * pipe without a reader, or a file at its limit, would kill by a signal: held back, and taken
 * away again unless the program had one waiting itself. */
static void write_unharmed(const char *text, size_t length)
{
    const uint64_t fatal = 1u << (SIGPIPE - 1) | 1u << (SIGXFSZ - 1);
    uint64_t before = 0, pending = 0;
    mt_sys(SYS_rt_sigprocmask, SIG_BLOCK, &fatal, &before, sizeof fatal);
    mt_sys(SYS_rt_sigpending, &pending, sizeof pending);
    long wrote;
    do
        wrote = mt_sys(SYS_write, 2, text, length);
    while (wrote == -EINTR);
    const uint64_t raised = fatal & ~pending;
    const struct timespec at_once = {0};
    if (wrote == -EPIPE || wrote == -EFBIG)
        mt_sys(SYS_rt_sigtimedwait, &raised, NULL, &at_once, sizeof raised);
    mt_sys(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);
}

void mt_line_say(struct mt_line *line)
{
    struct stat now;
    if (mt_options.quiet || stderr_at_start.st_ino == 0 || !stat_stderr(&now) ||
        now.st_ino != stderr_at_start.st_ino || now.st_dev != stderr_at_start.st_dev)
        return;

    struct mt_line whole;
    mt_line_start(&whole);
    mt_line_add(&whole, "memtrace: ");
    mt_line_add_bytes(&whole, line->text, line->length);
    if (whole.length + 1 >= sizeof whole.text)
        whole.length--;
    mt_line_add(&whole, "\n");
    write_unharmed(whole.text, whole.length);
}
