/* arch.h: what a machine's stack, registers and threads look like. All that is particular to x86-64
 * or to aarch64 stands here and in arch.c, but for system calls (sys.h) and the word of a rule
 * (rule_word.h). Each machine has a block: registers by DWARF number, as libunwind has them too;
 * what lies beyond the stack pointer; where libc keeps what it knows of a thread. */
#ifndef MT_ARCH_H
#define MT_ARCH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)

enum {
    MT_REGISTER_FP = 6,
    MT_REGISTER_SP = 7,
    MT_REGISTER_PC = 16,
    MT_REGISTERS = 17,
    MT_RED_ZONE_BYTES = 128, /* below the stack pointer, in use all the same (psABI 3.2.2) */
};

#define MT_UNWINDER "libunwind-x86_64.so.8"

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

/* Whether mt_arch_capture knows the register. */
static inline int mt_arch_has_captured(int number)
{
    return number == 3 || number == 6 || number == 7 || (number >= 12 && number <= 16);
}

/* Return addresses stand on the stack as they are. */
static inline uintptr_t mt_arch_unsigned(uintptr_t word)
{
    return word;
}

static inline uintptr_t mt_arch_signed(uintptr_t pc, const uintptr_t *slot)
{
    (void)slot;
    return pc;
}

/* The TLS ABI's variant II: the thread pointer is the address of libc's descriptor, and the storage
 * of the modules lies below it. */
enum { MT_STORAGE_IS_ABOVE = 0 };

static inline uint64_t mt_arch_descriptor(uint32_t descriptor_bytes)
{
    uint64_t pointer;
    (void)descriptor_bytes;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

/* Where the descriptor holds the address of the thread's table of storages (dtv). */
static inline uint64_t mt_arch_dtv_slot(uint64_t descriptor, uint32_t descriptor_bytes)
{
    (void)descriptor_bytes;
    return descriptor + 8;
}

/* Whether a signal handler returns to there, by the code; that has unwind information here. */
static inline int mt_arch_is_signal_return(uintptr_t pc)
{
    (void)pc;
    return 0;
}

/* The same of an address that no module has. */
static inline int mt_arch_is_bare_signal_return(uintptr_t pc)
{
    (void)pc;
    return 0;
}

#elif defined(__aarch64__)

enum {
    MT_REGISTER_FP = 29,
    MT_REGISTER_SP = 31,
    MT_REGISTER_PC = 32,
    MT_REGISTERS = 33,
    MT_KEPT_VECTORS = 8, /* d8 to d15 */
    MT_RED_ZONE_BYTES = 0,
};

#define MT_UNWINDER "libunwind-aarch64.so.8"

struct mt_registers {
    uintptr_t value[MT_REGISTERS];
    uintptr_t vectors[MT_KEPT_VECTORS]; /* for a scan: they may hold a pointer as well */
};

static inline __attribute__((always_inline)) void mt_arch_capture(struct mt_registers *registers)
{
    __asm__ volatile("stp x19, x20, [%0, 19*8]\n\t"
                     "stp x21, x22, [%0, 21*8]\n\t"
                     "stp x23, x24, [%0, 23*8]\n\t"
                     "stp x25, x26, [%0, 25*8]\n\t"
                     "stp x27, x28, [%0, 27*8]\n\t"
                     "stp x29, x30, [%0, 29*8]\n\t"
                     "mov x16, sp\n\t"
                     "adr x17, .\n\t"
                     "stp x16, x17, [%0, 31*8]\n\t"
                     "stp d8, d9, [%0, 33*8]\n\t"
                     "stp d10, d11, [%0, 35*8]\n\t"
                     "stp d12, d13, [%0, 37*8]\n\t"
                     "stp d14, d15, [%0, 39*8]"
                     :
                     : "r"(registers)
                     : "x16", "x17", "memory");
}

static inline int mt_arch_has_captured(int number)
{
    return number >= 19 && number <= 32;
}

/* A function may sign its return address before it puts it on the stack (pointer authentication,
 * Arm ARM D8.10): in the bits that no address of the program's has. */
extern uintptr_t mt_arch_address_bits;

static inline uintptr_t mt_arch_unsigned(uintptr_t word)
{
    return word & mt_arch_address_bits;
}

/* The word that stands in the slot where a return address was read. */
static inline uintptr_t mt_arch_signed(uintptr_t pc, const uintptr_t *slot)
{
    (void)pc;
    return *slot;
}

/* Variant I: the descriptor ends at the thread pointer; from there on two words for the thread's
 * table, then the storage. */
enum { MT_STORAGE_IS_ABOVE = 1 };

static inline uint64_t mt_arch_descriptor(uint32_t descriptor_bytes)
{
    uint64_t pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return descriptor_bytes ? pointer - descriptor_bytes : 0;
}

static inline uint64_t mt_arch_dtv_slot(uint64_t descriptor, uint32_t descriptor_bytes)
{
    return descriptor + descriptor_bytes;
}

/* It has no unwind information: neither the vDSO's, since Linux 5.8, nor another. */
static inline int mt_arch_is_signal_return(uintptr_t pc)
{
    const uint64_t two_instructions = UINT64_C(0xd4000001d2801168); /* mov x8, #139; svc #0 */
    return *(const uint64_t *)pc == two_instructions;
}

int mt_arch_is_bare_signal_return(uintptr_t pc);

#else
#error "memtrace knows x86-64 and aarch64; see the opening paragraph of arch.h"
#endif

/* Learns what differs between machines of a kind. From the constructor. */
void mt_arch_start(void);

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

/* What a function of libc's does with that system call, by an instruction of its code. */
enum mt_arch_choice {
    MT_CHOOSES_NO_CALL,
    MT_MAKES_CALL,
    MT_HANDS_CALL_ON, /* to a function of libc's that makes any, since glibc 2.41 */
};
enum mt_arch_choice mt_arch_chooses_call(const void *code, size_t bytes, long number);

/* Where a signal handler of ours returns to: ends the handling (rt_sigreturn). Not to be called. */
void mt_arch_signal_return(void);

#endif
