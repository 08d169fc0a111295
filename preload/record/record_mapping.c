/* record_mapping.c: from hook to the table of mappings. Takes ranges as the calls name them, gives
 * records: rounded to pages as the kernel rounds them, with stack, time and thread of the call. */
#include "record_mapping.h"

#include <errno.h>
#include <sys/mman.h>
#include "callers.h"
#include "churn.h"
#include "page.h"
#include "sys.h"

enum { PROTECTION = PROT_READ | PROT_WRITE | PROT_EXEC };

uint64_t mt_record_page_up(uint64_t bytes)
{
    const uint64_t mask = mt_page_bytes() - 1;
    return bytes > UINT64_MAX - mask ? ~mask : (bytes + mask) & ~mask;
}

static uint64_t end_of(uint64_t start, uint64_t bytes)
{
    uint64_t end;
    return __builtin_add_overflow(start, mt_record_page_up(bytes), &end) ? UINT64_MAX : end;
}

/* The part of a record that tells of the call. False where the call is not the program's. */
static int describe_call(struct mt_mapping *mapping, enum mt_function function,
                         const struct mt_frame *caller)
{
    struct mt_thread_state *thread = mt_thread_self();
    if (!thread || thread->inner_start == (uintptr_t)MT_RECORD_MUTED ||
        !mt_caller_is_program(caller->pc))
        return 0;
    mapping->stack = mt_record_stack(thread, function, caller);
    if (mt_caller_is_own_allocator(mapping->stack))
        return 0;
    mapping->born_ms = mt_process_now_ms();
    mapping->thread = thread->slot < (1u << MT_THREAD_BITS) ? (uint16_t)thread->slot : 0;
    mt_thread_add(&thread->record->calls[function], 1);
    return 1;
}

/* What was there has gone, whoever the range belongs to now. */
static void clear(uint64_t start, uint64_t end)
{
    if (mt_thread_self())
        mt_mapping_drop(mt_mapping_take(start, end));
}

void mt_record_mapping(const struct mt_given *given, enum mt_function function,
                       const struct mt_frame *caller)
{
    struct mt_mapping mapping = {
        .address = given->address,
        .bytes = given->kind == MT_MAPPING_BRK ? given->bytes : mt_record_page_up(given->bytes),
        .detail = given->detail,
        .map_flags = (uint32_t)given->flags,
        .kind_state = (uint8_t)(given->kind | given->state << 4),
        .protection = (uint8_t)(given->protection & PROTECTION),
    };
    if (describe_call(&mapping, function, caller))
        mt_mapping_insert(&mapping);
    else
        clear(mapping.address, mapping.address + mapping.bytes);
}

mt_taken mt_record_unmapping(const void *address, size_t bytes)
{
    const uint64_t start = (uintptr_t)address;
    if (!bytes || start & (mt_page_bytes() - 1) || !mt_thread_self())
        return 0;
    return mt_mapping_take(start, end_of(start, bytes));
}

void mt_record_churn(mt_taken taken)
{
    for (; taken; taken = mt_mapping_next_taken(taken)) {
        const struct mt_mapping *piece = mt_mapping_taken(taken);
        if (mt_mapping_kind(piece) == MT_MAPPING_ANONYMOUS && piece->stack)
            mt_churn_count(piece->stack, piece->bytes);
    }
}

/* ---- mremap ---- */

struct remapping {
    uint64_t from, to, bytes; /* `bytes` of the new mapping */
    struct mt_mapping call;   /* what is the same for all its pieces */
};

/* The image of one old piece. The last one grows with the mapping. */
static void insert_piece(struct remapping *remapping, const struct mt_mapping *piece, int is_last,
                         uint64_t old_bytes)
{
    const uint64_t offset = piece->address - remapping->from;
    if (offset >= remapping->bytes)
        return;
    struct mt_mapping mapping = remapping->call;
    mapping.address = remapping->to + offset;
    mapping.bytes = remapping->bytes - offset;
    if (piece->bytes < mapping.bytes && !(is_last && remapping->bytes > old_bytes))
        mapping.bytes = piece->bytes;
    const int is_segment = mt_mapping_state(piece) & MT_MAPPING_SYSTEM_V;
    mapping.skipped_bytes = is_segment ? piece->skipped_bytes : offset;
    mapping.detail = piece->detail;
    mapping.map_flags = piece->map_flags;
    mapping.kind_state = piece->kind_state;
    mapping.protection = piece->protection;
    remapping->call.birth = mt_mapping_insert(&mapping);
}

