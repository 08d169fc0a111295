/* stack.h: from a hook's caller to the id of its stack in the trace. The way in to the stack
 * room: walk (rules and memo) -> oracle (libunwind, for rules not yet known) -> nodes (the tree).
 */
#ifndef MT_STACK_H
#define MT_STACK_H

#include <stdint.h>
#include "memtrace/trace_format.h"

enum { MT_DEPTH_LIMIT = 512 }; /* largest value of option depth */

/* Where a walk begins: the function that called the hook, at the instant after the call returns. */
struct mt_frame {
    uintptr_t pc; /* return address */
    uintptr_t sp; /* stack pointer after the return */
    uintptr_t fp; /* frame pointer register, whatever the function keeps in it */
};

struct mt_memo; /* what a thread remembers of its last walk; see walk.h */

/* Takes the stack of `caller` and returns its node id, or 0 when it could not be recorded (no
 * room). Sets *cut when the stack is not complete. Makes no system call and takes no lock once
 * every return address on the stack has been seen before. The caller holds the thread's guard:
 * no other walk runs on this memo. Keeps errno. */
uint32_t mt_stack_take(struct mt_memo *memo, const struct mt_frame *caller,
                       enum mt_function function, int *cut);

/* A stack of the caller's frame alone, marked MT_NODE_NO_STACK, for allocations made while the
 * thread is inside the tracer. Touches no memo; safe in a signal handler at any instant. */
uint32_t mt_stack_of_caller(uintptr_t pc, enum mt_function function);

struct mt_registers; /* arch.h */

/* The stack of an instruction that a signal has interrupted, which is its innermost frame. As for
 * mt_stack_take the guard is held; without a memo it is that frame alone. 0: no room. */
uint32_t mt_stack_interrupted(struct mt_memo *memo, const struct mt_registers *registers);

/* Loads libunwind and learns the modules that are loaded now. Called once, from the constructor,
 * with the guard set; before it stacks are the caller's frame alone. With option verify each stack
 * is from then on compared with libunwind's own walk, and counted in the header. */
void mt_stack_start(void);

/* A forked child has made its own trace: the nodes begin anew, rules stay, modules are said again.
 */
void mt_stack_restart(void);

/* Code may have been unloaded (free was called from ld.so): rules of modules that can go are
 * checked again before use, memos are void. Cheap; any thread, any time. */
void mt_stack_code_changed(void);

#endif
