/* tree_lost.c: a lost tree has one head, its root; children are made before their parents.
 *
 * EXPECT definite under=root blocks=1 bytes=40
 * EXPECT indirect under=child blocks=30 bytes=1200
 */
#include "case.h"

OBJECT(child)
OBJECT(root)

STEP struct node *grow(int levels)
{
    if (levels == 0)
        return NULL;
    struct node *left = grow(levels - 1), *right = grow(levels - 1);
    struct node *parent = child(sizeof(struct node));
    parent->next = left;
    parent->other = right;
    return parent;
}

STEP void lose(void)
{
    struct node *left = grow(4), *right = grow(4), *top = root(sizeof(struct node));
    top->next = left;
    top->other = right;
}

int main(void)
{
    lose();
    forget();
    return 0;
}
