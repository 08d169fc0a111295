/* starts.h: option starts: what programs this process becomes or starts, noted in a file, so that
 * who reads the traces knows of those that left none (a static program, an environment without the
 * preload). Any thread, a vfork child as well; keeps errno, which no raw system call changes. */
#ifndef MT_STARTS_H
#define MT_STARTS_H

#include <stdint.h>

/* This process is about to become `path` (NULL: not known). */
void mt_starts_exec(const char *path);

/* It did not. */
void mt_starts_exec_failed(void);

/* The time now, for mt_starts_spawned: 0 where nothing is noted. */
uint64_t mt_starts_now(void);

/* A process `pid` was made at `now_ns`, or a moment later, that is to become `path`. */
void mt_starts_spawned(const char *path, int pid, uint64_t now_ns);

#endif
