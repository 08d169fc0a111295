/* closes_every_descriptor.c: as daemons do, it closes every descriptor there is, opens others in
 * their place, writes to them, and goes on allocating. The tracer's are not among them, and its
 * records go nowhere else.
 *
 * EXPECT status=7
 * EXPECT unfreed function=malloc in=leak blocks=20023 bytes=740851
 * RUN valgrind=no
 */
#include <fcntl.h>
#include <sys/stat.h>
#include "victim.h"

FRAME void leak(int blocks)
{
    for (int i = 0; i < blocks; i++)
        KEEP(malloc(37));
}

int main(void)
{
    char name[] = "/tmp/memtrace-test-XXXXXX";
    leak(23);
    closefrom(0);
    for (int i = 0; i < 16; i++)
        if (open("/dev/null", O_RDWR | O_CLOEXEC) != i)
            return 1;
    int file = mkstemp(name);
    leak(20000);
    struct stat status;
    if (file != 16 || write(file, "mine", 4) != 4 || fstat(file, &status) != 0 || status.st_size != 4)
        return 2;
    unlink(name);
    return 7;
}
