/* strings_of_old_abi.cc: a string of the old ABI points behind the header of its block: the
 * heuristic for strings knows it by the header's length and capacity.
 *
 * EXPECT reachable under=kept blocks=2 bytes=133
 * EXPECT definite under=lost blocks=1 bytes=8
 * EXPECT indirect under=lost blocks=1 bytes=127
 */
#define _GLIBCXX_USE_CXX11_ABI 0
#include <string>
#include "case.h"

std::string *string;

STEP void kept()
{
    string = new std::string(100, 'k');
}

STEP void lost()
{
    KEEP(new std::string(102, 'l'));
}

int main()
{
    kept();
    lost();
    forget();
    return 0;
}
