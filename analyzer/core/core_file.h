/* core_file.h: a core file: the memory and the registers of a process as the kernel, or gcore, left
 * them when it died. Mapped, not copied. */
#ifndef MT_CORE_FILE_H
#define MT_CORE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

/* A piece of the address space. */
struct mt_core_segment {
    uint64_t start, end;
    const unsigned char *bytes; /* what was at start; NULL: nothing of it was written */
    uint64_t byte_count;        /* how much was written; the rest is not known */
    bool is_writable;
};

enum { MT_CORE_REGISTERS_MAX = 40 };

struct mt_core_thread {
    uint32_t tid;
    uint64_t stack_pointer;
    uint64_t registers[MT_CORE_REGISTERS_MAX]; /* general ones */
    unsigned register_count;
};

struct mt_core {
    struct mt_core_segment *segments; /* ascending, none overlaps another */
    size_t segment_count;
    struct mt_core_thread *threads;
    size_t thread_count;
    void *image; /* the file, mapped */
    size_t image_bytes;
};

/* Opens a core file of a 64-bit process of `machine` (ELF e_machine). Returns 0 and the core
 * (mt_core_close), or a status and why it cannot be used. */
int mt_core_open(const char *path, unsigned machine, struct mt_core *ret_core,
                 struct mt_error *error);
void mt_core_close(struct mt_core *core); /* zeroed is fine */

/* The segment that covers `address`; NULL where none does. */
const struct mt_core_segment *mt_core_segment_at(const struct mt_core *core, uint64_t address);

/* The bytes at `address`, as many as lie together in *ret_bytes; NULL where none were written, and
 * how far that goes. */
const unsigned char *mt_core_bytes(const struct mt_core *core, uint64_t address,
                                   uint64_t *ret_bytes);

#endif
