/* functions_and_any.cc: what std::function, std::any and std::variant own, each in its own way.
 *
 * EXPECT reachable under=in_function blocks=1 bytes=72
 * EXPECT reachable under=in_any blocks=1 bytes=88
 * EXPECT reachable under=in_variant blocks=1 bytes=104
 * EXPECT definite under=lost_function blocks=1 bytes=32
 * EXPECT indirect under=lost_function blocks=1 bytes=64
 */
#include <any>
#include <array>
#include <functional>
#include <memory>
#include <variant>
#include "case.h"

template <int words> using payload = std::array<long, words>;

alignas(16) static char rooms[3][64];

STEP void in_function()
{
    payload<9> held{};
    new (rooms[0]) std::function<long()>([held] { return held[1]; });
}

STEP void in_any()
{
    new (rooms[1]) std::any(payload<11>{});
}

STEP void in_variant()
{
    new (rooms[2]) std::variant<int, std::unique_ptr<payload<13>>>(std::make_unique<payload<13>>());
}

STEP void lost_function()
{
    payload<8> held{};
    KEEP(new std::function<long()>([held] { return held[1]; }));
}

int main()
{
    in_function();
    in_any();
    in_variant();
    lost_function();
    KEEP(rooms);
    forget();
    return 0;
}
