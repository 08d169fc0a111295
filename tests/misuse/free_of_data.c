/* A variable of the program's is freed.
 *
 * EXPECT kind=invalid-free function=free in=give place=module
 * VALGRIND Invalid free\(\)
 * ASAN attempting free on address which was not malloc
 */
#include "case.h"

static char data[128] = "not empty";

static FRAME void give(void *address)
{
    free(address);
    STAY();
}

int main(int argc, char **argv)
{
    void *address = is_wrong(argc, argv) ? data + 32 : strdup(data);
    HIDE(address);
    give(address);
    return 0;
}
