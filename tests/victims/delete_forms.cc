/* delete_forms.cc: every form of operator delete frees what its operator new gave.
 *
 * EXPECT unfreed in=main blocks=3 bytes=111
 * RUN with=jemalloc,tcmalloc,mimalloc
 */
#include <new>
#include "victim.h"

static const std::align_val_t line{64};
static const std::nothrow_t &quiet = std::nothrow;

template <typename Pointer> static Pointer kept(Pointer block)
{
    KEEP(block);
    return block;
}

int main()
{
    for (int i = 0; i < 23; i++) {
        operator delete(kept(operator new(37)));
        operator delete(kept(operator new(37)), 37);
        operator delete(kept(operator new(37)), quiet);
        operator delete(kept(operator new(128, line)), line);
        operator delete(kept(operator new(128, line)), 128, line);
        operator delete(kept(operator new(128, line)), line, quiet);
        operator delete[](kept(operator new[](41)));
        operator delete[](kept(operator new[](41)), 41);
        operator delete[](kept(operator new[](41)), quiet);
        operator delete[](kept(operator new[](256, line)), line);
        operator delete[](kept(operator new[](256, line)), 256, line);
        operator delete[](kept(operator new[](256, line)), line, quiet);
    }
    for (int i = 0; i < 3; i++)
        kept(operator new(37));
    return 0;
}
