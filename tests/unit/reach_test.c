/* reach_test.c: verdicts on random heaps against their definitions. The model knows nothing of work
 * lists: it closes the relation "leads to" by repetition, and finds heads as the sources among the
 * strongly connected parts of what is lost. */
#include <stdlib.h>
#include <string.h>
#include "reach.h"
#include "unit.h"

enum {
    OBJECTS_MAX = 24,
    WORDS_MAX = 6,
    HEAPS = 3000,
};

struct heap {
    struct mt_reach_object objects[OBJECTS_MAX];
    uint64_t words[OBJECTS_MAX][WORDS_MAX];
    uint64_t root;
    size_t count;
};

static const unsigned char *bytes_at(const void *context, uint64_t address, uint64_t *ret_bytes)
{
    const struct heap *heap = context;
    for (size_t i = 0; i < heap->count; i++) {
        const struct mt_reach_object *object = &heap->objects[i];
        if (address >= object->address && address - object->address < object->bytes) {
            *ret_bytes = object->bytes - (address - object->address);
            return (const unsigned char *)heap->words[i] + (address - object->address);
        }
    }
    *ret_bytes = 8;
    return NULL;
}

static bool no_vtable(const void *context, uint64_t address)
{
    (void)context, (void)address;
    return false;
}

static uint64_t pick(uint64_t *state, uint64_t limit)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % limit;
}

/* A pointer to a start (mostly), into an inside, one past an end, or none. Offsets that a heuristic
 * could take for a whole object are left to the other test. */
static uint64_t pick_pointer(const struct heap *heap, uint64_t *state)
{
    const struct mt_reach_object *object = &heap->objects[pick(state, heap->count)];
    switch (pick(state, 8)) {
    case 0:
        return object->address + 4;
    case 1:
        return object->address + object->bytes;
    case 2:
        return pick(state, 1000);
    case 3:
        return 0;
    default:
        return object->address;
    }
}

static void make_heap(struct heap *heap, uint64_t *state)
{
    memset(heap, 0, sizeof *heap);
    heap->count = 1 + pick(state, OBJECTS_MAX);
    uint64_t at = 0x100000;
    for (size_t i = 0; i < heap->count; i++) {
        heap->objects[i].address = at;
        heap->objects[i].bytes = 8 * (1 + pick(state, WORDS_MAX));
        at += heap->objects[i].bytes + 8 * (1 + pick(state, 3));
    }
    for (size_t i = 0; i < heap->count; i++)
        for (size_t word = 0; word < heap->objects[i].bytes / 8; word++)
            if (pick(state, 3) == 0)
                heap->words[i][word] = pick_pointer(heap, state);
    heap->root = pick_pointer(heap, state);
}

/* 0: `word` does not point to the object; 1: into it; 2: to its start. */
static int points(uint64_t word, const struct mt_reach_object *object)
{
    if (word == object->address)
        return 2;
    return word > object->address && word - object->address < object->bytes;
}

/* The strongest pointer from one object to another. */
static int leads(const struct heap *heap, size_t from, size_t to)
{
    int strongest = 0;
    for (size_t word = 0; word < heap->objects[from].bytes / 8; word++) {
        const int kind = points(heap->words[from][word], &heap->objects[to]);
        if (kind > strongest)
            strongest = kind;
    }
    return strongest;
}

/* Adds to `set` all that chains of pointers of at least `kind` lead to from it. */
static void close_over(const struct heap *heap, bool set[OBJECTS_MAX], int kind)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t from = 0; from < heap->count; from++)
            for (size_t to = 0; to < heap->count; to++)
                if (set[from] && !set[to] && leads(heap, from, to) >= kind)
                    changed = set[to] = true;
    }
}

struct judged {
    struct mt_reach_object objects[OBJECTS_MAX];
};

static struct judged judge(const struct heap *heap)
{
    struct judged judged;
    memcpy(judged.objects, heap->objects, sizeof judged.objects);
    const struct mt_reach_memory memory = {bytes_at, no_vtable, heap};
    struct mt_reach *reach = mt_reach_begin(judged.objects, heap->count, &memory);
    ck_assert_ptr_nonnull(reach);
    mt_reach_root_word(reach, heap->root);
    mt_reach_end(reach);
    return judged;
}

