/* doubly_linked_kept.c: a doubly linked list is kept whole by a pointer to a node in its middle.
 *
 * EXPECT reachable under=member blocks=7 bytes=280
 */
#include "case.h"

OBJECT(member)

struct node *middle;

STEP void keep(void)
{
    struct node *node = member(sizeof(struct node));
    for (int i = 0; i < 6; i++) {
        struct node *next = member(sizeof(struct node));
        next->other = node;
        node = node->next = next;
        middle = i == 2 ? node : middle;
    }
}

int main(void)
{
    keep();
    forget();
    return 0;
}
