/* list_kept.c: a list whose head is in a global variable.
 *
 * EXPECT reachable under=head blocks=1 bytes=40
 * EXPECT reachable under=tail blocks=6 bytes=240
 */
#include "case.h"

OBJECT(head)
OBJECT(tail)

struct node *list;

STEP void keep(void)
{
    struct node *node = list = head(sizeof(struct node));
    for (int i = 0; i < 6; i++)
        node = node->next = tail(sizeof(struct node));
}

int main(void)
{
    keep();
    forget();
    return 0;
}
