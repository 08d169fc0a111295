/* exception_through_allocation.cc: constructors that throw inside new, through frames that hold
 * blocks: what unwinding destroys is freed, and stacks taken after it are right.
 *
 * EXPECT unfreed in=leak blocks=101 bytes=3737 via=leak<middle<outer<main
 */
#include <stdexcept>
#include <string>
#include <vector>
#include "victim.h"

struct Throws {
    std::string name = std::string(101, 'x');
    explicit Throws(bool now)
    {
        if (now)
            throw std::runtime_error("a constructor that throws: its block goes back by itself");
    }
};

FRAME void leak()
{
    KEEP(new char[37]);
}

FRAME void middle(int round)
{
    std::vector<Throws *> held(3, nullptr);
    Throws *whole = new Throws(false);
    KEEP(whole);
    delete whole;
    leak();
    if (round % 2)
        KEEP(new Throws(true));
}

FRAME void outer(int round)
{
    std::string local(53, 'y');
    KEEP(local.data());
    middle(round);
    KEEP(local.data());
}

int main()
{
    int caught = 0;
    for (int i = 0; i < 101; i++) {
        try {
            outer(i);
        } catch (const std::exception &) {
            caught++;
        }
    }
    say("%d exceptions\n", caught);
    return 0;
}
