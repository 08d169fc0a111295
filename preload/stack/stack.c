/* stack.c: the door of the stack room. Takes the hooks' questions, sees that the room is open and
 * that the code it knows is still there, and passes them on to the walk. */
#include "stack.h"

#include "arch.h"
#include "epochs.h"
#include "extents.h"
#include "hot.h"
#include "modules.h"
#include "nodes.h"
#include "options.h"
#include "oracle.h"
#include "process.h"
#include "rules.h"
#include "serial.h"
#include "verify.h"
#include "walk.h"

/* What keeps mt_stack_take from the short way; constant once the program runs. */
enum { CLOSED = 1, VERIFIED = 2 };
static uint32_t detour = CLOSED;

static void check_modules(void *unused)
{
    (void)unused;
    mt_modules_check();
    mt_modules_say();
}

__attribute__((noinline, cold)) static uint32_t take_the_long_way(struct mt_memo *memo,
                                                                  const struct mt_frame *caller,
                                                                  enum mt_function function,
                                                                  int *cut)
{
    if (detour & CLOSED)
        mt_process_open_stacks();
    if (detour & CLOSED) {
        *cut = 1;
        return mt_stack_of_caller(caller->pc, function);
    }
    if (mt_modules_unchecked())
        mt_serial_run(check_modules, NULL);
    const uint32_t node = mt_walk(memo, caller, function, cut);
    if (detour & VERIFIED && node)
        mt_verify(node, caller);
    return node;
}

MT_IN_PLACE uint32_t mt_stack_take(struct mt_memo *memo, const struct mt_frame *caller,
                                   enum mt_function function, int *cut)
{
    if (UNLIKELY(detour | mt_modules_unchecked()))
        return take_the_long_way(memo, caller, function, cut);
    return mt_walk(memo, caller, function, cut);
}

/* ---- the caller alone ---- */

struct question {
    uintptr_t pc;
    uint32_t module;
};

static void learn_module(void *argument)
{
    struct question *question = argument;
    struct mt_code code;
    mt_modules_check();
    if (mt_modules_learn(question->pc, &code))
        question->module = code.module;
}

uint32_t mt_stack_of_caller(uintptr_t pc, enum mt_function function)
{
    struct question question = {.pc = pc - 1};
    /* Only tried: this may be a call from inside the serial section. */
    if (mt_modules_unchecked() || !(question.module = mt_modules_find(pc - 1)))
        mt_serial_try(learn_module, &question);
    return mt_node_intern(
        pc, mt_node_rest(mt_epoch_root(0), question.module, function, MT_NODE_NO_STACK));
}

/* ---- an interrupted instruction ---- */

uint32_t mt_stack_interrupted(struct mt_memo *memo, const struct mt_registers *registers)
{
    if (!memo || detour & CLOSED)
        return mt_stack_of_caller(registers->value[MT_REGISTER_PC] + 1, MT_FN_UNKNOWN);
    if (mt_modules_unchecked())
        mt_serial_run(check_modules, NULL);
    return mt_walk_interrupted(memo, registers);
}

/* ---- life ---- */

static int is_unwinder_missing;

/* Says in the trace that stacks end at unknown code everywhere. */
static void say_no_unwinder(void)
{
    struct mt_header *header = mt_trace_header();
    if (header)
        __atomic_fetch_or(&header->flags, MT_FLAG_NO_UNWINDER, __ATOMIC_RELAXED);
}

void mt_stack_start(void)
{
    mt_walk_depth = mt_options.depth;
    mt_arch_start();
    if (!mt_modules_start() || !mt_oracle_start()) {
        is_unwinder_missing = 1;
        say_no_unwinder();
        return;
    }
    detour = mt_options.verify && mt_verify_start() ? VERIFIED : 0;
}

void mt_stack_restart(void)
{
    if (mt_serial_restart()) {
        mt_oracle_stop();
        mt_modules_forget_gone(); /* the child has one thread: as good as serial */
    }
    mt_modules_say_again();
    mt_serial_run(check_modules, NULL);
    if (is_unwinder_missing)
        say_no_unwinder();
}

void mt_stack_code_changed(void)
{
    mt_modules_may_be_gone();
}
