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

#endif
