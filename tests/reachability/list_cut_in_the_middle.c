/* list_cut_in_the_middle.c: the first nodes are kept; those behind the cut have a head of their
 * own, which nothing points to.
 *
 * EXPECT reachable under=front blocks=3 bytes=120
 * EXPECT definite under=cut blocks=1 bytes=40
 * EXPECT indirect under=back blocks=5 bytes=200
 */
#include "case.h"

OBJECT(front)
OBJECT(cut)
OBJECT(back)

struct node *list;

STEP void build(void)
{
    struct node *node = list = front(sizeof(struct node));
    for (int i = 0; i < 2; i++)
        node = node->next = front(sizeof(struct node));
    struct node *last = node;
    node = node->next = cut(sizeof(struct node));
    for (int i = 0; i < 5; i++)
        node = node->next = back(sizeof(struct node));
    last->next = NULL;
}

int main(void)
{
    build();
    forget();
    return 0;
}
