/* hooks_mapping.c: address space that the program obtains, changes and releases itself. As with
 * blocks: what a call releases is taken out of the table before it and put back if it fails; what
 * it gives is put in afterwards. madvise changes what is resident and what a forked process gets,
 * never what is mapped. */
#undef _FILE_OFFSET_BITS /* it would have the headers call mmap mmap64 */
#include "hooks.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>
#include "mapped_files.h"
#include "record_mapping.h"
#include "sys.h"
#include "withheld.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

/* What libc would do, for calls that come before it is known. */
static long direct(long result)
{
    if (!mt_sys_failed(result))
        return result;
    errno = (int)-result;
    return -1;
}

/* Ends a chain by what became of the call. Keeps errno. */
static void settle(mt_taken taken, int succeeded)
{
    if (!taken)
        return;
    if (succeeded)
        mt_mapping_drop(taken);
    else
        mt_mapping_put_back(taken);
}

/* What a call replaces never belongs to anybody else in between: its record stands until that of
 * the new mapping takes its place. Only a call that failed may have unmapped it all the same. */
static void check_replaced(const void *address, size_t bytes)
{
    mt_mapping_put_back(mt_record_unmapping(address, bytes));
}

/* ---- mmap, munmap ---- */

static size_t huge_page_up(size_t bytes, int flags)
{
    const unsigned shift = (unsigned)flags >> 26 & 63; /* MAP_HUGE_SHIFT */
    const size_t page = (size_t)1 << (shift ? shift : 21);
    return (bytes + page - 1) & ~(page - 1);
}

static void record_map(const void *mapping, size_t bytes, int protection, int flags, int fd,
                       const struct mt_frame *caller)
{
    const int is_shared = (flags & MAP_TYPE) != MAP_PRIVATE;
    struct mt_mapped_file file = {0, is_shared ? MT_MAPPING_SHARED : MT_MAPPING_ANONYMOUS};
    if (!(flags & MAP_ANONYMOUS) && mt_thread_self())
        file = mt_mapped_file(fd, is_shared);
    const struct mt_given given = {
        .address = (uintptr_t)mapping,
        .bytes = flags & MAP_HUGETLB ? huge_page_up(bytes, flags) : bytes,
        .kind = file.kind,
        .detail = file.id,
        .protection = protection,
        .flags = flags,
    };
    mt_record_mapping(&given, MT_FN_MMAP, caller);
}

static inline void *map(void *address, size_t bytes, int protection, int flags, int fd,
                        off_t offset, const struct mt_frame *caller)
{
    if (!mt_hooks_ready() || !mt_real.mmap)
        return (void *)direct(mt_sys(SYS_mmap, address, bytes, protection, flags, fd, offset));
    void *mapping = mt_real.mmap(address, bytes, protection, flags, fd, offset);
    if (mapping != MAP_FAILED)
        record_map(mapping, bytes, protection, flags, fd, caller);
    else if ((flags & MAP_FIXED) && !(flags & MAP_FIXED_NOREPLACE))
        check_replaced(address, bytes);
    return mapping;
}

MT_EXPORT void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    MT_CALLER(caller);
    return map(address, bytes, protection, flags, fd, offset, &caller);
}

/* off_t is off64_t on the machines that are supported. */
MT_EXPORT void *mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    MT_CALLER(caller);
    return map(address, bytes, protection, flags, fd, offset, &caller);
}

MT_EXPORT int munmap(void *address, size_t bytes)
{
    if (!mt_hooks_ready() || !mt_real.munmap)
        return (int)direct(mt_sys(SYS_munmap, address, bytes));
    mt_record_check_unmapping(address, bytes, (uintptr_t)__builtin_return_address(0));
    const mt_taken taken = mt_record_unmapping(address, bytes);
    const int result = mt_real.munmap(address, bytes);
    if (result == 0)
        mt_record_churn(taken);
    settle(taken, result == 0);
    if (taken && result == 0)
        mt_record_call(MT_FN_MUNMAP);
    return result;
}

/* ---- mremap ---- */

