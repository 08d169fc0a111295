/* plugin_closed_by_destructor.c: a destructor of the program closes a plugin, whose own destructor
 * frees; and an atexit handler opens another one, as late as that.
 *
 * EXPECT unfreed function=malloc in=first_leak blocks=3 bytes=123
 * EXPECT unfreed function=malloc in=other_leak blocks=5 bytes=205
 * RUN valgrind=no
 */
#include "plugin.h"

static struct plugin first;

__attribute__((destructor)) static void close_first(void)
{
    MUST(dlclose(first.handle) == 0);
}

static void use_other(void)
{
    struct plugin other = plugin_open("other", RTLD_LAZY);
    other.leak(5);
    MUST(dlclose(other.handle) == 0);
}

int main(void)
{
    first = plugin_open("first", RTLD_LAZY);
    first.leak(3);
    MUST(atexit(use_other) == 0);
    return 0;
}
