/* arch.c: runs a function on another stack, and ends the handling of a signal. The call frame
 * information says that the caller's frame hangs on the frame pointer, so debuggers and unwinders
 * see through the switch. */
#include "arch.h"

#include <errno.h>
#include <ucontext.h>

#if defined(__x86_64__)

__asm__(".text\n"
        ".globl mt_arch_call_on\n"
        ".hidden mt_arch_call_on\n"
        ".type mt_arch_call_on, @function\n"
        "mt_arch_call_on:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset %rbp, -16\n"
        "    movq %rsp, %rbp\n"
        "    .cfi_def_cfa_register %rbp\n"
        "    movq %rdi, %rsp\n"
        "    movq %rdx, %rdi\n"
        "    call *%rsi\n"
        "    leave\n"
        "    .cfi_def_cfa %rsp, 8\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size mt_arch_call_on, .-mt_arch_call_on\n");

/* By these very instructions debuggers and unwinders know a signal's frame. */
__asm__(".text\n"
        ".globl mt_arch_signal_return\n"
        ".hidden mt_arch_signal_return\n"
        ".type mt_arch_signal_return, @function\n"
        "    nop\n"
        "mt_arch_signal_return:\n"
        "    movq $15, %rax\n"
        "    syscall\n"
        ".size mt_arch_signal_return, .-mt_arch_signal_return\n");

uint64_t mt_arch_saved_sp(const void *context)
{
    return (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
}

uint64_t mt_arch_saved_pc(const void *context)
{
    return (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

/* From the numbers of the kernel's to those of DWARF. */
void mt_arch_saved(const void *context, struct mt_registers *ret_registers)
{
    static const uint8_t by_number[MT_REGISTERS] = {
        REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
        REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
    };
    for (int i = 0; i < MT_REGISTERS; i++)
        ret_registers->value[i] =
            (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[by_number[i]];
}

int mt_arch_was_store(const void *context)
{
    enum { STORE = 2 }; /* of a page fault's error code (Intel SDM 3A, 4.7) */
    return (((const ucontext_t *)context)->uc_mcontext.gregs[REG_ERR] & STORE) != 0;
}

/* ---- system calls ---- */

enum { CALL_BYTES = 2, CHOICE_BYTES = 5 };

static const uint8_t argument_registers[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};

int mt_arch_was_interrupted(const void *context)
{
    const greg_t *registers = ((const ucontext_t *)context)->uc_mcontext.gregs;
    const uint8_t *pc = (const uint8_t *)registers[REG_RIP];
    /* Only a call that returns has set rcx to where it returns: the bytes before pc can be read. */
    return registers[REG_RAX] == -EINTR && registers[REG_RCX] == registers[REG_RIP] &&
           pc[-2] == 0x0f && pc[-1] == 0x05; /* syscall */
}

uint64_t mt_arch_saved_argument(const void *context, int which)
{
    return (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[argument_registers[which]];
}

int mt_arch_was_given(const void *context, const uint64_t *arguments)
{
    for (int i = 0; i < (int)sizeof argument_registers; i++)
        if (mt_arch_saved_argument(context, i) != arguments[i])
            return 0;
    return 1;
}

/* The arguments are still in their registers. */
void mt_arch_call_again(void *context, long number, const uint64_t *arguments)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    (void)arguments;
    registers[REG_RAX] = number;
    registers[REG_RIP] -= CALL_BYTES;
}

int mt_arch_chooses_call(const void *code, size_t bytes, long number)
{
    const uint8_t *at = code;
    for (size_t i = 0; i + CHOICE_BYTES <= bytes; i++) /* mov $number, %eax */
        if (at[i] == 0xb8 && at[i + 1] == (number & 255) && at[i + 2] == number >> 8 &&
            !at[i + 3] && !at[i + 4])
            return 1;
    return 0;
}

#endif
