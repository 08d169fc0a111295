/* withheld.h: memory that the program keeps from its children. A forked process does not get what
 * madvise has put aside by MADV_DONTFORK, and gets empty what is to be wiped (MADV_WIPEONFORK): nor
 * does the child that scans. So the process copies what it has touched there while its threads
 * stand still, and the child puts the copies where the originals lie. */
#ifndef MT_WITHHELD_H
#define MT_WITHHELD_H

#include "memtrace/trace_snapshot.h"

enum { MT_WITHHELD_BYTES_MAX = 256 << 20 }; /* of memory that is copied, at most */

/* The program gives the kernel this advice, by madvise. Any thread, any time; until then nothing
 * here costs anything. */
void mt_withheld_note(int advice);

/* Copies it. The threads stand still. MT_SCAN_OK also where there is none. */
enum mt_scan_problem mt_withheld_take(void);

/* In the child, first of all. Returns 0 where it cannot be put in place. */
int mt_withheld_put_back(void);

/* In the process, after the clone. */
void mt_withheld_drop(void);

#endif
