/* stop.h: errors=stop: the program ends before the wrong call is made. */
#ifndef MT_STOP_H
#define MT_STOP_H

#include "memtrace/trace_errors.h"

/* Says on stderr what was found, and where it can be read, and ends the process by SIGABRT. A
 * handler of the program's own is called first, as abort(3) does it. */
_Noreturn void mt_stop(const struct mt_misuse *misuse);

#endif
