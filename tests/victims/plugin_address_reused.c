/* plugin_address_reused.c: two plugins are opened and closed in turn and take each other's
 * addresses. Each block keeps the names of the code that was there when it was made.
 *
 * EXPECT unfreed function=malloc in=first_leak blocks=57 bytes=2337 via=first_leak<plugin_leak<main
 * EXPECT unfreed function=malloc in=other_leak blocks=95 bytes=3895 via=other_leak<plugin_leak<main
 * RUN valgrind=no
 */
#include "plugin.h"

int main(void)
{
    void *first_place = NULL;
    int met = 0;
    for (int i = 0; i < 19; i++) {
        struct plugin first = plugin_open("first", RTLD_NOW);
        first.leak(3);
        first_place = (void *)first.leak;
        MUST(dlclose(first.handle) == 0);
        struct plugin other = plugin_open("other", RTLD_NOW);
        other.leak(5);
        met += (void *)other.leak == first_place;
        MUST(dlclose(other.handle) == 0);
    }
    MUST(met > 0);
    return 0;
}
