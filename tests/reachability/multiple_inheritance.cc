/* multiple_inheritance.cc: objects kept by a pointer to their second base, or to a virtual one:
 * into the inside, but to a table of virtual functions; the start has such a table too.
 *
 * EXPECT reachable under=by_second_base blocks=3 bytes=144
 * EXPECT reachable under=by_virtual_base blocks=3 bytes=168
 * EXPECT possible under=by_plain_member blocks=3 bytes=144
 * EXPECT definite under=lost blocks=3 bytes=144
 */
#include "case.h"

struct first {
    virtual ~first() = default;
    long payload[2] = {};
};
struct second {
    virtual ~second() = default;
    long payload[2] = {};
};
struct both : first, second {
};
struct upper {
    virtual ~upper() = default;
    long payload[3] = {};
};
struct lower : virtual upper {
    long payload[2] = {};
};

second *seconds[3];
upper *uppers[3];
long *members[3];

STEP both *by_second_base()
{
    return new both();
}

STEP lower *by_virtual_base()
{
    return new lower();
}

STEP both *by_plain_member()
{
    return new both();
}

STEP both *lost()
{
    return new both();
}

STEP void build()
{
    for (int i = 0; i < 3; i++) {
        seconds[i] = by_second_base();
        uppers[i] = by_virtual_base();
        members[i] = &by_plain_member()->first::payload[0];
        KEEP(lost());
    }
}

int main()
{
    build();
    forget();
    return 0;
}
