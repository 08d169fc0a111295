/* libc_signal.h: the signal that libc keeps to itself (SIGSETXID, for setuid and its like in
 * processes of several threads). sigfillset and pthread_sigmask leave it out, so a thread that has
 * blocked "all signals" has not blocked this one, and can be had stand still too. Its default is
 * death, so it is sent to nobody before the handler is in place, and of a process that goes on to
 * those threads alone that cannot take one that is late into another program, by exec. */
#ifndef MT_LIBC_SIGNAL_H
#define MT_LIBC_SIGNAL_H

enum { MT_LIBC_SIGNAL = 33 };

/* Takes it: what was not sent by threads_park.h goes on to libc's own handler. 0 where that
 * fails. */
int mt_libc_signal_take(void);

#endif
