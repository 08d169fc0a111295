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

void mt_arch_start(void)
{
}

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

/* mov $number, %eax; push $number */
enum mt_arch_choice mt_arch_chooses_call(const void *code, size_t bytes, long number)
{
    const uint8_t *at = code;
    for (size_t i = 0; i + CHOICE_BYTES <= bytes; i++) {
        if (at[i] == 0x6a && number < 0x80 && at[i + 1] == number)
            return MT_HANDS_CALL_ON;
        if ((at[i] == 0xb8 || at[i] == 0x68) && at[i + 1] == (number & 255) &&
            at[i + 2] == number >> 8 && !at[i + 3] && !at[i + 4])
            return at[i] == 0xb8 ? MT_MAKES_CALL : MT_HANDS_CALL_ON;
    }
    return MT_CHOOSES_NO_CALL;
}

#elif defined(__aarch64__)

#include <asm/sigcontext.h>
#include <errno.h>
#include <stddef.h>
#include <sys/auxv.h>
#include "sys.h"

__asm__(".text\n"
        ".globl mt_arch_call_on\n"
        ".hidden mt_arch_call_on\n"
        ".type mt_arch_call_on, %function\n"
        "mt_arch_call_on:\n"
        "    .cfi_startproc\n"
        "    stp x29, x30, [sp, -16]!\n"
        "    .cfi_def_cfa_offset 16\n"
        "    .cfi_offset x29, -16\n"
        "    .cfi_offset x30, -8\n"
        "    mov x29, sp\n"
        "    .cfi_def_cfa_register x29\n"
        "    mov sp, x0\n"
        "    mov x0, x2\n"
        "    blr x1\n"
        "    mov sp, x29\n"
        "    .cfi_def_cfa_register sp\n"
        "    ldp x29, x30, [sp], 16\n"
        "    .cfi_def_cfa_offset 0\n"
        "    .cfi_restore x29\n"
        "    .cfi_restore x30\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size mt_arch_call_on, .-mt_arch_call_on\n");

/* As on x86-64. The kernel has one of its own, in the vDSO, but not each kernel has a vDSO. */
__asm__(".text\n"
        ".globl mt_arch_signal_return\n"
        ".hidden mt_arch_signal_return\n"
        ".type mt_arch_signal_return, %function\n"
        "    nop\n"
        "mt_arch_signal_return:\n"
        "    mov x8, #139\n"
        "    svc #0\n"
        ".size mt_arch_signal_return, .-mt_arch_signal_return\n");

uintptr_t mt_arch_address_bits = UINTPTR_MAX;
static int has_no_vdso;

/* Has a signature of ones taken off: an instruction that older machines take for none. */
void mt_arch_start(void)
{
    register uintptr_t address __asm__("x30") = (UINT64_C(1) << 55) - 1;
    __asm__("hint #7 // xpaclri" : "+r"(address));
    mt_arch_address_bits = address;
    has_no_vdso = !getauxval(AT_SYSINFO_EHDR);
}

/* Where the kernel, or what stands for one (qemu-user), brings no vDSO, it brings a page with the
 * code. Elsewhere nothing is asked: code without a module is a compiler's then. */
int mt_arch_is_bare_signal_return(uintptr_t pc)
{
    enum { NO_SUCH_WAY = 99, SIGSET_BYTES = 8 };
    /* Only whether it can be read: the kernel looks at the set before it looks at what to do. */
    return has_no_vdso && mt_sys(SYS_rt_sigprocmask, NO_SUCH_WAY, pc, 0, SIGSET_BYTES) != -EFAULT &&
           mt_arch_is_signal_return(pc);
}

static const mcontext_t *saved(const void *context)
{
    return &((const ucontext_t *)context)->uc_mcontext;
}

uint64_t mt_arch_saved_sp(const void *context)
{
    return saved(context)->sp;
}

uint64_t mt_arch_saved_pc(const void *context)
{
    return saved(context)->pc;
}

void mt_arch_saved(const void *context, struct mt_registers *ret_registers)
{
    *ret_registers = (struct mt_registers){{0}, {0}};
    for (int i = 0; i <= 30; i++)
        ret_registers->value[i] = saved(context)->regs[i];
    ret_registers->value[MT_REGISTER_SP] = saved(context)->sp;
    ret_registers->value[MT_REGISTER_PC] = saved(context)->pc;
}

/* The kernel's word on the fault (the syndrome), among the records behind the registers; NULL where
 * it gives none. */
static const struct esr_context *syndrome_of(const void *context)
{
    const uint8_t *at = saved(context)->__reserved;
    const uint8_t *const end = at + sizeof saved(context)->__reserved;
    while ((size_t)(end - at) >= sizeof(struct esr_context)) {
        const struct _aarch64_ctx *record = (const void *)at;
        if (record->magic == ESR_MAGIC)
            return (const void *)at;
        if (record->magic == 0 || record->size < sizeof *record ||
            record->size > (size_t)(end - at))
            return NULL;
        at += record->size;
    }
    return NULL;
}

/* Whether an instruction of the load and store classes stores (Arm ARM C4.1): all have one bit for
 * it but those of one register, which have two that tell the width as well. */
static int is_store(uint32_t instruction)
{
    enum { ONE_REGISTER = 7, LOADS = 1 << 22, LOADS_SIGNED = 1 << 23, VECTOR = 1 << 26 };
    if ((instruction >> 27 & ONE_REGISTER) == ONE_REGISTER && !(instruction & VECTOR))
        return !(instruction & (LOADS | LOADS_SIGNED));
    return !(instruction & LOADS);
}

int mt_arch_was_store(const void *context)
{
    enum { STORE = 1 << 6 }; /* WnR of a data abort's syndrome (Arm ARM D17.2.37) */
    const struct esr_context *syndrome = syndrome_of(context);
    if (syndrome)
        return (syndrome->esr & STORE) != 0;
    return is_store(*(const uint32_t *)saved(context)->pc);
}

/* ---- system calls ---- */

enum { CALL_BYTES = 4, ARGUMENTS = 6, LEAST_PAGE = 4096 };

int mt_arch_was_interrupted(const void *context)
{
    const uint32_t svc = 0xd4000001;
    const uint64_t pc = saved(context)->pc;
    return (int64_t)saved(context)->regs[0] == -EINTR && pc % LEAST_PAGE >= CALL_BYTES &&
           *(const uint32_t *)(pc - CALL_BYTES) == svc;
}

uint64_t mt_arch_saved_argument(const void *context, int which)
{
    return saved(context)->regs[which];
}

/* The first has made way for what the call returned. */
int mt_arch_was_given(const void *context, const uint64_t *arguments)
{
    for (int i = 1; i < ARGUMENTS; i++)
        if (mt_arch_saved_argument(context, i) != arguments[i])
            return 0;
    return 1;
}

void mt_arch_call_again(void *context, long number, const uint64_t *arguments)
{
    mcontext_t *registers = &((ucontext_t *)context)->uc_mcontext;
    registers->regs[0] = arguments[0];
    registers->regs[8] = (uint64_t)number;
    registers->pc -= CALL_BYTES;
}

/* Where the kernel does not tell the arguments, the first is lost: no call is made anew. */
enum mt_arch_choice mt_arch_chooses_call(const void *code, size_t bytes, long number)
{
    (void)code;
    (void)bytes;
    (void)number;
    return MT_CHOOSES_NO_CALL;
}

#endif
