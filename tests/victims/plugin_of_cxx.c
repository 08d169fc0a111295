/* plugin_of_cxx.c: a C program opens a plugin in C++: operator new was in no object when the tracer
 * looked, and is not in its scope now. Each block is one of the heap's, and what cannot be had is
 * refused as the standard says.
 *
 * EXPECT unfreed in=cxx_leak blocks=7 bytes=287
 * RUN valgrind=no
 */
#include <malloc.h>
#include "plugin.h"

int main(void)
{
    static void *blocks[101];
    struct plugin plugin = plugin_open("cxx", RTLD_NOW | RTLD_LOCAL);
    int (*fails)(void) = (int (*)(void))dlsym(plugin.handle, "plugin_fails");
    MUST(fails);
    const size_t before = mallinfo2().uordblks;
    for (int i = 0; i < 101; i++)
        blocks[i] = plugin.make(1009);
    const size_t taken = mallinfo2().uordblks - before;
    say("taken by 101 blocks: %s\n", taken < 101 * 1100 ? "as much as they need" : "more");
    for (int i = 0; i < 101; i++)
        plugin.release(blocks[i]);
    say("what is too large: %s\n", fails() ? "refused" : "not so");
    plugin.leak(7);
    return 0;
}
