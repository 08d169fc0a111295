/* record_mapping.h: what the hooks of mappings say to the tracer: which range the program has got,
 * is about to give back, or has changed. */
#ifndef MT_RECORD_MAPPING_H
#define MT_RECORD_MAPPING_H

#include <stddef.h>
#include "mappings.h"
#include "record.h"

/* A range that a call gave. */
struct mt_given {
    uintptr_t address;
    size_t bytes; /* as asked for: rounded up to pages here, but for brk */
    enum mt_mapping_kind kind;
    unsigned state;  /* MT_MAPPING_* */
    uint32_t detail; /* as in struct mt_mapping */
    int protection;  /* PROT_* */
    int flags;       /* MAP_* or SHM_* */
};

/* The program has been given a mapping. Calls by the allocator, libc and ld.so are ignored. */
void mt_record_mapping(const struct mt_given *given, enum mt_function function,
                       const struct mt_frame *caller);

/* [address, address + bytes), rounded up to pages, is about to be unmapped or replaced: what was
 * taken out, for mt_mapping_drop or put_back. */
mt_taken mt_record_unmapping(const void *address, size_t bytes);

/* What was taken out has been unmapped by munmap: counts it as churn. Before mt_mapping_drop. */
void mt_record_churn(mt_taken taken);

/* mremap has given `moved`, made of what was taken out of `old`; the chain is not ended by this.
 * `old_bytes` 0: a second mapping of what is shared at `old`. */
void mt_record_remapping(mt_taken taken, const void *old, size_t old_bytes, const void *moved,
                         size_t bytes, const struct mt_frame *caller);

/* The same where mremap has failed: since Linux 6.17 it moves several mappings at once, and may
 * have moved the first of them, which are no longer where they were. */
void mt_record_half_remapping(mt_taken taken, const void *old, const void *target, size_t bytes,
                              const struct mt_frame *caller);

/* mprotect has been called: `error` is 0 or what it failed with. */
void mt_record_protection(const void *address, size_t bytes, int protection, int error);

/* Rounded up to whole pages; to the end of the address space where that would overflow. */
uint64_t mt_record_page_up(uint64_t bytes);

#endif
