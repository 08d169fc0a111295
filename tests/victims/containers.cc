/* containers.cc: blocks behind std::allocator: the site is found through the library's inlined and
 * instantiated frames. 13 maps of 7 nodes are dropped without their destructor.
 *
 * EXPECT any
 * EXPECT totals.unfreed_blocks>=104
 */
#include <map>
#include "victim.h"

FRAME void leak()
{
    for (int i = 0; i < 13; i++) {
        auto *map = new std::map<int, int>;
        for (int key = 0; key < 7; key++)
            (*map)[key] = key;
        KEEP(map);
    }
}

int main()
{
    leak();
    return 0;
}
