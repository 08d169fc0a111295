/* ring_with_tail.c: a lost ring of three, and a list that hangs on it.
 *
 * EXPECT definite under=ring blocks=1 bytes=40
 * EXPECT indirect under=ring blocks=2 bytes=80
 * EXPECT indirect under=tail blocks=4 bytes=160
 * DIFFERS lsan ring: indirect 3: a ring of lost blocks has no head there
 */
#include "case.h"

OBJECT(ring)
OBJECT(tail)

STEP void lose(void)
{
    struct node *nodes[3];
    for (int i = 0; i < 3; i++)
        nodes[i] = ring(sizeof(struct node));
    for (int i = 0; i < 3; i++)
        nodes[i]->next = nodes[(i + 1) % 3];
    struct node *node = nodes[1]->other = tail(sizeof(struct node));
    for (int i = 0; i < 3; i++)
        node = node->next = tail(sizeof(struct node));
}

int main(void)
{
    lose();
    forget();
    return 0;
}
