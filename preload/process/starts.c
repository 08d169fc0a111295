/* starts.c: notes are appended by one write each, so that those of many processes do not mix:
 *
 *   "+ PID NANOSECONDS PATH" and a zero byte     PID becomes, or is to become, PATH
 *   "- PID NANOSECONDS" and a zero byte          its last note came to nothing
 *
 * The file is made by whoever set the option. It is opened for each note, for the program may close
 * any descriptor: three system calls beside an exec that costs a thousand times as much. */
#include "starts.h"

#include <fcntl.h>
#include <stddef.h>
#include <time.h>
#include "clock.h"
#include "options.h"
#include "sandbox.h"
#include "sys.h"

enum { PATH_BYTES = 1024, HEAD_BYTES = 64 };

struct note {
    char text[HEAD_BYTES + PATH_BYTES];
    size_t length;
};

/* Leaves room for the zero byte. */
static void add(struct note *note, const char *text)
{
    while (*text && note->length + 1 < sizeof note->text)
        note->text[note->length++] = *text++;
}

static void add_number(struct note *note, uint64_t number)
{
    char digits[21];
    char *at = digits + sizeof digits - 1;
    *at = '\0';
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    add(note, at);
}

static int is_wanted(void)
{
    return mt_options.starts[0] && mt_options.children && !mt_sandbox_is_on();
}

static void write_note(const char *sign, int pid, uint64_t now_ns, const char *path)
{
    struct note note = {.length = 0};
    add(&note, sign);
    add_number(&note, (uint64_t)pid);
    add(&note, " ");
    add_number(&note, now_ns);
    if (path) {
        add(&note, " ");
        add(&note, path);
    }
    note.text[note.length++] = '\0';
    const long fd =
        mt_sys(SYS_openat, AT_FDCWD, mt_options.starts, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return;
    mt_sys(SYS_write, fd, note.text, note.length);
    mt_sys(SYS_close, fd);
}

void mt_starts_exec(const char *path)
{
    if (is_wanted())
        write_note("+ ", (int)mt_sys(SYS_getpid), mt_clock_ns(CLOCK_REALTIME), path ? path : "?");
}

void mt_starts_exec_failed(void)
{
    if (is_wanted())
        write_note("- ", (int)mt_sys(SYS_getpid), mt_clock_ns(CLOCK_REALTIME), NULL);
}

uint64_t mt_starts_now(void)
{
    return is_wanted() ? mt_clock_ns(CLOCK_REALTIME) : 0;
}

void mt_starts_spawned(const char *path, int pid, uint64_t now_ns)
{
    if (now_ns)
        write_note("+ ", pid, now_ns, path);
}
