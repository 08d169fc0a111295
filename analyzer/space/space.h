/* space.h: the address space of a process at one instant: its areas, the states of their pages, and
 * what the kernel's own sums are. Of a running process the kernel is asked now; of one that ended,
 * the trace has what the process saw at its end. Everything else is made of this one model. */
#ifndef MT_SPACE_H
#define MT_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"
#include "memtrace/trace_system.h"
#include "snapshot.h"

struct mt_space_area {
    struct mt_seen_area seen;
    bool is_memory;  /* shared memory: its pages in RAM are RssShmem, not RssFile */
    bool is_outside; /* the kernel leaves its pages out of VmRSS: huge pages of a pool, devices */
    bool is_unseen;  /* the states of its pages are not known */
};

enum mt_space_source { MT_SPACE_NONE, MT_SPACE_PROCESS, MT_SPACE_SNAPSHOT };

struct mt_space {
    enum mt_space_source source; /* NONE: nothing is known, there are no areas */
    uint64_t page_bytes;
    enum mt_residency residency;
    const struct mt_snapshot *snapshot; /* SNAPSHOT: which; owned by the trace */
    struct mt_space_area *areas;        /* by address, without those that VmSize leaves out */
    size_t count;
    uint64_t figures[MT_FIGURE_COUNT]; /* of the process's status; MT_FIGURE_UNKNOWN */
    char *names;                       /* and runs: what the areas point to, where it is ours */
    uint64_t *runs;
};

/* Bytes of a range, by what the kernel has done about them. */
struct mt_range {
    uint64_t bytes;
    uint64_t anonymous, file, memory; /* resident: the process's own, page cache, shared memory */
    uint64_t swapped;
    uint64_t unseen; /* of `bytes`: the states of these are not known */
};

static inline uint64_t mt_range_resident(const struct mt_range *pages)
{
    return pages->anonymous + pages->file + pages->memory;
}

/* What other processes can have in their address spaces as well: SHR in top. */
static inline uint64_t mt_range_shared(const struct mt_range *pages)
{
    return pages->file + pages->memory;
}

void mt_range_add(struct mt_range *sum, const struct mt_range *more);

/* Asks the kernel for the address space of a running process, which is not stopped. `trace_path`:
 * where it writes its trace. Returns 0, or MT_UNREADABLE. */
int mt_space_of_process(uint32_t pid, const char *trace_path, struct mt_space *ret_space,
                        struct mt_error *error);

/* Takes the newest snapshot of `trace`, which must outlive the space; where it has none, the source
 * is NONE. Returns 0, or MT_UNREADABLE where memory runs out. */
int mt_space_of_snapshot(const struct mt_trace *trace, struct mt_space *ret_space,
                         struct mt_error *error);

void mt_space_finish(struct mt_space *space); /* zeroed is fine */

/* The area that `address` lies in, or the first one after it; NULL: none. */
const struct mt_space_area *mt_space_find(const struct mt_space *space, uint64_t address);

/* What of [start, end) is mapped, and the states of its pages. Bounds need not be those of pages.
 */
struct mt_range mt_space_range(const struct mt_space *space, uint64_t start, uint64_t end);

/* Whether the area's pages, where no other process wrote them, are of shared memory. */
bool mt_space_is_memory(const struct mt_seen_area *seen);

#endif