/* The parts of what is lost from which all the rest is led to, and which nothing leads to. */
static size_t count_heads(const struct heap *heap, const bool kept[OBJECTS_MAX])
{
    bool from[OBJECTS_MAX][OBJECTS_MAX] = {{false}};
    size_t heads = 0;
    for (size_t i = 0; i < heap->count; i++) {
        from[i][i] = true;
        close_over(heap, from[i], 1);
    }
    for (size_t i = 0; i < heap->count; i++) {
        bool is_first = !kept[i]; /* of its part, and no other part leads to it */
        for (size_t j = 0; j < heap->count; j++)
            if (!kept[j] && j != i && from[j][i] && (!from[i][j] || j < i))
                is_first = false;
        heads += is_first;
    }
    return heads;
}

static void check_lost(const struct heap *heap, const struct judged *judged,
                       const bool kept[OBJECTS_MAX])
{
    size_t heads = 0, indirect = 0, held = 0;
    uint64_t indirect_bytes = 0, held_bytes = 0;
    bool under[OBJECTS_MAX] = {false};
    for (size_t i = 0; i < heap->count; i++) {
        const struct mt_reach_object *object = &judged->objects[i];
        heads += under[i] = object->verdict == MT_VERDICT_DEFINITE;
        held += object->held;
        held_bytes += object->held_bytes;
        if (object->verdict == MT_VERDICT_INDIRECT) {
            indirect++;
            indirect_bytes += object->bytes;
        }
    }
    close_over(heap, under, 1);
    for (size_t i = 0; i < heap->count; i++)
        ck_assert(kept[i] || under[i]);
    ck_assert_uint_eq(heads, count_heads(heap, kept));
    ck_assert_uint_eq(held, indirect);
    ck_assert_uint_eq(held_bytes, indirect_bytes);
}

START_TEST(verdicts_are_those_of_their_definitions)
{
    uint64_t state = 20;
    for (int number = 0; number < HEAPS; number++) {
        struct heap heap;
        make_heap(&heap, &state);
        const struct judged judged = judge(&heap);
        bool reachable[OBJECTS_MAX] = {false}, kept[OBJECTS_MAX];
        for (size_t i = 0; i < heap.count; i++)
            reachable[i] = points(heap.root, &heap.objects[i]) == 2;
        close_over(&heap, reachable, 2);
        for (size_t i = 0; i < heap.count; i++)
            kept[i] = reachable[i] || points(heap.root, &heap.objects[i]);
        close_over(&heap, kept, 1);
        for (size_t i = 0; i < heap.count; i++) {
            const enum mt_verdict verdict = judged.objects[i].verdict;
            ck_assert_int_eq(verdict == MT_VERDICT_REACHABLE, reachable[i]);
            ck_assert_int_eq(verdict == MT_VERDICT_POSSIBLE, kept[i] && !reachable[i]);
        }
        check_lost(&heap, &judged, kept);
    }
}
END_TEST

/* One object with these words, and a pointer `offset` bytes into it. */
static enum mt_verdict judge_inner(uint64_t bytes, uint64_t offset, uint64_t first, uint64_t second)
{
    struct heap heap = {.count = 1};
    heap.objects[0] = (struct mt_reach_object){.address = 0x100000, .bytes = bytes};
    heap.words[0][0] = first;
    heap.words[0][1] = second;
    heap.root = heap.objects[0].address + offset;
    return judge(&heap).objects[0].verdict;
}

START_TEST(inner_pointers_that_mean_the_whole)
{
    ck_assert_int_eq(judge_inner(40, 8, 32, 0), MT_VERDICT_REACHABLE); /* a length in front */
    ck_assert_int_eq(judge_inner(40, 8, 31, 0), MT_VERDICT_POSSIBLE);
    ck_assert_int_eq(judge_inner(40, 8, 4, 0), MT_VERDICT_REACHABLE); /* four elements of 8 */
    ck_assert_int_eq(judge_inner(40, 16, 4, 0), MT_VERDICT_POSSIBLE);
    ck_assert_int_eq(judge_inner(40, 24, 9, 15), MT_VERDICT_REACHABLE); /* a string of 9 in 15 */
    ck_assert_int_eq(judge_inner(40, 24, 16, 15), MT_VERDICT_POSSIBLE);
    ck_assert_int_eq(judge_inner(40, 0, 0, 0), MT_VERDICT_REACHABLE);
    ck_assert_int_eq(judge_inner(40, 40, 0, 0), MT_VERDICT_DEFINITE); /* one past the end */
}
END_TEST

MT_UNIT_TESTS("reach", verdicts_are_those_of_their_definitions, inner_pointers_that_mean_the_whole)
