/* two_heads_one_tail.c: two lost heads share their tail: both are heads, the tail counts once.
 *
 * EXPECT definite under=head blocks=2 bytes=80
 * EXPECT indirect under=tail blocks=7 bytes=280
 */
#include "case.h"

OBJECT(head)
OBJECT(tail)

STEP void lose(void)
{
    struct node *one = head(sizeof(struct node)), *other = head(sizeof(struct node));
    struct node *node = one->next = other->next = tail(sizeof(struct node));
    for (int i = 0; i < 6; i++)
        node = node->next = tail(sizeof(struct node));
}

int main(void)
{
    lose();
    forget();
    return 0;
}
