/* long_list_kept.c: a list far too long for a scan that calls itself for each node.
 *
 * EXPECT reachable under=member blocks=300007 bytes=12000280
 */
#include "case.h"

OBJECT(member)

struct node *list;

int main(void)
{
    for (int i = 0; i < 300007; i++) {
        struct node *node = member(sizeof(struct node));
        node->next = list;
        list = node;
    }
    forget();
    return 0;
}
