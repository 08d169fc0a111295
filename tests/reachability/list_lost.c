/* list_lost.c: the head of a list is forgotten: the head is lost, and the rest through it.
 *
 * EXPECT definite under=head blocks=1 bytes=40
 * EXPECT indirect under=tail blocks=6 bytes=240
 */
#include "case.h"

OBJECT(head)
OBJECT(tail)

STEP void lose(void)
{
    struct node *node = head(sizeof(struct node));
    for (int i = 0; i < 6; i++)
        node = node->next = tail(sizeof(struct node));
}

int main(void)
{
    lose();
    forget();
    return 0;
}
