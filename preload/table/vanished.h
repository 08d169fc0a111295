/* vanished.h: pages of the trace that are gone: somebody else has cut the file, or the file system
 * could not keep what it had promised. The program goes on, and what was there is lost. */
#ifndef MT_VANISHED_H
#define MT_VANISHED_H

#include <stdint.h>
#include "lock.h"

/* In mt_process. */
struct mt_vanished {
    struct mt_lock lock;
    uintptr_t
        from; /* what of the trace lies from here on is in no file any more; 0: all is; atomic */
};

/* From now on pages of the trace may go. Before there is one. */
void mt_vanished_start(void);

/* Keeps what the header of the new trace says, for the day that it is gone. */
void mt_vanished_keep_header(void);

/* The file has been found shorter than what is in use, though nobody has come to what is missing. */
void mt_vanished_note(void);

#endif
