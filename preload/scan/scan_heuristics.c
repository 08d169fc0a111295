/* scan_heuristics.c: see scan_heuristics.h. The layouts are those of GNU's and LLVM's C++
 * libraries:
 *
 *   string       | length | capacity | references | text …      size = 3 words + capacity + 1
 *                                                  ^
 *   length64     | bytes that follow | …                        ^ behind the first word
 *   array        | count | first | second | …                   ^ likewise; the bytes divide evenly
 *   inheritance  | table | … | table of a base | …              ^ at the second table
 */
#include "scan_heuristics.h"

enum {
    WORD = 8,
    TABLE_WORDS_MAX = 20, /* of a virtual table that are looked at */
    FUNCTIONS_LEAST = 2,  /* pointers to code that make it one */
};

static uint64_t word_at(uint64_t address)
{
    return *(const uint64_t *)address;
}

static int is_string(uint64_t start, uint64_t bytes, uint64_t address)
{
    if (bytes <= 3 * WORD || address != start + 3 * WORD)
        return 0;
    const uint64_t length = word_at(start), capacity = word_at(start + WORD);
    return length <= capacity && 3 * WORD + capacity + 1 == bytes;
}

static int is_behind_length(uint64_t start, uint64_t bytes, uint64_t address)
{
    return bytes > WORD && address == start + WORD && word_at(start) == bytes - WORD;
}

static int is_array(uint64_t start, uint64_t bytes, uint64_t address)
{
    if (bytes < WORD || address != start + WORD)
        return 0;
    const uint64_t count = word_at(start);
    return count > 0 && (bytes - WORD) % count == 0;
}

static unsigned kind_of(const struct mt_ranges *areas, uint64_t address)
{
    const struct mt_range *area = mt_ranges_find(areas, address);
    return area ? (unsigned)area->tag : 0;
}

/* Pointers to code, or NULLs, in read-only data of a module. */
static int is_virtual_table(const struct mt_ranges *areas, uint64_t address)
{
    if (address % WORD || address < 4096)
        return 0;
    unsigned functions = 0;
    const struct mt_range *area = mt_ranges_find(areas, address);
    if (!area || !(area->tag & MT_AREA_OF_FILE) || !(area->tag & MT_AREA_READS) ||
        area->tag & MT_AREA_RUNS)
        return 0;
    for (unsigned i = 0; i < TABLE_WORDS_MAX && address + WORD <= area->end; i++, address += WORD) {
        const uint64_t function = word_at(address);
        if (!function)
            continue;
        const unsigned kind = kind_of(areas, function);
        if (!(kind & MT_AREA_RUNS) || !(kind & MT_AREA_OF_FILE))
            return 0;
        if (++functions == FUNCTIONS_LEAST)
            return 1;
    }
    return 0;
}

static int is_second_base(const struct mt_ranges *areas, uint64_t start, uint64_t bytes,
                          uint64_t address)
{
    return address % WORD == 0 && bytes >= WORD && address - start <= bytes - WORD &&
           is_virtual_table(areas, word_at(address)) && is_virtual_table(areas, word_at(start));
}

int mt_heuristic_explains(unsigned heuristics, const struct mt_ranges *areas, uint64_t start,
                          uint64_t bytes, uint64_t address)
{
    return (heuristics & MT_HEURISTIC_STRING && is_string(start, bytes, address)) ||
           (heuristics & MT_HEURISTIC_LENGTH && is_behind_length(start, bytes, address)) ||
           (heuristics & MT_HEURISTIC_ARRAY && is_array(start, bytes, address)) ||
           (heuristics & MT_HEURISTIC_INHERITANCE && is_second_base(areas, start, bytes, address));
}
