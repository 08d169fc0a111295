/* error.h: why something could not be done, as the one line the user will read. Library functions
 * fill it and return; only main.c and cmd_*.c print it, once, as "memtrace: <text>". */
#ifndef MT_ERROR_H
#define MT_ERROR_H

/* Exit statuses of the command, as in the man page. */
enum mt_status {
    MT_OK = 0,
    MT_USAGE = 2,
    MT_UNREADABLE = 3,
    MT_LEAKS = 23,
    MT_INCONCLUSIVE = 24,
    MT_NOT_EXECUTABLE = 126, /* run, check: the program is there but cannot be started */
    MT_NOT_FOUND = 127,      /* and: there is no such program; both as shells and env do */
};

struct mt_error {
    enum mt_status status; /* what the command ends with */
    char text[1024];       /* "what: why (what to try)", no newline */
};

/* Fills `error` and returns `status` as an int, so that `return mt_fail(…)` reads well. Control
 * characters that came in through names are replaced. */
int mt_fail(struct mt_error *error, enum mt_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Says that memory has run out, where nobody can be told by a status, and ends the program. */
void mt_end_for_memory(void) __attribute__((noreturn));

#endif
