/* ring_lost.c: a ring that nothing outside points to: one node stands for it, the others hang
 * below.
 *
 * EXPECT definite under=ring blocks=1 bytes=40
 * EXPECT indirect under=ring blocks=6 bytes=240
 * DIFFERS lsan ring: indirect 7: a ring of lost blocks has no head there
 */
#include "case.h"

OBJECT(ring)

STEP void lose(void)
{
    struct node *first = ring(sizeof(struct node)), *node = first;
    for (int i = 0; i < 6; i++)
        node = node->next = ring(sizeof(struct node));
    node->next = first;
}

int main(void)
{
    lose();
    forget();
    return 0;
}
