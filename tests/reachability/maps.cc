/* maps.cc: trees of std::map, whose nodes point back into the map, and the chains of an
 * unordered_map.
 *
 * EXPECT reachable under=kept blocks=14 bytes=672
 * EXPECT definite under=lost blocks=1 bytes=48
 * EXPECT indirect under=lost blocks=17 bytes=680
 * EXPECT definite under=lost_hashed blocks=1 bytes=56
 * EXPECT indirect under=lost_hashed blocks=8 bytes=216
 * DIFFERS lsan lost: indirect 18: a ring of lost blocks has no head there
 * DIFFERS lsan lost_hashed: indirect 9: a ring of lost blocks has no head there
 */
#include <map>
#include <unordered_map>
#include "case.h"

std::map<long, long> *map;

STEP void kept()
{
    map = new std::map<long, long>;
    for (int key = 0; key < 13; key++)
        (*map)[key] = key;
}

STEP void lost()
{
    auto *forgotten = new std::map<int, int>;
    for (int key = 0; key < 17; key++)
        (*forgotten)[key] = key;
    KEEP(forgotten);
}

STEP void lost_hashed()
{
    auto *forgotten = new std::unordered_map<int, int>;
    for (int key = 0; key < 7; key++)
        (*forgotten)[key] = key;
    KEEP(forgotten);
}

int main()
{
    kept();
    lost();
    lost_hashed();
    forget();
    return 0;
}