/* The old range is taken out in two parts, for a call that shrinks and then fails may have unmapped
 * what is too much and nothing else. */
struct move {
    void *old;
    size_t old_bytes, bytes;
    void *target;
    mt_taken kept, cut;
};

static void begin_move(struct move *move, int flags)
{
    const size_t old_bytes = mt_record_page_up(move->old_bytes);
    const size_t bytes = mt_record_page_up(move->bytes);
    const size_t kept = old_bytes < bytes ? old_bytes : bytes;
    if ((flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) || !bytes)
        return; /* refused before anything is done */
    move->kept = mt_record_unmapping(move->old, kept);
    move->cut = mt_record_unmapping((char *)move->old + kept, old_bytes - kept);
}

static void end_move(struct move *move, int flags, void *moved, const struct mt_frame *caller)
{
    if (moved == MAP_FAILED && flags & MREMAP_FIXED)
        check_replaced(move->target, move->bytes);
    settle(move->cut, moved != MAP_FAILED);
    if (moved != MAP_FAILED)
        mt_record_remapping(move->kept, move->old, move->old_bytes, moved, move->bytes, caller);
    else if (flags & MREMAP_FIXED && mt_mapping_taken(move->kept))
        mt_record_half_remapping(move->kept, move->old, move->target, move->bytes, caller);
    settle(move->kept, moved != MAP_FAILED && !(flags & MREMAP_DONTUNMAP));
}

MT_EXPORT void *mremap(void *old, size_t old_bytes, size_t bytes, int flags, ...)
{
    MT_CALLER(caller);
    void *target = NULL;
    if (flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
        va_list rest;
        va_start(rest, flags);
        target = va_arg(rest, void *);
        va_end(rest);
    }
    if (!mt_hooks_ready() || !mt_real.mremap)
        return (void *)direct(mt_sys(SYS_mremap, old, old_bytes, bytes, flags, target));
    struct move move = {old, old_bytes, bytes, target, 0, 0};
    begin_move(&move, flags);
    void *moved = mt_real.mremap(old, old_bytes, bytes, flags, target);
    end_move(&move, flags, moved, &caller);
    return moved;
}

/* ---- mprotect ---- */

MT_EXPORT int mprotect(void *address, size_t bytes, int protection)
{
    if (!mt_hooks_ready() || !mt_real.mprotect)
        return (int)direct(mt_sys(SYS_mprotect, address, bytes, protection));
    const int result = mt_real.mprotect(address, bytes, protection);
    mt_record_protection(address, bytes, protection, result == 0 ? 0 : errno);
    return result;
}

MT_EXPORT int pkey_mprotect(void *address, size_t bytes, int protection, int key)
{
    if (!mt_hooks_ready() || !mt_real.pkey_mprotect)
        return (int)direct(mt_sys(SYS_pkey_mprotect, address, bytes, protection, key));
    const int result = mt_real.pkey_mprotect(address, bytes, protection, key);
    mt_record_protection(address, bytes, protection, result == 0 ? 0 : errno);
    return result;
}

/* ---- madvise ---- */

MT_EXPORT int madvise(void *address, size_t bytes, int advice)
{
    mt_withheld_note(advice);
    if (!mt_hooks_ready() || !mt_real.madvise)
        return (int)direct(mt_sys(SYS_madvise, address, bytes, advice));
    return mt_real.madvise(address, bytes, advice);
}

/* ---- System V ---- */

/* Bytes of a segment; 0 where the kernel does not say. */
static size_t segment_bytes(int segment)
{
    struct shmid_ds status;
    return mt_sys(SYS_shmctl, segment, IPC_STAT, &status) < 0 ? 0 : status.shm_segsz;
}

