/* watch.h: looks at the processes of a run from outside, ten times a second, so that what a program
 * does while it allocates nothing is seen as well. What it sees is written into their traces, into
 * the extent that the tracer has made for it. */
#ifndef MT_WATCH_H
#define MT_WATCH_H

#include "launch.h"

enum { MT_WATCH_MS = 100 };

struct mt_watch;

/* Watches the processes whose traces come into the folder. NULL when there is no memory. */
struct mt_watch *mt_watch_begin(const char *folder);

/* Looks at those that run now. To be called every MT_WATCH_MS. */
void mt_watch_look(void *watch);

/* Makes ready for the end of those that did not live until the first look. To be called once, when
 * the program has ended and its parent has not yet taken note: its group can still be asked for. */
void mt_watch_find(void *watch);

/* The program has ended: where a signal killed it, looks once more at what was around it; the count
 * of OOM kills tells. Frees the watch; NULL is fine. */
void mt_watch_end(struct mt_watch *watch, const struct mt_ended *ended);

#endif
