/* points_to_itself.c: a pointer of a block to its own start does not keep it, nor make it indirect.
 *
 * EXPECT definite under=lonely blocks=5 bytes=200
 */
#include "case.h"

OBJECT(lonely)

STEP void lose(void)
{
    for (int i = 0; i < 5; i++) {
        struct node *node = lonely(sizeof(struct node));
        node->next = node;
        node->other = (struct node *)&node->payload;
        KEEP(node);
    }
}

int main(void)
{
    lose();
    forget();
    return 0;
}
