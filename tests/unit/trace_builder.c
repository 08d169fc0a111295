/* trace_builder.c: the image is one large anonymous mapping, so pointers into it stay good while it
 * grows. Leaves are found by their base in a hash. */
#include "trace_builder.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uthash.h>
#include "drain.h"

enum { LEAVES_MAX = 64 }; /* LEAVES extents whose blocks may have verdicts */
#define IMAGE_BYTES_MAX (UINT64_C(8) << 30)

struct leaf {
    uint64_t base;
    uint64_t *words;
    uint32_t ordinal, index; /* of its extent, in its extent */
    UT_hash_handle hh;
};

struct trace_builder {
    char *image;
    struct mt_extent *facts, *leaves, *mappings, *snapshot;
    struct mt_extent *verdicts[2 * LEAVES_MAX]; /* by ordinal */
    struct mt_extent *nodes[(1 << MT_NODE_BITS) / MT_NODES_PER_EXTENT];
    struct mt_extent *threads[520];
    struct mt_extent *samples[2];
    uint32_t facts_count, nodes_count, leaves_count, modules_count;
    struct leaf *by_base;
    struct leaf *last;
};

static void *must(void *memory)
{
    if (!memory || memory == MAP_FAILED) {
        perror("trace_builder");
        abort();
    }
    return memory;
}