MT_EXPORT void *shmat(int segment, const void *address, int flags)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.shmat)
        return (void *)direct(mt_sys(SYS_shmat, segment, address, flags));
    void *mapping = mt_real.shmat(segment, address, flags);
    if (mapping == MAP_FAILED && address && flags & SHM_REMAP)
        check_replaced(address, segment_bytes(segment));
    if (mapping == MAP_FAILED)
        return mapping;
    const int writable = flags & SHM_RDONLY ? 0 : PROT_WRITE;
    const struct mt_given given = {
        .address = (uintptr_t)mapping,
        .bytes = segment_bytes(segment),
        .kind = MT_MAPPING_SHARED,
        .state = MT_MAPPING_SYSTEM_V,
        .detail = (uint32_t)segment,
        .protection = PROT_READ | writable | (flags & SHM_EXEC ? PROT_EXEC : 0),
        .flags = flags,
    };
    mt_record_mapping(&given, MT_FN_SHMAT, &caller);
    return mapping;
}

enum { SEGMENT_PIECES = 64 }; /* left of one segment, that shmdt finds */

/* The kernel detaches what is left of the segment whose first byte was attached at `address`. */
static unsigned take_segment(const void *address, mt_taken taken[SEGMENT_PIECES])
{
    unsigned count = 0;
    struct mt_mapping piece;
    uint64_t at = (uintptr_t)address, end = UINT64_MAX;
    for (; count < SEGMENT_PIECES && at < end && mt_mapping_find(at, &piece);
         at = piece.address + piece.bytes) {
        if (!(mt_mapping_state(&piece) & MT_MAPPING_SYSTEM_V) ||
            piece.address - piece.skipped_bytes != (uintptr_t)address)
            continue;
        const size_t bytes = count ? 0 : segment_bytes((int)piece.detail);
        end = bytes ? (uintptr_t)address + mt_record_page_up(bytes) : end;
        taken[count++] = mt_mapping_take(piece.address, piece.address + piece.bytes);
    }
    return count;
}

MT_EXPORT int shmdt(const void *address)
{
    if (!mt_hooks_ready() || !mt_real.shmdt)
        return (int)direct(mt_sys(SYS_shmdt, address));
    mt_taken taken[SEGMENT_PIECES];
    const unsigned count = mt_thread_self() ? take_segment(address, taken) : 0;
    const int result = mt_real.shmdt(address);
    for (unsigned i = 0; i < count; i++)
        settle(taken[i], result == 0);
    if (count && result == 0)
        mt_record_call(MT_FN_SHMDT);
    return result;
}

/* ---- the program break ---- */

/* The break moves from `old` to `wanted`; libc's own malloc moves it without coming through here.
 */
static mt_taken before_break(uintptr_t old, uintptr_t wanted)
{
    return wanted < old && mt_thread_self() ? mt_mapping_take(wanted, old) : 0;
}

static void after_break(uintptr_t old, uintptr_t now, enum mt_function function,
                        const struct mt_frame *caller)
{
    const struct mt_given given = {
        .address = old,
        .bytes = now - old,
        .kind = MT_MAPPING_BRK,
        .protection = PROT_READ | PROT_WRITE,
    };
    if (now > old)
        mt_record_mapping(&given, function, caller);
}

MT_EXPORT int brk(void *wanted)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.brk || !mt_real.sbrk) {
        errno = ENOMEM;
        return -1;
    }
    const uintptr_t old = (uintptr_t)mt_real.sbrk(0);
    const mt_taken taken = before_break(old, (uintptr_t)wanted);
    const int result = mt_real.brk(wanted);
    settle(taken, result == 0);
    if (result == 0)
        after_break(old, (uintptr_t)wanted, MT_FN_BRK, &caller);
    return result;
}

MT_EXPORT void *sbrk(intptr_t step)
{
    MT_CALLER(caller);
    if (!mt_hooks_ready() || !mt_real.sbrk) {
        errno = ENOMEM;
        return (void *)-1;
    }
    const uintptr_t before = step < 0 ? (uintptr_t)mt_real.sbrk(0) : 0;
    const mt_taken taken = step < 0 ? before_break(before, before + (uintptr_t)step) : 0;
    void *old = mt_real.sbrk(step);
    settle(taken, old != (void *)-1);
    if (old != (void *)-1 && step > 0)
        after_break((uintptr_t)old, (uintptr_t)old + (uintptr_t)step, MT_FN_SBRK, &caller);
    return old;
}
