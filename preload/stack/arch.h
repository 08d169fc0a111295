/* arch.h: what a machine's stack looks like. All that is particular to x86-64 in the stack room
 * stands here and in arch.c; another machine (aarch64) needs its own block in both: registers by
 * DWARF number, where a call leaves the return address, how to run a function on another stack. */
#ifndef MT_ARCH_H
#define MT_ARCH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

/* DWARF and libunwind number the registers alike. */
enum {
    MT_REGISTER_FP = 6,
    MT_REGISTER_SP = 7,
    MT_REGISTER_PC = 16,
    MT_REGISTERS = 17,
};

/* The call instruction leaves the return address in the word below the CFA (the stack pointer of
 * the caller after the return). */
enum { MT_RETURN_SLOT = -8 };

/* The registers a function must keep for its caller, at one instant inside a function. */
struct mt_registers {
    uintptr_t value[MT_REGISTERS];
};

/* Always inlined, so that the pc it takes is one of the frame whose registers these are; one asm
 * statement, so that they are all of the same instant. */
static inline __attribute__((always_inline)) void mt_arch_capture(struct mt_registers *registers)
{
    __asm__ volatile("movq %%rbx, 3*8(%0)\n\t"
                     "movq %%rbp, 6*8(%0)\n\t"
                     "movq %%rsp, 7*8(%0)\n\t"
                     "movq %%r12, 12*8(%0)\n\t"
                     "movq %%r13, 13*8(%0)\n\t"
                     "movq %%r14, 14*8(%0)\n\t"
                     "movq %%r15, 15*8(%0)\n\t"
                     "leaq 0(%%rip), %%rax\n\t"
                     "movq %%rax, 16*8(%0)"
                     :
                     : "r"(registers->value)
                     : "rax", "memory");
}

/* Where the thread's control block lies: libc's struct pthread. */
static inline uint64_t mt_arch_thread_pointer(void)
{
    uint64_t pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* Whether mt_arch_capture knows the register. */
static inline int mt_arch_has_captured(int number)
{
    return number == 3 || number == 6 || number == 7 || (number >= 12 && number <= 16);
}

#else
#error "the stack room knows x86-64 only; see the opening paragraph of arch.h"
#endif

/* Calls function(argument) on the stack that ends (and so begins) at `top`, 16-byte aligned. */
void mt_arch_call_on(void *top, void (*function)(void *), void *argument);

/* What a signal has interrupted, from its handler's ucontext_t: the stack pointer, the instruction,
 * all registers; and of a page fault, whether it was a store, or the kernel's doing of one. */
uint64_t mt_arch_saved_sp(const void *context);
uint64_t mt_arch_saved_pc(const void *context);
void mt_arch_saved(const void *context, struct mt_registers *ret_registers);
int mt_arch_was_store(const void *context);

/* A system call that a signal has ended, from its handler's ucontext_t (scan/restart.h): whether it
 * was one, and returned EINTR; whether it was given these six arguments, as far as the registers
 * still say; and has it made anew when the handler returns, as if it had not been made. */
int mt_arch_was_interrupted(const void *context);
int mt_arch_was_given(const void *context, const uint64_t *arguments);
void mt_arch_call_again(void *context, long number, const uint64_t *arguments);
uint64_t mt_arch_saved_argument(const void *context, int which);

/* Whether the code has an instruction by which libc's functions choose that system call. */
int mt_arch_chooses_call(const void *code, size_t bytes, long number);

/* Where a signal handler of ours returns to: ends the handling (rt_sigreturn). Not to be called. */
void mt_arch_signal_return(void);

#endif
