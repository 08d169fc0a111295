/* thread_status.c: reads /proc/self/task/TID/status and …/syscall. See thread_status.h. */
#include "thread_status.h"

#include <stddef.h>
#include "line.h"
#include "procfs.h"
#include "sys.h"

static size_t read_of(uint32_t tid, const char *file, char *to, size_t room)
{
    struct mt_line path;
    mt_line_start(&path);
    mt_line_add(&path, "/proc/self/task/");
    mt_line_add_number(&path, tid);
    mt_line_add(&path, file);
    return mt_procfs_read(path.text, to, room);
}

static uint64_t hexadecimal(const char *text)
{
    uint64_t value = 0;
    for (;; text++) {
        if (*text >= '0' && *text <= '9')
            value = value << 4 | (uint64_t)(*text - '0');
        else if (*text >= 'a' && *text <= 'f')
            value = value << 4 | (uint64_t)(*text - 'a' + 10);
        else
            return value;
    }
}

/* What follows `field` in the text; "" where it is not there. */
static const char *after(const char *text, const char *field)
{
    for (; *text; text++) {
        size_t i = 0;
        while (field[i] && text[i] == field[i])
            i++;
        if (!field[i])
            return text + i;
    }
    return text;
}

int mt_thread_status(uint32_t tid, struct mt_thread_status *ret_status)
{
    char text[4096];
    if (!read_of(tid, "/status", text, sizeof text)) {
        *ret_status = (struct mt_thread_status){'?', UINT64_MAX};
        return !mt_sys_has_ended(tid);
    }
    ret_status->state = *after(text, "State:\t");
    ret_status->blocked = hexadecimal(after(text, "SigBlk:\t"));
    return ret_status->state != 'Z' && ret_status->state != 'X';
}

/* The number behind the next "0x", and *text moved there; 0 where there is none. */
static uint64_t next_number(const char **text)
{
    *text = after(*text, " 0x");
    return hexadecimal(*text);
}

/* "number 0xa 0xb 0xc 0xd 0xe 0xf 0xsp 0xpc" in a system call, "-1 0xsp 0xpc" not in one but
 * asleep, else "running". */
int mt_thread_call(uint32_t tid, struct mt_thread_call *ret_call)
{
    char text[512];
    const char *at = text;
    if (!read_of(tid, "/syscall", text, sizeof text) || text[0] == 'r')
        return 0;
    const int is_in_call = text[0] != '-';
    *ret_call = (struct mt_thread_call){.number = is_in_call ? (long)mt_procfs_number(text) : -1};
    for (int i = 0; i < MT_CALL_ARGUMENTS && is_in_call; i++)
        ret_call->arguments[i] = next_number(&at);
    ret_call->sp = next_number(&at);
    ret_call->pc = next_number(&at);
    return 1;
}
