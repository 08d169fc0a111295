/* shared_pointers.cc: objects behind shared_ptr: two that own each other are lost when the last
 * pointer from outside goes; make_shared puts the object into the block of its counts.
 *
 * EXPECT reachable under=kept_apart blocks=2 bytes=72
 * EXPECT reachable under=kept_together blocks=1 bytes=64
 * EXPECT definite under=ring blocks=1 bytes=64
 * EXPECT indirect under=ring blocks=1 bytes=64
 * EXPECT possible under=kept_by_raw_pointer blocks=1 bytes=64
 * DIFFERS lsan ring: indirect 2: a ring of lost blocks has no head there
 */
#include <memory>
#include "case.h"

struct item {
    std::shared_ptr<item> other;
    long payload[4];
};

std::shared_ptr<item> *apart, *together;
item *raw;
alignas(std::shared_ptr<item>) char room[4][sizeof(std::shared_ptr<item>)];

STEP void kept_apart()
{
    apart = new (room[0]) std::shared_ptr<item>(new item());
}

STEP void kept_together()
{
    together = new (room[1]) std::shared_ptr<item>(std::make_shared<item>());
}

STEP void ring()
{
    auto one = std::make_shared<item>(), two = std::make_shared<item>();
    one->other = two;
    two->other = one;
}

STEP void kept_by_raw_pointer()
{
    auto *holder = new (room[2]) std::shared_ptr<item>(std::make_shared<item>());
    raw = holder->get();
    memset(room[2], 0, sizeof(room[2]));
    KEEP(room);
}

int main()
{
    kept_apart();
    kept_together();
    ring();
    kept_by_raw_pointer();
    forget();
    return 0;
}
