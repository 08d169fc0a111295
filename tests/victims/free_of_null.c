/* free_of_null.c: free(NULL) does nothing, and is no free of an unknown block either.
 *
 * EXPECT clean
 */
#include "victim.h"

int main(void)
{
    void *nothing = NULL;
    for (int i = 0; i < 23; i++) {
        KEEP(&nothing);
        free(nothing);
    }
    return 0;
}
