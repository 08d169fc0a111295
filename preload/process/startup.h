/* startup.h: what the kernel put on the stack before ld.so began: arguments and environment, to be
 * had before libc has been initialised. */
#ifndef MT_STARTUP_H
#define MT_STARTUP_H

struct mt_startup {
    int argument_count;
    char *const *arguments;
    char *const *environment;
};

struct mt_startup mt_startup(void);

#endif
