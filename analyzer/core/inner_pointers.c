/* inner_pointers.c: inner pointers that stand for the whole object: Valgrind's heuristics
 * (--leak-check-heuristics in its manual; heuristic_reachedness in mc_leakcheck.c); and those that
 * stand for something else. Of reach.h. */
#include <string.h>
#include "reach.h"

enum { WORD = 8 };

static bool read_word(const struct mt_reach_memory *memory, uint64_t address, uint64_t *ret_word)
{
    uint64_t bytes;
    const unsigned char *data = memory->bytes_at(memory->context, address, &bytes);
    if (!data || bytes < WORD)
        return false;
    memcpy(ret_word, data, WORD);
    return true;
}

/* std::string before C++11: length, capacity, count of owners, then the characters, which the
 * pointer is to. */
static bool is_string(uint64_t bytes, uint64_t offset, uint64_t length, uint64_t capacity)
{
    return offset == 3 * WORD && length <= capacity && bytes == 3 * WORD + capacity + 1;
}

/* A length in front of what is handed out (sqlite, and many wrappers of malloc). */
static bool is_after_length(uint64_t bytes, uint64_t offset, uint64_t first)
{
    return offset == WORD && first > 0 && first == bytes - WORD;
}

/* new T[n] with destructors: n in front of the elements. */
static bool is_after_cookie(uint64_t bytes, uint64_t offset, uint64_t first)
{
    return offset == WORD && first > 0 && bytes > WORD && (bytes - WORD) % first == 0;
}

/* A second base class within an object: both begin with a pointer to a vtable. */
static bool is_second_base(uint64_t first, uint64_t inner, const struct mt_reach_memory *memory)
{
    return memory->is_vtable(memory->context, first) && memory->is_vtable(memory->context, inner);
}

bool mt_reach_means_next_chunk(const struct mt_reach_object *block, uint64_t address,
                               const struct mt_reach_memory *memory)
{
    uint64_t size;
    return read_word(memory, block->address - WORD, &size) &&
           address == block->address - 2 * WORD + (size & ~UINT64_C(7));
}

bool mt_reach_means_whole(const struct mt_reach_object *object, uint64_t address,
                          const struct mt_reach_memory *memory)
{
    const uint64_t offset = address - object->address;
    uint64_t first, second, inner;
    if (offset % WORD || object->bytes < 2 * WORD || offset > object->bytes - WORD ||
        !read_word(memory, object->address, &first) ||
        !read_word(memory, object->address + WORD, &second) || !read_word(memory, address, &inner))
        return false;
    return is_string(object->bytes, offset, first, second) ||
           is_after_length(object->bytes, offset, first) ||
           is_after_cookie(object->bytes, offset, first) || is_second_base(first, inner, memory);
}
