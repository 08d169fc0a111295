/* length_at_start.c: allocators like SQLite's put the size in front of what they hand out: the
 * heuristic length64 knows a pointer behind it by the size that stands there.
 *
 * EXPECT reachable under=with_size blocks=3 bytes=327
 * EXPECT possible under=with_other_number blocks=1 bytes=113
 */
#include "case.h"

OBJECT(with_size)
OBJECT(with_other_number)

uint64_t *blocks[4];

STEP void build(void)
{
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = with_size(107 + 2 * i);
        *blocks[i]++ = 99 + 2 * i;
    }
    blocks[3] = with_other_number(113);
    *blocks[3]++ = 113;
}

int main(void)
{
    build();
    forget();
    return 0;
}
