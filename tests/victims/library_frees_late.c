/* library_frees_late.c: a linked library's destructor runs after the program's own and after every
 * atexit handler; the block it frees there is no leak.
 *
 * EXPECT unfreed function=malloc in=first_leak blocks=7 bytes=287
 * BUILD plugin
 */
#include "victim.h"

void plugin_leak(int blocks);

int main(void)
{
    plugin_leak(7);
    return 0;
}
