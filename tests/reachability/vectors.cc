/* vectors.cc: vectors that were made by new and not deleted: kept in a global, in a vector of
 * vectors, and lost.
 *
 * EXPECT reachable under=kept blocks=2 bytes=104
 * EXPECT reachable under=nested blocks=9 bytes=416
 * EXPECT definite under=lost blocks=1 bytes=24
 * EXPECT indirect under=lost blocks=1 bytes=88
 */
#include <vector>
#include "case.h"

std::vector<long> *vector;
std::vector<std::vector<int>> *vectors;

STEP void kept()
{
    vector = new std::vector<long>(10);
}

STEP void nested()
{
    vectors = new std::vector<std::vector<int>>(7, std::vector<int>(8));
    (*vectors)[3].shrink_to_fit();
}

STEP void lost()
{
    KEEP(new std::vector<long>(11));
}

int main()
{
    kept();
    nested();
    lost();
    forget();
    return 0;
}
