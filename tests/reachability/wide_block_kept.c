/* wide_block_kept.c: one block holds a hundred thousand others, far more than a small stack of
 * work.
 *
 * EXPECT reachable under=directory blocks=1 bytes=800056
 * EXPECT reachable under=entry blocks=100007 bytes=2400168
 */
#include "case.h"

OBJECT(directory)
OBJECT(entry)

void **table;

int main(void)
{
    table = directory(100007 * sizeof(void *));
    for (int i = 0; i < 100007; i++)
        table[i] = entry(24);
    forget();
    return 0;
}