/* A piece of which nothing is known but that it is there. */
static const struct mt_mapping unseen = {.kind_state = MT_MAPPING_UNKNOWN |
                                                       MT_MAPPING_PROTECTION_UNKNOWN << 4};

static void duplicate(struct remapping *remapping)
{
    struct mt_mapping piece;
    if (!mt_mapping_find(remapping->from, &piece) || piece.address > remapping->from)
        piece = unseen;
    else
        piece.skipped_bytes += remapping->from - piece.address;
    piece.address = remapping->from;
    piece.bytes = remapping->bytes;
    insert_piece(remapping, &piece, 1, 0);
}

static int has_hole(uint64_t start, uint64_t end)
{
    return mt_sys(SYS_msync, start, end - start, MS_ASYNC) == -ENOMEM;
}

void mt_record_half_remapping(mt_taken taken, const void *old, const void *target, size_t bytes,
                              const struct mt_frame *caller)
{
    struct remapping remapping = {(uintptr_t)old, (uintptr_t)target, mt_record_page_up(bytes), {0}};
    int is_described = 0;
    for (; taken; taken = mt_mapping_next_taken(taken)) {
        const struct mt_mapping *piece = mt_mapping_taken(taken);
        if (!has_hole(piece->address, piece->address + piece->bytes))
            continue;
        if (!is_described && !describe_call(&remapping.call, MT_FN_MREMAP, caller))
            return;
        is_described = 1;
        insert_piece(&remapping, piece, 0, remapping.bytes);
    }
}

void mt_record_remapping(mt_taken taken, const void *old, size_t old_bytes, const void *moved,
                         size_t bytes, const struct mt_frame *caller)
{
    struct remapping remapping = {(uintptr_t)old, (uintptr_t)moved, mt_record_page_up(bytes), {0}};
    const uint64_t old_length = mt_record_page_up(old_bytes);
    if (!describe_call(&remapping.call, MT_FN_MREMAP, caller)) {
        clear(remapping.to, remapping.to + remapping.bytes);
        return;
    }
    if (!old_bytes) {
        duplicate(&remapping);
        return;
    }
    if (!taken) {
        struct mt_mapping piece = unseen;
        piece.address = remapping.from;
        insert_piece(&remapping, &piece, 1, 0);
    }
    for (; taken; taken = mt_mapping_next_taken(taken))
        insert_piece(&remapping, mt_mapping_taken(taken), !mt_mapping_next_taken(taken),
                     old_length);
}

/* ---- mprotect ---- */

/* A call that fails may have changed the first part of its range. At a hole it stops; where it
 * stops for another reason, what it has done to more than one mapping is not known. */
static void protect_partly(uint64_t start, uint64_t end, unsigned protection, int error)
{
    struct mt_mapping piece;
    for (uint64_t at = start; mt_mapping_find(at, &piece) && piece.address < end;
         at = piece.address + piece.bytes) {
        const uint64_t low = piece.address > start ? piece.address : start;
        const uint64_t high = piece.address + piece.bytes < end ? piece.address + piece.bytes : end;
        if (error == ENOMEM && has_hole(start, high))
            return;
        const int is_all = low == start && high == end;
        if (error == ENOMEM || !is_all)
            mt_mapping_protect(low, high, protection, error == ENOMEM);
    }
}

void mt_record_protection(const void *address, size_t bytes, int protection, int error)
{
    const uint64_t start = (uintptr_t)address;
    if (!bytes || start & (mt_page_bytes() - 1) || !mt_thread_self())
        return;
    const uint64_t end = end_of(start, bytes);
    if (error)
        protect_partly(start, end, (unsigned)protection & PROTECTION, error);
    else
        mt_mapping_protect(start, end, (unsigned)protection & PROTECTION, 1);
}
