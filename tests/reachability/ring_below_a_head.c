/* ring_below_a_head.c: a lost block points into a ring that was made before it: the block is the
 * head, and no node of the ring is.
 *
 * EXPECT definite under=head blocks=1 bytes=40
 * EXPECT indirect under=ring blocks=5 bytes=200
 * DIFFERS valgrind ring: definite 1, indirect 4: what it met first stays a head
 */
#include "case.h"

OBJECT(ring)
OBJECT(head)

STEP void lose(void)
{
    struct node *first = ring(sizeof(struct node)), *node = first;
    for (int i = 0; i < 4; i++)
        node = node->next = ring(sizeof(struct node));
    node->next = first;
    struct node *entry = head(sizeof(struct node));
    entry->next = node;
}

int main(void)
{
    lose();
    forget();
    return 0;
}
