/* oracle_walk.c: takes registers, gives the whole stack, or the registers of a frame further out,
 * by libunwind's steps over real memory. Of oracle.h. */
#include "oracle.h"

#include <errno.h>
#include "oracle_parts.h"
#include "sys.h"

enum {
    OWN_FRAMES_MAX = 16, /* of the tracer, between the registers and the hook's caller */
    PAGE_BYTES = 4096,
    KERNEL_SIGSET_BYTES = 8,
};

struct walk {
    struct mt_oracle_step step;
    const struct mt_registers *registers;
    uintptr_t readable_page; /* the last page found readable */
    uintptr_t pc;            /* of the frame under way: what is read there is an instruction */
};

/* Whether a word can be read: the kernel looks at the set before it looks at the operation, which
 * is none that exists. Tables gone wrong must not crash the program. */
static int is_readable(struct walk *walk, uintptr_t address)
{
    const uintptr_t last = address + sizeof(uintptr_t) - 1;
    if ((address ^ walk->readable_page) < PAGE_BYTES && (last ^ walk->readable_page) < PAGE_BYTES)
        return 1;
    if (mt_sys(SYS_rt_sigprocmask, ~0, address, 0, KERNEL_SIGSET_BYTES) == -EFAULT)
        return 0;
    walk->readable_page = address & ~(uintptr_t)(PAGE_BYTES - 1);
    return 1;
}

static int walk_find_proc_info(unw_addr_space_t space, unw_word_t ip, unw_proc_info_t *info,
                               int need_unwind_info, void *argument)
{
    struct walk *walk = argument;
    return mt_oracle_find_entry(&walk->step, space, ip, info, need_unwind_info, argument);
}

static int walk_access_mem(unw_addr_space_t space, unw_word_t address, unw_word_t *value, int write,
                           void *argument)
{
    (void)space;
    struct walk *walk = argument;
    if (!write && mt_oracle_is_in_code(&walk->step.code, address)) {
        *value = mt_oracle_code_word(&walk->step, address);
        return 0;
    }
    if (write || !is_readable(walk, address))
        return -UNW_EINVAL;
    *value = *(const unw_word_t *)address;
    if (address != walk->pc)
        *value = mt_arch_unsigned(*value);
    return 0;
}

static int walk_access_reg(unw_addr_space_t space, unw_regnum_t number, unw_word_t *value,
                           int write, void *argument)
{
    (void)space;
    const struct walk *walk = argument;
    if (write || !mt_arch_has_captured(number))
        return -UNW_EBADREG;
    *value = walk->registers->value[number];
    return 0;
}

const struct mt_oracle_access mt_oracle_walk_access = {walk_find_proc_info, walk_access_mem,
                                                       walk_access_reg};

/* Fills in the cursor's frame and makes the step to its caller. Returns 1 when there is one. */
static int visit(struct walk *walk, unw_cursor_t *cursor, struct mt_oracle_frame *frame,
                 enum mt_stack_end *end)
{
    unw_word_t pc;
    unw_word_t sp;
    if (mt_libunwind.get_reg(cursor, UNW_REG_IP, &pc) < 0 ||
        mt_libunwind.get_reg(cursor, UNW_REG_SP, &sp) < 0)
        pc = sp = 0;
    *frame = (struct mt_oracle_frame){.pc = pc, .sp = sp};
    *end = MT_STACK_UNKNOWN;
    /* A return address may be the first one after its object: what called is at pc - 1. */
    if (!mt_modules_learn(pc - 1, &walk->step.code) && !mt_modules_learn(pc, &walk->step.code))
        walk->step.code = (struct mt_code){0};
    frame->module = walk->step.code.module;
    walk->step.looked_up = 0;
    walk->step.has_entry = 0;
    walk->pc = pc;
    const int is_signal_frame = mt_oracle_is_signal_frame(cursor);
    const int result = mt_libunwind.step(cursor);
    frame->is_exact = walk->step.looked_up == pc;
    unw_word_t caller_pc = 0;
    if (!walk->step.has_entry && !is_signal_frame) {
        if (mt_oracle_is_begin_of_stack(&walk->step.code, pc))
            *end = MT_STACK_COMPLETE;
        return 0;
    }
    if (result < 0 || (result > 0 && mt_oracle_has_guessed(cursor)))
        return 0;
    if (result == 0 || mt_libunwind.get_reg(cursor, UNW_REG_IP, &caller_pc) < 0 || caller_pc == 0) {
        *end = MT_STACK_COMPLETE;
        return 0;
    }
    return 1;
}

uint32_t mt_oracle_walk(const struct mt_registers *registers, uintptr_t first_pc,
                        uintptr_t first_sp, struct mt_oracle_frame *frames, uint32_t room,
                        enum mt_stack_end *ret_end)
{
    struct walk walk = {.registers = registers};
    unw_cursor_t cursor;
    uint32_t count = 0;
    const int errno_before = errno;
    if (!mt_libunwind.is_ready || mt_libunwind.init_remote(&cursor, mt_libunwind.stacks, &walk) < 0)
        return 0;
    for (int own = 0; own < OWN_FRAMES_MAX || count > 0;) {
        struct mt_oracle_frame frame;
        const int has_caller = visit(&walk, &cursor, &frame, ret_end);
        if (count == 0 && (frame.pc != first_pc || frame.sp != first_sp)) {
            own++;
        } else {
            frames[count++] = frame;
            if (has_caller && count == room) {
                *ret_end = MT_STACK_DEEPER;
                break;
            }
        }
        if (!has_caller)
            break;
    }
    errno = errno_before;
    return count;
}

int mt_oracle_find_caller(const struct mt_registers *registers, uintptr_t start, uintptr_t end,
                          struct mt_registers *ret_registers)
{
    struct walk walk = {.registers = registers};
    struct mt_oracle_frame frame;
    enum mt_stack_end stack_end;
    unw_cursor_t cursor;
    if (!mt_libunwind.is_ready || mt_libunwind.init_remote(&cursor, mt_libunwind.stacks, &walk) < 0)
        return 0;
    for (int own = 0; own < OWN_FRAMES_MAX && visit(&walk, &cursor, &frame, &stack_end); own++) {
        if (frame.pc - 1 - start >= end - start)
            continue;
        for (int number = 0; number < MT_REGISTERS; number++)
            if (mt_arch_has_captured(number))
                mt_libunwind.get_reg(&cursor, number == MT_REGISTER_PC ? UNW_REG_IP : number,
                                     &ret_registers->value[number]);
        return 1;
    }
    return 0;
}