struct trace_builder *mt_builder_create(unsigned granule_shift)
{
    struct trace_builder *builder = must(calloc(1, sizeof *builder));
    builder->image = must(mmap(NULL, IMAGE_BYTES_MAX, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    struct mt_header *header = mt_builder_header(builder);
    *header = (struct mt_header){
        .version = MT_TRACE_VERSION,
        .version_oldest = MT_TRACE_VERSION_OLDEST,
        .byte_order = MT_TRACE_BYTE_ORDER,
        .word_bits = 64,
        .machine = 62,
        .header_bytes = MT_HEADER_BYTES,
        .unit_bytes = MT_UNIT_BYTES,
        .units_reserved = IMAGE_BYTES_MAX / MT_UNIT_BYTES,
        .units_used = 1,
        .granule_shift = granule_shift,
        .flags = MT_FLAG_EXIT_STATUS,
        .pid = 4711,
        .ppid = 4700,
        .process_start = 123456,
        .started_unix_ns = UINT64_C(1795000000000000000),
        .end = MT_END_EXITED,
        .ended_ms = 812,
        .depth_max = 64,
    };
    memcpy(header->magic, MT_TRACE_MAGIC, sizeof header->magic);
    return builder;
}

void mt_builder_destroy(struct trace_builder *builder)
{
    struct leaf *leaf, *next;
    MT_DRAIN(builder->by_base, leaf, next)
    {
        free(leaf);
    }
    munmap(builder->image, IMAGE_BYTES_MAX);
    free(builder);
}

struct mt_header *mt_builder_header(struct trace_builder *builder)
{
    return (struct mt_header *)builder->image;
}

void *mt_builder_at(struct trace_builder *builder, uint64_t offset)
{
    return builder->image + offset;
}

uint64_t mt_builder_offset(struct trace_builder *builder, const void *at)
{
    return (uint64_t)((const char *)at - builder->image);
}

uint64_t mt_builder_bytes(struct trace_builder *builder)
{
    return mt_builder_header(builder)->units_used << MT_UNIT_SHIFT;
}

struct mt_extent *mt_builder_extent(struct trace_builder *builder, uint32_t kind, uint32_t units,
                                    uint32_t ordinal)
{
    uint64_t offset = mt_builder_bytes(builder);
    if (offset + (uint64_t)units * MT_UNIT_BYTES > IMAGE_BYTES_MAX)
        abort();
    mt_builder_header(builder)->units_used += units;
    struct mt_extent *extent = mt_builder_at(builder, offset);
    *extent = (struct mt_extent){
        .magic = MT_EXTENT_MAGIC, .kind = kind, .units = units, .ordinal = ordinal};
    return extent;
}

/* ---- facts ---- */

struct mt_fact *mt_builder_fact(struct trace_builder *builder, uint32_t kind, const void *payload,
                                uint32_t bytes)
{
    uint64_t needed = (sizeof(struct mt_fact) + bytes + 7) & ~UINT64_C(7);
    uint64_t room = MT_UNIT_BYTES - sizeof(struct mt_extent);
    if (!builder->facts || builder->facts->used + needed > room)
        builder->facts = mt_builder_extent(builder, MT_EXTENT_FACTS, 1, builder->facts_count++);
    struct mt_fact *fact = (void *)((char *)(builder->facts + 1) + builder->facts->used);
    *fact = (struct mt_fact){kind, bytes};
    memcpy(fact + 1, payload, bytes);
    builder->facts->used += needed;
    return fact;
}

struct mt_fact *mt_builder_text(struct trace_builder *builder, enum mt_fact_kind kind,
                                const char *text)
{
    return mt_builder_fact(builder, kind, text, (uint32_t)strlen(text));
}

struct mt_module *mt_builder_module(struct trace_builder *builder, uint64_t start, uint64_t end,
                                    uint32_t flags, const char *path)
{
    struct mt_module module = {.id = ++builder->modules_count,
                               .flags = flags,
                               .start = start,
                               .end = end,
                               .bias = start,
                               .build_id_bytes = 4};
    memcpy(module.build_id, &module.id, 4);
    char payload[sizeof module + 4096];
    memcpy(payload, &module, sizeof module);
    size_t length = strnlen(path, 4096);
    memcpy(payload + sizeof module, path, length);
    struct mt_fact *fact =
        mt_builder_fact(builder, MT_FACT_MODULE, payload, (uint32_t)(sizeof module + length));
    return (struct mt_module *)(fact + 1);
}

/* ---- threads and nodes ---- */

struct mt_thread *mt_builder_thread(struct trace_builder *builder, uint32_t slot, const char *name)
{
    uint32_t ordinal = (slot - 1) / MT_THREADS_PER_EXTENT;
    uint32_t place = 1 + (slot - 1) % MT_THREADS_PER_EXTENT;
    struct mt_extent **extent = &builder->threads[ordinal];
    if (!*extent)
        *extent = mt_builder_extent(builder, MT_EXTENT_THREADS, 1, ordinal);
    if ((*extent)->used < place)
        (*extent)->used = place;
    struct mt_thread *thread = (void *)((char *)*extent + place * MT_THREAD_BYTES);
    thread->tid = 1000 + slot;
    thread->generation = 1;
    strncpy(thread->name, name, sizeof thread->name - 1);
    return thread;
}

uint32_t mt_builder_node(struct trace_builder *builder, uint32_t parent, uint64_t pc,
                         uint16_t module, enum mt_function function)
{
    struct mt_extent *extent =
        builder->nodes_count ? builder->nodes[builder->nodes_count - 1] : NULL;
    if (!extent || extent->used == MT_NODES_PER_EXTENT) {
        extent = mt_builder_extent(builder, MT_EXTENT_NODES, 1, builder->nodes_count);
        extent->used = MT_NODES_HEAD;
        builder->nodes[builder->nodes_count++] = extent;
    }
    uint32_t id = extent->ordinal * MT_NODES_PER_EXTENT + (uint32_t)extent->used++;
    *mt_builder_node_at(builder, id) = (struct mt_node){pc, parent, module, (uint8_t)function, 0};
    return id;
}

struct mt_node *mt_builder_node_at(struct trace_builder *builder, uint32_t id)
{
    return (struct mt_node *)builder->nodes[id / MT_NODES_PER_EXTENT] + id % MT_NODES_PER_EXTENT;
}

/* ---- blocks ---- */

static uint64_t capacity_of(const struct mt_extent *leaves)
{
    return (uint64_t)leaves->units * (MT_UNIT_BYTES / MT_LEAF_BYTES) - 1;
}

static struct mt_extent *next_leaves(struct trace_builder *builder)
{
    uint32_t ordinal = builder->leaves_count++;
    return mt_builder_extent(builder, MT_EXTENT_LEAVES, ordinal < 2 ? 1 : 16, ordinal);
}

static struct leaf *find_leaf(struct trace_builder *builder, uint64_t address)
{
    unsigned run_shift = mt_builder_header(builder)->granule_shift + 9;
    uint64_t base = (address >> run_shift << run_shift) | (address & MT_BASE_ODD);
    if (builder->last && builder->last->base == base)
        return builder->last;
    struct leaf *leaf;
    HASH_FIND(hh, builder->by_base, &base, sizeof base, leaf);
    if (!leaf) {
        if (!builder->leaves || builder->leaves->used == capacity_of(builder->leaves))
            builder->leaves = next_leaves(builder);
        uint64_t index = builder->leaves->used++;
        char *extent = (char *)builder->leaves;
        leaf = must(malloc(sizeof *leaf));
        leaf->base = base;
        leaf->ordinal = builder->leaves->ordinal;
        leaf->index = (uint32_t)index;
        leaf->words = (uint64_t *)(extent + (1 + index) * MT_LEAF_BYTES);
        ((uint64_t *)(extent + MT_LEAF_BASES_OFFSET))[index] = base;
        HASH_ADD(hh, builder->by_base, base, sizeof base, leaf);
    }
    builder->last = leaf;
    return leaf;
}

static uint64_t *word_of(struct trace_builder *builder, uint64_t address)
{
    unsigned shift = mt_builder_header(builder)->granule_shift;
    return &find_leaf(builder, address)->words[address >> shift & (MT_LEAF_WORDS - 1)];
}

uint64_t *mt_builder_second(struct trace_builder *builder, uint64_t address)
{
    return word_of(builder, address + (1u << mt_builder_header(builder)->granule_shift));
}

uint64_t *mt_builder_block(struct trace_builder *builder, uint64_t address, uint64_t size_bytes,
                           uint32_t stack, uint32_t thread, uint64_t born_ms)
{
    uint64_t *first = word_of(builder, address);
    *first = stack;
    if (mt_builder_header(builder)->granule_shift == 5 && (address & 16))
        *first |= MT_WORD_HALF;
    if (!mt_is_large(size_bytes)) {
        *first |= size_bytes << MT_WORD_SMALL_SIZE_SHIFT |
                  (uint64_t)thread << MT_WORD_SMALL_THREAD_SHIFT |
                  mt_time_encode(born_ms, MT_TIME_BITS_SMALL) << MT_WORD_SMALL_TIME_SHIFT;
        return first;
    }
    *first |= MT_WORD_LARGE | mt_size_encode(size_bytes) << MT_WORD_LARGE_SIZE_SHIFT;
    *mt_builder_second(builder, address) =
        (uint64_t)thread << MT_WORD_LARGE_THREAD_SHIFT | mt_time_encode(born_ms, MT_TIME_BITS_LARGE)
                                                             << MT_WORD_LARGE_TIME_SHIFT;
    return first;
}

struct mt_mapping *mt_builder_mapping(struct trace_builder *builder, uint64_t address,
                                      uint64_t bytes, uint32_t stack, uint32_t thread,
                                      uint64_t born_ms)
{
    if (!builder->mappings)
        builder->mappings = mt_builder_extent(builder, MT_EXTENT_MAPPINGS, 1, 0);
    if (builder->mappings->used == MT_MAPPINGS_PER_EXTENT)
        abort();
    struct mt_mapping *mapping = (struct mt_mapping *)(builder->mappings + 1);
    mapping += builder->mappings->used++;
    *mapping = (struct mt_mapping){
        .sequence = builder->mappings->used,
        .address = address,
        .bytes = bytes,
        .birth = builder->mappings->used,
        .born_ms = born_ms,
        .stack = stack,
        .thread = (uint16_t)thread,
        .kind_state = MT_MAPPING_ANONYMOUS,
        .protection = 1,
    };
    return mapping;
}

/* ---- snapshots ---- */

void *mt_builder_seen(struct trace_builder *builder, enum mt_snapshot_fact kind,
                      const void *payload, uint32_t bytes)
{
    struct mt_extent *extent = builder->snapshot;
    const uint64_t needed = (sizeof(struct mt_fact) + bytes + 7) & ~UINT64_C(7);
    if (sizeof *extent + needed > MT_UNIT_BYTES)
        abort();
    if (sizeof *extent + extent->used + needed > MT_UNIT_BYTES) {
        extent = mt_builder_extent(builder, MT_EXTENT_SNAPSHOT, 1, extent->ordinal + 2);
        extent->snapshot = builder->snapshot->snapshot;
        builder->snapshot = extent;
    }
    struct mt_fact *fact = (void *)((char *)(extent + 1) + extent->used);
    *fact = (struct mt_fact){kind, bytes};
    memcpy(fact + 1, payload, bytes);
    extent->used += needed;
    return fact + 1;
}

struct mt_snapshot *mt_builder_snapshot(struct trace_builder *builder, enum mt_snapshot_cause cause,
                                        uint64_t taken_ms)
{
    const uint64_t number = ++mt_builder_header(builder)->snapshots_taken;
    builder->snapshot = mt_builder_extent(builder, MT_EXTENT_SNAPSHOT, 1, number & 1);
    builder->snapshot->snapshot = number;
    const struct mt_snapshot head = {
        .number = number,
        .cause = cause,
        .taken_ms = taken_ms,
        .page_bytes = 4096,
        .paused_us = 1250,
    };
    return mt_builder_seen(builder, MT_SNAPSHOT_HEAD, &head, sizeof head);
}

struct mt_scan *mt_builder_scan(struct trace_builder *builder, uint32_t threads)
{
    const struct mt_scan scan = {
        .threads = threads, .threads_registers = threads, .threads_stacks = threads};
    return mt_builder_seen(builder, MT_SNAPSHOT_SCAN, &scan, sizeof scan);
}

struct mt_area *mt_builder_area(struct trace_builder *builder, uint64_t start, uint64_t end,
                                const char *name)
{
    struct {
        struct mt_area area;
        char name[256];
    } fact = {.area = {.start = start, .end = end, .protection = 3}};
    const size_t length = strnlen(name, sizeof fact.name);
    memcpy(fact.name, name, length);
    return mt_builder_seen(builder, MT_SNAPSHOT_AREA, &fact, (uint32_t)(sizeof fact.area + length));
}

uint64_t *mt_builder_pages(struct trace_builder *builder, uint64_t first, uint64_t count,
                           unsigned state)
{
    const uint64_t run = mt_pages_encode(first, count, state);
    return mt_builder_seen(builder, MT_SNAPSHOT_PAGES, &run, sizeof run);
}

void mt_builder_verdict(struct trace_builder *builder, uint64_t address, enum mt_verdict verdict)
{
    const uint64_t number = mt_builder_header(builder)->snapshots_taken;
    const unsigned shift = mt_builder_header(builder)->granule_shift;
    const struct leaf *leaf = find_leaf(builder, address);
    const uint32_t ordinal = 2 * leaf->ordinal + (number & 1);
    if (ordinal >= 2 * LEAVES_MAX)
        abort();
    struct mt_extent **extent = &builder->verdicts[ordinal];
    if (!*extent)
        *extent = mt_builder_extent(builder, MT_EXTENT_VERDICTS, 1, ordinal);
    (*extent)->snapshot = number;
    const uint64_t word = address >> shift & (MT_LEAF_WORDS - 1);
    uint8_t *pair = (uint8_t *)(*extent + 1) + leaf->index * MT_VERDICTS_LEAF_BYTES + word / 2;
    *pair = (uint8_t)(word & 1 ? (*pair & 15) | verdict << 4 : (*pair & 0xf0) | verdict);
}

struct mt_sample *mt_builder_sample(struct trace_builder *builder, uint32_t ordinal,
                                    uint64_t taken_ms)
{
    struct mt_extent **extent = &builder->samples[ordinal];
    if (!*extent)
        *extent = mt_builder_extent(builder, MT_EXTENT_SYSTEM, MT_SYSTEM_UNITS, ordinal);
    if ((*extent)->used == MT_SAMPLES_PER_EXTENT)
        abort();
    struct mt_sample *sample = (struct mt_sample *)*extent + 1 + (*extent)->used++;
    *sample = (struct mt_sample){.sequence = (*extent)->used, .taken_ms = taken_ms};
    memset(sample->figures, 0xff, sizeof sample->figures);
    return sample;
}

/* ---- files ---- */

void mt_builder_save(struct trace_builder *builder, const char *path)
{
    mt_builder_save_cut(builder, path, mt_builder_bytes(builder));
}

void mt_builder_save_cut(struct trace_builder *builder, const char *path, uint64_t bytes)
{
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool failed = fd < 0 || ftruncate(fd, (off_t)bytes) != 0;
    for (uint64_t at = 0; at < bytes && !failed; at += sizeof zeros) {
        size_t count = bytes - at < sizeof zeros ? bytes - at : sizeof zeros;
        if (memcmp(builder->image + at, zeros, count) != 0)
            failed = pwrite(fd, builder->image + at, count, (off_t)at) != (ssize_t)count;
    }
    if (failed) {
        perror(path);
        abort();
    }
    close(fd);
}
