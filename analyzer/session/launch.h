/* launch.h: starts the program that is to be traced and waits for it. */
#ifndef MT_LAUNCH_H
#define MT_LAUNCH_H

#include <stdint.h>
#include <sys/types.h>
#include "error.h"

/* How the program ended, as its parent saw it. */
struct mt_ended {
    pid_t pid;
    int signal;       /* that killed it, or 0 */
    int exit_status;  /* valid where signal is 0 */
    uint64_t mono_ns; /* when it was seen to have ended, CLOCK_MONOTONIC */
};

/* This process's environment with libmemtrace preloaded and its traces sent to the folder: what
 * LD_PRELOAD and MEMTRACE_OPTIONS hold already is kept. Both paths are absolute. `defaults` and
 * `orders` are options more ("key=value" with colons between them, NULL: none): those that the
 * user's come before, and those that come before the user's. Returns 0 and a NULL-ended vector
 * (mt_launch_environment_free), or MT_INCONCLUSIVE when the folder's name cannot be written into
 * MEMTRACE_OPTIONS. */
int mt_launch_environment(const char *library, const char *folder, const char *defaults,
                          const char *orders, char ***ret_environment, struct mt_error *error);
void mt_launch_environment_free(char **environment); /* NULL is fine */

/* What is to be done while the program runs: again and again, and when it has ended but is not yet
 * gone from the process table. */
struct mt_beat {
    void (*call)(void *context);
    void (*last)(void *context);
    void *context;
    int every_ms;
};

/* Runs the file `path` with `arguments` (arguments[0] is the name it sees itself by), with this
 * process's own stdin, stdout and stderr and in its process group, and waits for its end. Signals
 * that are sent to this process alone meanwhile go on to the program; those of the terminal reach
 * it anyway. `beat` may be NULL. Returns 0, or MT_NOT_EXECUTABLE or MT_NOT_FOUND. */
int mt_launch(const char *path, char *const *arguments, char *const *environment,
              const struct mt_beat *beat, struct mt_ended *ret_ended, struct mt_error *error);

/* The status a shell gives it: the program's own, or 128+N for signal N. */
int mt_ended_status(const struct mt_ended *ended);

#endif
