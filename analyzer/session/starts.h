/* starts.h: what programs the processes of a run became or started, by their own notes (option
 * starts of the preload). A program that left no trace is known by nothing else. */
#ifndef MT_STARTS_H
#define MT_STARTS_H

#include <stddef.h>
#include <stdint.h>

struct mt_start {
    uint32_t pid;
    uint64_t ns; /* CLOCK_REALTIME, of its start or a moment before */
    char *path;  /* as given to exec: not always absolute */
};

/* By pid, then by time; what came to nothing is left out. Zeroed: none. */
struct mt_starts {
    struct mt_start *items;
    size_t count;
};

/* Makes the empty file that is noted in. Without it nothing is noted. */
void mt_starts_create(const char *path);

/* Reads the notes and removes the file. */
void mt_starts_take(const char *path, struct mt_starts *ret_starts);
void mt_starts_finish(struct mt_starts *starts);

/* When the process of a note became another program: the time of its next note, UINT64_MAX never.
 */
uint64_t mt_starts_until(const struct mt_starts *starts, size_t index);

#endif
