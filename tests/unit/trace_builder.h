/* trace_builder.h: makes traces without a traced program, through the format header alone: a second
 * writer, against which the reader is tested. The trace is an image in memory; everything that is
 * added returns a pointer into it, so a test can make any field whatever it wants, and spoil any
 * byte. Running out of memory or room ends the test program.
 *
 *   struct trace_builder *b = mt_builder_create(5);
 *   uint32_t main_node = mt_builder_node(b, 0, 0x401000, 0, MT_FN_UNKNOWN);
 *   uint32_t leaf_node = mt_builder_node(b, main_node, 0x401100, 0, MT_FN_MALLOC);
 *   *mt_builder_block(b, 0x1000020, 24, leaf_node, 1, 7) ^= MT_WORD_HALF;
 *   mt_builder_save(b, "half.mtrace");
 *   mt_builder_destroy(b); */
#ifndef MT_TRACE_BUILDER_H
#define MT_TRACE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "memtrace/trace_format.h"
#include "memtrace/trace_system.h"
#include "memtrace/trace_snapshot.h"

struct trace_builder;

/* A trace of a process that exited with status 0: a sound header, nothing else. Granules are of
 * 1 << granule_shift bytes: 4 or 5. */
struct trace_builder *mt_builder_create(unsigned granule_shift);
void mt_builder_destroy(struct trace_builder *builder);

struct mt_header *mt_builder_header(struct trace_builder *builder);
/* Any byte of the image. */
void *mt_builder_at(struct trace_builder *builder, uint64_t offset);
uint64_t mt_builder_offset(struct trace_builder *builder, const void *at);
/* Bytes of the image: all units in use. */
uint64_t mt_builder_bytes(struct trace_builder *builder);

/* An extent of any kind. `used` is 0. */
struct mt_extent *mt_builder_extent(struct trace_builder *builder, uint32_t kind, uint32_t units,
                                    uint32_t ordinal);

struct mt_fact *mt_builder_fact(struct trace_builder *builder, uint32_t kind, const void *payload,
                                uint32_t bytes);
struct mt_fact *mt_builder_text(struct trace_builder *builder, enum mt_fact_kind kind,
                                const char *text);
/* A module with the next id; its bias is `start`, its build-id four bytes of its id. */
struct mt_module *mt_builder_module(struct trace_builder *builder, uint64_t start, uint64_t end,
                                    uint32_t flags, const char *path);

/* Slot `slot`, with tid 1000 + slot. */
struct mt_thread *mt_builder_thread(struct trace_builder *builder, uint32_t slot, const char *name);

/* The id of a new node. */
uint32_t mt_builder_node(struct trace_builder *builder, uint32_t parent, uint64_t pc,
                         uint16_t module, enum mt_function function);
struct mt_node *mt_builder_node_at(struct trace_builder *builder, uint32_t id);

/* A live block, in one word or two as its size wants it. Returns its first word. */
uint64_t *mt_builder_block(struct trace_builder *builder, uint64_t address, uint64_t size_bytes,
                           uint32_t stack, uint32_t thread, uint64_t born_ms);
/* The word after a large block's first one. */
uint64_t *mt_builder_second(struct trace_builder *builder, uint64_t address);

/* A mapping of kind ANONYMOUS that may be read, with a birth of its own; in slots of one extent. */
struct mt_mapping *mt_builder_mapping(struct trace_builder *builder, uint64_t address,
                                      uint64_t bytes, uint32_t stack, uint32_t thread,
                                      uint64_t born_ms);

/* Begins a snapshot, numbered 1, 2, …; what is said of it from now on goes into it. Its newest is
 * the newest complete one. */
struct mt_snapshot *mt_builder_snapshot(struct trace_builder *builder, enum mt_snapshot_cause cause,
                                        uint64_t taken_ms);
/* A fact of the newest snapshot: returns its payload. */
void *mt_builder_seen(struct trace_builder *builder, enum mt_snapshot_fact kind,
                      const void *payload, uint32_t bytes);
/* An area that may be read and written, without a file. */
struct mt_area *mt_builder_area(struct trace_builder *builder, uint64_t start, uint64_t end,
                                const char *name);
/* A run of pages of the newest area. */
uint64_t *mt_builder_pages(struct trace_builder *builder, uint64_t first, uint64_t count,
                           unsigned state);
/* A scan that saw all of so many threads. */
struct mt_scan *mt_builder_scan(struct trace_builder *builder, uint32_t threads);
/* What the newest snapshot says of the block at `address`. */
void mt_builder_verdict(struct trace_builder *builder, uint64_t address, enum mt_verdict verdict);

/* A sample of the process itself (ordinal 0) or of memtrace run (1) that knows no figure yet. */
struct mt_sample *mt_builder_sample(struct trace_builder *builder, uint32_t ordinal,
                                    uint64_t taken_ms);

/* Writes the first `bytes` of the image into a new file, or all of it. Zero pages become holes. */
void mt_builder_save(struct trace_builder *builder, const char *path);
void mt_builder_save_cut(struct trace_builder *builder, const char *path, uint64_t bytes);

#endif
