/* thread_local_frees_late.cc: destructors of thread_local objects run when their thread ends, after
 * other per-thread state is gone; the frees and the allocations made there count.
 *
 * EXPECT unfreed in=leak_late blocks=21 bytes=861
 */
#include <thread>
#include "victim.h"

FRAME void leak_late()
{
    for (int i = 0; i < 3; i++)
        KEEP(new char[41]);
}

struct Keeper {
    char *blocks[23] = {};
    void fill()
    {
        for (char *&block : blocks)
            KEEP(block = new char[37]);
    }
    ~Keeper()
    {
        for (char *block : blocks)
            delete[] block;
        leak_late();
    }
};

static thread_local Keeper keeper;

int main()
{
    for (int i = 0; i < 6; i++)
        std::thread([] { keeper.fill(); }).join();
    keeper.fill();
    return 0;
}
