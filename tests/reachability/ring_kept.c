/* ring_kept.c: a ring is kept whole by a pointer to any one of its nodes.
 *
 * EXPECT reachable under=ring blocks=7 bytes=280
 */
#include "case.h"

OBJECT(ring)

struct node *somewhere;

STEP void keep(void)
{
    struct node *first = ring(sizeof(struct node)), *node = first;
    for (int i = 0; i < 6; i++) {
        node = node->next = ring(sizeof(struct node));
        somewhere = i == 3 ? node : somewhere;
    }
    node->next = first;
}

int main(void)
{
    keep();
    forget();
    return 0;
}
