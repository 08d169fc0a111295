/* arch.c: runs a function on another stack, and ends the handling of a signal. The call frame
 * information says that the caller's frame hangs on the frame pointer, so debuggers and unwinders see
 * through the switch. */
#include "arch.h"

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

#endif
