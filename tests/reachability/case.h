/* case.h: what the cases share, beside victim.h. A pointer counts wherever an old copy of it is
 * left: so objects are made by functions that return before forget() wipes what they left behind.
 */
#ifndef CASE_H
#define CASE_H

#include "victim.h"

/* A function whose name stands in every stack, with that name. */
#define STEP __attribute__((noinline, noipa, unused)) static

/* Defines NAME(size), which makes a block of zeros that is the object NAME of EXPECT lines. */
#define OBJECT(name)                                                                               \
    STEP void *name(size_t size)                                                                   \
    {                                                                                              \
        void *block = calloc(1, size);                                                             \
        KEEP(block);                                                                               \
        return block;                                                                              \
    }

/* Wipes the stack below the caller and the registers that calls may change. */
STEP void forget(void)
{
    volatile char below[32 << 10];
    for (size_t i = 0; i < sizeof(below); i++)
        below[i] = 0;
    __asm__ volatile("pxor %%xmm0, %%xmm0\n pxor %%xmm1, %%xmm1\n pxor %%xmm2, %%xmm2\n"
                     "pxor %%xmm3, %%xmm3\n pxor %%xmm4, %%xmm4\n pxor %%xmm5, %%xmm5\n"
                     "pxor %%xmm6, %%xmm6\n pxor %%xmm7, %%xmm7\n pxor %%xmm8, %%xmm8\n"
                     "pxor %%xmm9, %%xmm9\n pxor %%xmm10, %%xmm10\n pxor %%xmm11, %%xmm11\n"
                     "pxor %%xmm12, %%xmm12\n pxor %%xmm13, %%xmm13\n pxor %%xmm14, %%xmm14\n"
                     "pxor %%xmm15, %%xmm15\n xor %%eax, %%eax\n xor %%ecx, %%ecx\n"
                     "xor %%edx, %%edx\n xor %%esi, %%esi\n xor %%edi, %%edi\n"
                     "xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n"
                     "xor %%r11d, %%r11d" ::
                         : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "xmm0",
                           "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9",
                           "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "memory");
}

/* A link of lists and trees; 40 bytes. */
struct node {
    struct node *next, *other;
    long payload[3];
};

#endif
