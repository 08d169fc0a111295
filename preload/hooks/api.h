/* api.h: the preload's side of what programs call themselves: memtrace.h (api.c) and
 * LeakSanitizer's interface (api_lsan.c). */
#ifndef MT_API_H
#define MT_API_H

/* Learns what the program has of LeakSanitizer. From the constructor. */
void mt_lsan_start(void);

/* Asks the program for its suppressions and says them in the trace: calls a function of the
 * program's. At the end of the process, on the program's stack. */
void mt_lsan_say_suppressions(void);

#endif
