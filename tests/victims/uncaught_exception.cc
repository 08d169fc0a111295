/* uncaught_exception.cc: an exception nobody catches ends in abort: all is recorded by then.
 *
 * EXPECT status=SIGABRT
 * EXPECT unfreed in=leak blocks=23 bytes=851
 * EXPECT unfreed in=main blocks=1 bytes=any
 * EXPECT process.end=killed
 */
#include <stdexcept>
#include "victim.h"

FRAME void leak()
{
    for (int i = 0; i < 23; i++)
        KEEP(new char[37]);
}

int main()
{
    leak();
    throw 4711; /* itself a block, from the runtime */
}
