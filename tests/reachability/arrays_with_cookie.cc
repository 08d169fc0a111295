/* arrays_with_cookie.cc: new[] of objects with destructors gives a pointer behind the count that it
 * keeps at the start of the block.
 *
 * EXPECT reachable under=kept blocks=3 bytes=528
 * EXPECT definite under=lost blocks=1 bytes=176
 * EXPECT possible under=by_second_element blocks=1 bytes=176
 */
#include "case.h"

struct item {
    ~item()
    {
        KEEP(this);
    }
    long payload[3] = {};
};

item *items[4];

STEP item *kept()
{
    return new item[7];
}

STEP item *lost()
{
    return new item[7];
}

STEP item *by_second_element()
{
    return new item[7];
}

STEP void build()
{
    for (int i = 0; i < 3; i++)
        items[i] = kept();
    KEEP(lost());
    items[3] = by_second_element() + 1;
}

int main()
{
    build();
    forget();
    return 0;
}
