/* doubly_linked_lost.c: every node of a lost doubly linked list is pointed to: still one is its
 * head.
 *
 * EXPECT definite under=member blocks=1 bytes=40
 * EXPECT indirect under=member blocks=6 bytes=240
 * DIFFERS lsan member: indirect 7: a ring of lost blocks has no head there
 */
#include "case.h"

OBJECT(member)

STEP void lose(void)
{
    struct node *node = member(sizeof(struct node));
    for (int i = 0; i < 6; i++) {
        struct node *next = member(sizeof(struct node));
        next->other = node;
        node = node->next = next;
    }
}

int main(void)
{
    lose();
    forget();
    return 0;
}
