/* plugin.c: what subject opens and closes: code that allocates and is gone. */
#include <stdlib.h>

void plugin_work(void);
void plugin_work(void)
{
    void *volatile block = malloc(47);
    free(block);
}
