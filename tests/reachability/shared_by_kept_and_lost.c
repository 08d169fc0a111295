/* shared_by_kept_and_lost.c: a tail under a kept head and under a lost one is kept.
 *
 * EXPECT reachable under=kept blocks=1 bytes=40
 * EXPECT definite under=lost blocks=1 bytes=40
 * EXPECT reachable under=shared blocks=7 bytes=280
 */
#include "case.h"

OBJECT(lost)
OBJECT(kept)
OBJECT(shared)

struct node *list;

STEP void build(void)
{
    struct node *forgotten = lost(sizeof(struct node));
    list = kept(sizeof(struct node));
    struct node *node = list->next = forgotten->next = shared(sizeof(struct node));
    for (int i = 0; i < 6; i++)
        node = node->next = shared(sizeof(struct node));
}

int main(void)
{
    build();
    forget();
    return 0;
}
