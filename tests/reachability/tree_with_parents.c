/* tree_with_parents.c: in a tree with pointers to the parents, a pointer to one leaf keeps all.
 *
 * EXPECT reachable under=child blocks=31 bytes=1240
 */
#include "case.h"

OBJECT(child)

struct family {
    struct family *parent, *left, *right;
    long payload[2];
} * leaf;

STEP struct family *grow(struct family *parent, int levels)
{
    if (levels == 0)
        return NULL;
    struct family *node = leaf = child(sizeof(struct family));
    node->parent = parent;
    node->left = grow(node, levels - 1);
    node->right = grow(node, levels - 1);
    return node;
}

int main(void)
{
    KEEP(grow(NULL, 5));
    forget();
    return 0;
}
