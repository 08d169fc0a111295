/* heap_test.c: chunks, pins and malloc_trim, held against a model that goes through a heap byte by
 * byte and page by page: random heaps, random pages in RAM. */
#include <string.h>
#include "heap.h"
#include "unit.h"

enum { PAGE = 4096, PAGES = 48, BYTES = PAGES * PAGE, BLOCKS_MAX = 2000 };
#define BASE UINT64_C(0x555500000000)

static uint64_t runs[PAGES];
static bool is_resident[PAGES];
static struct mt_space_area area;
static struct mt_space space = {.page_bytes = PAGE, .areas = &area, .count = 1};
static struct mt_chunk chunks[BLOCKS_MAX];
static size_t chunk_count;

static void make_pages(void)
{
    area = (struct mt_space_area){.seen = {.start = BASE, .end = BASE + BYTES, .runs = runs}};
    for (size_t i = 0; i < PAGES; i++) {
        is_resident[i] = rand() % 4 != 0;
        if (is_resident[i])
            runs[area.seen.run_count++] = mt_pages_encode(i, 1, MT_PAGE_PRESENT);
    }
}

/* Blocks as malloc places them: chunks of the size glibc would give them, or 16 bytes more where
 * the rest would have been too small for a chunk; between some of them free ones. */
static void make_blocks(unsigned free_percent)
{
    uint64_t at = BASE + 16 * (uint64_t)(rand() % 50) * 2;
    chunk_count = 0;
    for (;;) {
        const bool is_large = rand() % 20 == 0;
        const uint64_t bytes = (uint64_t)rand() % (is_large ? 20000 : 300);
        const uint64_t chunk = (bytes + 8 < 24 ? 32 : (bytes + 8 + 15) / 16 * 16);
        const uint64_t given = chunk + (rand() % 8 == 0 ? 16 : 0);
        if (at + given > BASE + BYTES - 64)
            return;
        if ((unsigned)rand() % 100 >= free_percent && chunk_count < BLOCKS_MAX)
            chunks[chunk_count++] =
                (struct mt_chunk){.address = at + 16, .bytes = bytes, .stack = 1};
        else
            at += 16; /* a free chunk is at least 32 bytes */
        at += given;
    }
}

static struct mt_heap heap_of_chunks(void)
{
    struct mt_heap heap = {.is_main = true, .start = BASE, .end = BASE + BYTES};
    mt_chunks_lay_out(chunks, chunk_count, PAGE);
    heap.chunks = chunks;
    heap.count = chunk_count;
    mt_heap_measure(&heap, &space);
    return heap;
}

/* ---- the model ---- */

static char lives[BYTES]; /* 1: part of a chunk */

static void fill_model(size_t count)
{
    memset(lives, 0, sizeof lives);
    for (size_t i = 0; i < count; i++)
        memset(lives + (chunks[i].start - BASE), 1, chunks[i].end - chunks[i].start);
}

static uint64_t resident_in(uint64_t from, uint64_t to)
{
    uint64_t bytes = 0;
    for (uint64_t at = from; at < to; at++)
        bytes += is_resident[at / PAGE];
    return bytes;
}

/* Where the top begins: behind the last byte that lives. */
static uint64_t top_of_model(void)
{
    uint64_t at = BYTES;
    while (at > 0 && !lives[at - 1])
        at--;
    return at;
}

/* systrim: whole pages, as many as leave MINSIZE and a byte. */
static uint64_t pages_of_top(uint64_t top)
{
    uint64_t pages = 0;
    while ((pages + 1) * PAGE + 33 <= BYTES - top)
        pages++;
    return pages * PAGE;
}

/* mtrim: pages of which no byte lives, nor any of the header of 48 bytes of the free chunk. */
static bool is_trimmed(uint64_t page)
{
    for (uint64_t at = page; at < page + PAGE; at++)
        if (lives[at])
            return false;
    uint64_t start = page;
    while (start > 0 && !lives[start - 1])
        start--;
    return page >= start + 48;
}

static void hold_trim(const struct mt_heap *heap)
{
    const uint64_t top = top_of_model(), from_top = pages_of_top(top);
    uint64_t trimmed = from_top, resident = resident_in(BYTES - from_top, BYTES);
    for (uint64_t page = 0; page < BYTES && page < top; page += PAGE) {
        if (page + PAGE > top || !is_trimmed(page))
            continue;
        trimmed += PAGE;
        resident += resident_in(page, page + PAGE);
    }
    ck_assert_uint_eq(heap->trimmed, trimmed);
    ck_assert_uint_eq(heap->trimmed_resident, resident);
}

