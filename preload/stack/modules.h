/* modules.h: the ELF objects whose code is on stacks. Each load is a module with an id, said once
 * in the trace. Found by glibc's lock-free _dl_find_object, never under a loader lock.
 *
 * Unloading cannot be hooked. But ld.so frees the object's records after it has unmapped it, so a
 * free from ld.so advances the *epoch*; whoever walks a stack next has all modules checked, and the
 * rules of those that are gone are forgotten (a *purge*). */
#ifndef MT_MODULES_H
#define MT_MODULES_H

#include <stdint.h>

enum { MT_MODULES_MAX = 4095 };

struct mt_modules {
    uint32_t epoch;         /* advanced by mt_modules_may_be_gone; atomic */
    uint32_t checked_epoch; /* the epoch of the last check; atomic */
    uint32_t purges;        /* checks that found a module gone; atomic */
    uintptr_t loader_start; /* where ld.so lies; 0 until mt_modules_start */
    uintptr_t loader_end;
};
extern struct mt_modules mt_modules;

/* What the oracle needs to know of the code around a pc. */
struct mt_code {
    uint32_t module;                /* id; 0 where no more modules can be kept */
    uintptr_t start, end;           /* where the object is mapped */
    uintptr_t entry;                /* its ELF entry point, 0 none */
    const uint8_t *eh_frame_header; /* PT_GNU_EH_FRAME, NULL none */
};

/* Whether some object covers pc. Lock-free; also 0 where glibc lacks _dl_find_object. */
int mt_modules_cover(uintptr_t pc);

/* The id of the module that covers pc, among those already learned; 0 none. Lock-free. */
uint32_t mt_modules_find(uintptr_t pc);

/* Where pc lies, among modules already learned: the last part of the path, not NUL-ended, and the
 * offset as the object's own addresses count. NULL where in none. Lock-free. */
const char *mt_modules_place(uintptr_t pc, uint32_t *ret_length, uint64_t *ret_offset);

/* Fills code for pc, learning its module if need be; returns 0 if no object covers pc. Serial. */
int mt_modules_learn(uintptr_t pc, struct mt_code *ret_code);

/* Learns all modules loaded now. Constructor only (takes the loader's lock), not serial. Returns 0
 * when this glibc lacks _dl_find_object. */
int mt_modules_start(void);

/* Looks for modules that are gone, forgets their rules. Serial. */
void mt_modules_check(void);

/* Has every thread forget what it remembers of its stacks, before its next walk. Any thread. */
void mt_modules_void_memos(void);

/* Forgets the rules of all modules that are gone. In a forked child: the parent's thread that was
 * at it may not have come to the end. Serial. */
void mt_modules_forget_gone(void);

/* Writes into the trace what could not be written before. Cheap if there is nothing. Serial. */
void mt_modules_say(void);

/* A new trace has begun: all modules are to be said again. */
void mt_modules_say_again(void);

static inline void mt_modules_may_be_gone(void)
{
    /* Release: what the loader did before is seen by who sees the new epoch. */
    __atomic_fetch_add(&mt_modules.epoch, 1, __ATOMIC_RELEASE);
}

static inline int mt_modules_unchecked(void)
{
    /* Acquire on checked_epoch: the purge that went with it is seen. The epoch itself needs no
     * ordering: code that runs in a new module was told of it by the thread that loaded it. */
    return __atomic_load_n(&mt_modules.checked_epoch, __ATOMIC_ACQUIRE) !=
           __atomic_load_n(&mt_modules.epoch, __ATOMIC_RELAXED);
}

/* Whether pc lies in ld.so: the hooks ask it of their caller. */
static inline int mt_modules_in_loader(uintptr_t pc)
{
    return pc - mt_modules.loader_start < mt_modules.loader_end - mt_modules.loader_start;
}

#endif
