/* misuse.h: what a report says of the misuses of memory that its trace has. */
#ifndef MT_MISUSE_H
#define MT_MISUSE_H

#include "frames.h"
#include "misuses.h"
#include "paper.h"
#include "symbols.h"

enum { MT_MISUSE_SUMMARY_SIZE = 256 };

/* A misuse that is told. */
struct mt_told_misuse {
    const struct mt_misuse *misuse;       /* the trace's */
    uint64_t fingerprint;                 /* by which it is known in another run */
    char summary[MT_MISUSE_SUMMARY_SIZE]; /* "double free of a block of 24 bytes" */
};

/* Zeroed: none. */
struct mt_told {
    struct mt_told_misuse *items; /* the first first */
    size_t count;
    size_t unsure; /* mismatches that may be none: see mt_misuses_tell */
};

/* Takes what is to be told of a trace's misuses. A mismatch is left out where symbols show that the
 * block was given, or released, through an operator new or delete that the tracer did not stand in
 * front of: one that is part of a library, or inlined. Where who called malloc or free has no name
 * it is left out too, and counted. Returns 0 (mt_told_finish), or MT_UNREADABLE where memory runs
 * out. */
int mt_misuses_tell(const struct mt_trace *trace, struct mt_symbols *symbols,
                    struct mt_told *ret_told, struct mt_error *error);
void mt_told_finish(struct mt_told *told);

/* The frame that did it: the one that names a misuse. As mt_releaser_frame. */
const struct mt_frame *mt_misuse_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                       const struct mt_misuse *misuse, struct mt_frame_walk *walk);

/* Prints the stacks of a misuse, each under what it is: the call, the earlier release, the
 * allocation. */
void mt_misuse_print_stacks(const struct mt_paper *paper, const struct mt_trace *trace,
                            struct mt_symbols *symbols, const struct mt_misuse *misuse);

/* Prints all of them, with their stacks; nothing where there is none. */
void mt_misuses_print(const struct mt_paper *paper, const struct mt_trace *trace,
                      struct mt_symbols *symbols, const struct mt_told *told);

#endif
