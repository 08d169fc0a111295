/* scan_heuristics.h: pointers into the inside of a block that are as good as pointers to its start:
 * Valgrind's four (manual, --leak-check-heuristics). */
#ifndef MT_SCAN_HEURISTICS_H
#define MT_SCAN_HEURISTICS_H

#include <stdint.h>
#include "ranges.h"

enum {
    MT_HEURISTIC_STRING = 1 << 0,      /* stdstring: text of a std::string that counts references */
    MT_HEURISTIC_LENGTH = 1 << 1,      /* length64: what follows a size header */
    MT_HEURISTIC_ARRAY = 1 << 2,       /* newarray: first element behind a count */
    MT_HEURISTIC_INHERITANCE = 1 << 3, /* multipleinheritance: a second base with its own table */
    MT_HEURISTICS_ALL = 15,
};

/* Tag of an area: what may be done there. */
enum {
    MT_AREA_READS = 1,
    MT_AREA_WRITES = 2,
    MT_AREA_RUNS = 4,
    MT_AREA_OF_FILE = 8,
};

/* Whether one of the heuristics explains a pointer to `address` inside the block [start, start +
 * bytes), whose memory is readable. */
int mt_heuristic_explains(unsigned heuristics, const struct mt_ranges *areas, uint64_t start,
                          uint64_t bytes, uint64_t address);

#endif
