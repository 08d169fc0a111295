/* beside_free_memory.c: the lists of free memory that malloc keeps point to the end of the blocks
 * that lie before it: no pointers to them.
 *
 * EXPECT definite under=before_small blocks=1 bytes=24
 * EXPECT definite under=before_middle blocks=1 bytes=40
 * EXPECT definite under=before_large blocks=1 bytes=56
 * EXPECT reachable under=wall blocks=3 bytes=303
 */
#include "case.h"

OBJECT(before_small)
OBJECT(before_middle)
OBJECT(before_large)
OBJECT(wall)

void *walls[3];

STEP void build(void)
{
    void *freed[3];
    before_small(24);
    freed[0] = malloc(100);
    walls[0] = wall(101);
    before_middle(40);
    freed[1] = malloc(3000);
    walls[1] = wall(101);
    before_large(56);
    freed[2] = malloc(100000);
    walls[2] = wall(101);
    for (int i = 0; i < 3; i++)
        free(freed[i]);
}

int main(void)
{
    build();
    forget();
    return 0;
}
