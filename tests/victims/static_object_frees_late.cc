/* static_object_frees_late.cc: destructors of static objects free blocks, and make some, after main
 * has returned.
 *
 * EXPECT unfreed in=leak_late blocks=5 bytes=205
 */
#include "victim.h"

FRAME void leak_late()
{
    for (int i = 0; i < 5; i++)
        KEEP(new char[41]);
}

struct Keeper {
    char *blocks[23];
    Keeper()
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

static Keeper keeper;

int main()
{
    return 0;
}