static void hold_sums(const struct mt_heap *heap)
{
    uint64_t live = 0, in_chunks = 0, free_bytes = 0, free_resident = 0, held = 0,
             held_resident = 0;
    const uint64_t top = top_of_model();
    for (size_t i = 0; i < chunk_count; i++)
        live += chunks[i].bytes;
    for (uint64_t at = 0; at < BYTES; at++) {
        in_chunks += (uint64_t)lives[at];
        free_bytes += !lives[at];
        free_resident += !lives[at] && is_resident[at / PAGE];
        held += !lives[at] && at < top;
        held_resident += !lives[at] && at < top && is_resident[at / PAGE];
    }
    ck_assert_uint_eq(heap->blocks, chunk_count);
    ck_assert_uint_eq(heap->live, live);
    ck_assert_uint_eq(heap->overhead, in_chunks - live);
    ck_assert_uint_eq(heap->free, free_bytes);
    ck_assert_uint_eq(heap->free_resident, free_resident);
    ck_assert_uint_eq(heap->held, held);
    ck_assert_uint_eq(heap->held_resident, held_resident);
}

/* Takes blocks away from the top, one after the other, and sees what the top would give. */
static void hold_pins(const struct mt_heap *heap)
{
    size_t left = chunk_count;
    uint64_t returned = pages_of_top(top_of_model());
    for (size_t i = 0; i < heap->pin_count; i++) {
        const struct mt_pin *pin = &heap->pins[i];
        uint64_t bytes = 0;
        ck_assert_ptr_eq(pin->chunk, &chunks[left - 1]);
        for (uint64_t j = 0; j < pin->blocks; j++)
            bytes += chunks[--left].bytes;
        ck_assert_uint_eq(pin->block_bytes, bytes);
        fill_model(left);
        const uint64_t now = pages_of_top(top_of_model());
        ck_assert_uint_eq(pin->returned, now - returned);
        ck_assert_uint_eq(pin->returned_resident, resident_in(BYTES - now, BYTES - returned));
        returned = now;
    }
    ck_assert_int_eq(heap->has_more_pins, left > 0);
    ck_assert(left == 0 || heap->pin_count == MT_PINS);
}

START_TEST(random_heaps)
{
    srand(4711);
    for (int i = 0; i < 150; i++) {
        make_pages();
        make_blocks((unsigned)(i * 7) % 101);
        const struct mt_heap heap = heap_of_chunks();
        fill_model(chunk_count);
        hold_sums(&heap);
        hold_trim(&heap);
        hold_pins(&heap);
    }
}
END_TEST

START_TEST(sizes_are_those_of_glibc)
{
    const uint64_t sizes[][2] = {{0, 32},  {24, 32},     {25, 48},    {40, 48},
                                 {41, 64}, {1016, 1024}, {1024, 1040}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        ck_assert_uint_eq(mt_chunk_bytes(sizes[i][0]), sizes[i][1]);
}
END_TEST

START_TEST(one_block_holds_all_below)
{
    make_pages();
    chunk_count = 1;
    chunks[0] = (struct mt_chunk){.address = BASE + BYTES - 256, .bytes = 100, .stack = 9};
    const struct mt_heap heap = heap_of_chunks();
    ck_assert_uint_eq(heap.pin_count, 1);
    ck_assert_uint_eq(heap.pins[0].blocks, 1);
    ck_assert_uint_eq(heap.pins[0].returned, BYTES - PAGE);
    ck_assert_uint_eq(heap.held, BYTES - 256 - 16);
    ck_assert_uint_eq(heap.trimmed, BYTES - 2 * PAGE);
}
END_TEST

START_TEST(an_arena_keeps_its_top)
{
    make_pages();
    chunk_count = 1;
    chunks[0] = (struct mt_chunk){.address = BASE + 4096, .bytes = 100, .stack = 9};
    mt_chunks_lay_out(chunks, chunk_count, PAGE);
    struct mt_heap heap = {.start = BASE, .end = BASE + BYTES, .chunks = chunks, .count = 1};
    mt_heap_measure(&heap, &space);
    ck_assert_uint_eq(heap.trimmed, 0);
    ck_assert_uint_eq(heap.held, 4096 - 16);
}
END_TEST

START_TEST(blocks_alone_have_whole_pages)
{
    struct mt_chunk alone = {
        .address = BASE + 16, .bytes = 200000, .stack = 1, .is_own_mapping = true};
    mt_chunks_lay_out(&alone, 1, PAGE);
    ck_assert_uint_eq(alone.start, BASE);
    ck_assert_uint_eq(alone.end, BASE + 49 * PAGE); /* 200016 and 8 more, rounded up */
}
END_TEST

/* Cells of a picture, put together, are the heap. */
START_TEST(parts_make_the_whole)
{
    srand(42);
    make_pages();
    make_blocks(40);
    const struct mt_heap heap = heap_of_chunks();
    for (uint64_t cell = 256; cell <= 65536; cell *= 2) {
        uint64_t live = 0, resident = 0;
        for (uint64_t at = heap.start; at < heap.end; at += cell) {
            const struct mt_heap_part part = mt_heap_part(&heap, &space, at, at + cell);
            ck_assert_uint_le(part.live + part.free_resident, cell);
            live += part.live;
            resident += part.free_resident;
        }
        ck_assert_uint_eq(live, heap.live + heap.overhead);
        ck_assert_uint_eq(resident, heap.free_resident);
    }
}
END_TEST

MT_UNIT_TESTS("heap", random_heaps, sizes_are_those_of_glibc, one_block_holds_all_below,
              an_arena_keeps_its_top, blocks_alone_have_whole_pages, parts_make_the_whole)
