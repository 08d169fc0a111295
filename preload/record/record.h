/* record.h: what hooks say to the tracer. Everything between "the real malloc gave this" and the
 * tables: guard, stack, block, counters. */
#ifndef MT_RECORD_H
#define MT_RECORD_H

#include <stddef.h>
#include "blocks.h"
#include "misuse.h"
#include "stack.h"
#include "thread.h"

/* The frame of whoever called the hook in which this stands. The builtin makes the hook keep a
 * frame pointer, so the caller's is where the hook has saved it. */
#define MT_CALLER(frame)                                                                           \
    const struct mt_frame frame = {(uintptr_t)__builtin_return_address(0),                         \
                                   (uintptr_t)__builtin_dwarf_cfa(),                               \
                                   *(const uintptr_t *)__builtin_frame_address(0)}

/* A block was given. NULL is ignored (the allocation failed). */
void mt_record_allocation(void *block, size_t size_bytes, enum mt_function function,
                          const struct mt_frame *caller);

/* A block is about to be released by `function`, which says its size and alignment, or MT_NOT_SAID
 * and 0. NULL is ignored. Returns 1 where the block is a guarded one (guard.h), which is no block of
 * the allocator's. */
int mt_record_release(void *block, enum mt_function function, size_t said_bytes,
                      size_t said_alignment, uintptr_t caller_pc);

/* A block is about to be given another size: `before`, then, when the outcome is known, `after`
 * with the new block, or with NULL when the call failed and the old block lives on. The same for a
 * NULL old block. `freed`: the old block is gone although there is no new one. */
struct mt_record mt_record_before_resize(void *old, size_t size_bytes, enum mt_function function,
                                         const struct mt_frame *caller);
void mt_record_after_resize(struct mt_record before, void *old, void *block, size_t size_bytes,
                            int freed, enum mt_function function, const struct mt_frame *caller);

/* The stack of a call that `function` counts, with the thread's guard set; 0 when there is no room
 * for it (then counted). */
uint32_t mt_record_stack(struct mt_thread_state *thread, enum mt_function function,
                         const struct mt_frame *caller);

/* The stack of an instruction of the program's that a signal has interrupted. */
uint32_t mt_record_interrupted(struct mt_thread_state *thread,
                               const struct mt_registers *registers);

/* An outer hook calls the real function at `start`: what that calls in turn is not
 * recorded. The returned state is given back to mt_record_leave. For a release,
 * `released` is the block. */
struct mt_outer {
    struct mt_thread_state *thread;
    uintptr_t start;
    void *released;
    void *given;
};
#define MT_RECORD_MUTED ((const void *)1) /* for `start`: no call at all is recorded */
struct mt_outer mt_record_enter(const void *start, void *released);

/* `block`: what the call gave, NULL for none. Returns 1 when it is recorded already: the program's
 * own operator new, which a library's operator new[] calls, has asked malloc for it. */
int mt_record_leave(struct mt_outer outer, const void *block);

/* Whether an allocation of this size, which is told of once, is one to record: all are, but with
 * option sample. */
int mt_record_is_sampled(struct mt_thread_state *thread, size_t size_bytes);

/* Option errors: the program is about to unmap a range, which is not to hold blocks. */
void mt_record_check_unmapping(const void *address, size_t bytes, uintptr_t caller_pc);

/* Counts a call that neither gives nor releases a block. */
void mt_record_call(enum mt_function function);

#endif
