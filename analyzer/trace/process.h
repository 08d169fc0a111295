/* process.h: what became of the process of a trace. A trace says how its image ended only where
 * the image itself knew; whether the process is still there is asked of this machine's kernel. */
#ifndef MT_PROCESS_H
#define MT_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include "trace.h"

enum mt_fate {
    MT_FATE_RUNNING,
    MT_FATE_EXITED,  /* by exit, _exit or quick_exit */
    MT_FATE_EXEC,    /* another program took the process over */
    MT_FATE_KILLED,  /* it is gone and did not say so: a signal, the OOM killer, a reboot */
    MT_FATE_UNKNOWN, /* it did not say, and it lived on another machine or in a container */
};

/* Whether the process `pid` that started `start_ticks` after boot (0: not known, any process of
 * that pid will do) runs on this machine. One that ended and waits for its parent does not. */
bool mt_process_runs(uint32_t pid, uint64_t start_ticks);

/* The pid as the process itself sees it: another one than ours in a container. 0: not known. */
uint32_t mt_process_inner_pid(uint32_t pid);

enum mt_fate mt_process_fate(const struct mt_trace *trace);

/* How long the process ran, as far as that is known: a killed one did not say. */
bool mt_process_duration(const struct mt_trace *trace, enum mt_fate fate, uint64_t *ret_ms);

/* "running", "exited", "exec", "killed"; NULL for MT_FATE_UNKNOWN. */
const char *mt_fate_name(enum mt_fate fate);

#endif
