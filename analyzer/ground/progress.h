/* progress.h: how far long work has come, on the terminal of the user who waits for it. */
#ifndef MT_PROGRESS_H
#define MT_PROGRESS_H

#include <stdint.h>

/* From now on progress is shown on stderr, if that is a terminal. Commands call this; where none
 * did, nothing is ever shown. */
void mt_progress_enable(void);

/* `done` of `total` steps of `what` are done. Cheap enough for each step; shows nothing before a
 * second of work. */
void mt_progress(const char *what, uint64_t done, uint64_t total);

/* The same for steps that take long: looks at the clock each time. */
void mt_progress_now(const char *what, uint64_t done, uint64_t total);

/* Takes the line away; before anything else is written to the terminal. */
void mt_progress_clear(void);

#endif
