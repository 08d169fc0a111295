/* stop.c: takes a misuse that has been written down, gives a line and the end. By raw calls: this
 * may be a signal handler, or the middle of anything. */
#include "stop.h"

#include <signal.h>
#include "line.h"
#include "sys.h"
#include "trace_file.h"

static void add_misuse(struct mt_line *line, const struct mt_misuse *misuse)
{
    static const char *const titles[] = {[MT_MISUSE_NONE] = "error",
#define X(id, key, title) [MT_MISUSE_##id] = title,
                                         MT_MISUSES(X)
#undef X
    };
    mt_line_add(line, titles[misuse->kind]);
    if (misuse->kind == MT_MISUSE_IMPOSSIBLE_SIZE) {
        mt_line_add(line, ": ");
        mt_line_add_grouped(line, misuse->bytes);
        mt_line_add(line, " bytes");
        return;
    }
    mt_line_add(line, ": ");
    mt_line_add_hex(line, misuse->address);
    if (misuse->block) {
        mt_line_add(line, " (a block of ");
        mt_line_add_grouped(line, misuse->block_bytes);
        mt_line_add(line, " bytes)");
    }
}

/* The kernel's struct sigaction with all at its default: no handler, no flags, no mask. */
static const uint64_t default_action[4];

static void raise_abort(void)
{
    const uint64_t abort_only = UINT64_C(1) << (SIGABRT - 1);
    const long process = mt_sys(SYS_getpid), thread = mt_sys(SYS_gettid);
    mt_sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_only, 0, sizeof abort_only);
    mt_sys(SYS_tgkill, process, thread, SIGABRT);
}

_Noreturn void mt_stop(const struct mt_misuse *misuse)
{
    struct mt_line line;
    mt_line_start(&line);
    mt_line_add(&line, "stopped before a ");
    add_misuse(&line, misuse);
    mt_line_add(&line, "; to see it: memtrace report ");
    mt_line_add(&line, mt_trace_file_path());
    mt_line_say(&line);
    raise_abort();
    mt_sys(SYS_rt_sigaction, SIGABRT, default_action, 0, sizeof(uint64_t));
    raise_abort();
    for (;;) /* a kernel that will not have it */
        mt_sys(SYS_exit_group, 134);
}
