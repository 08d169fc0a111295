/* options.h: MEMTRACE_OPTIONS, read once when the tracer starts. */
#ifndef MT_OPTIONS_H
#define MT_OPTIONS_H

#include <stdint.h>

/* What is done about a misuse of memory. */
enum mt_errors_option { MT_ERRORS_OFF, MT_ERRORS_ON, MT_ERRORS_STOP };

struct mt_options {
    char output[4096];     /* pattern of the trace's path; %e %p %h %% */
    char starts[4096];     /* starts=PATH: file for notes of programs that are started; "" none */
    unsigned depth;        /* frames kept per stack, 1 to 512 */
    int scan_at_exit;      /* scan=exit */
    int children;          /* children=on */
    int quiet;             /* quiet=1 */
    unsigned heuristics;   /* heuristics=LIST: MT_HEURISTIC_* */
    uint64_t sample_bytes; /* sample=BYTES: record one block in about so many bytes; 0: all */
    int freed_by;          /* freed_by=on: who releases what a stack allocated; not of a sample */
    int peak;   /* peak=on: what each stack allocated, and held at the peak; not of a sample */
    int errors; /* errors=on|stop: enum mt_errors_option; not of a sample */
    unsigned guard_every; /* guard=N: one block in so many, 0: none (guard/) */
    int guard_at_random;  /* guard=1/N: each by chance, else every N-th of a thread */
    int guard_left;       /* guard=left: the page before a block cannot be touched, not the next */
    int canary;           /* canary=on: bytes behind each block that are looked at again */
    int proof;            /* proof=1: plant blocks that have to be found lost; for memtrace check */
    int unwiped;          /* unwiped=1: record where no memory is wiped by forks; for tests */
    int verify;           /* verify=1: compare each stack with libunwind's own walk; for tests */
    char given[4096];     /* the variable's beginning as found; "" when unset. A copy: programs
                             write their titles over the environment */
};

extern struct mt_options mt_options; /* defaults until mt_options_read */

/* Reads the variable from an environment block. A key it does not know, or a value that does not
 * fit, is said in one line each on stderr, and the default stays. */
void mt_options_read(char *const *environment);

#endif
