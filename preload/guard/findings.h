/* findings.h: what guards and canaries have found: written into the trace (errors.h), and the first
 * time said on stderr. */
#ifndef MT_FINDINGS_H
#define MT_FINDINGS_H

#include "guard.h"
#include "thread.h"

/* The instruction that a signal's ucontext_t shows has accessed a page of the guarded region. Not
 * from inside the serial section. Nothing where no block was meant. */
void mt_finding_of_access(uintptr_t address, const void *context);

/* Bytes around the block have changed. `given` and `freed` are of a guarded block, else NULL: then
 * `allocated` is the node id of its stack. `function` at `stack` has come upon it, 0 none: at a
 * look at all blocks. */
struct mt_found {
    const struct mt_guarded *slot;
    uintptr_t block;
    uint32_t allocated;
    uint32_t stack;
    enum mt_function function;
    struct mt_damage damage;
};
void mt_finding_of_damage(struct mt_thread_state *thread, const struct mt_found *found);

/* A guarded address at which no block lives is released: by `function`, called from `stack`. */
void mt_finding_of_second_release(struct mt_thread_state *thread, uintptr_t address,
                                  enum mt_function function, uint32_t stack);

/* Fills in an event: `stack` of the calling thread's process, 0 unknown. */
void mt_finding_remember(struct mt_guard_event *event, const struct mt_thread_state *thread,
                         uint32_t stack, enum mt_function function);

#endif
