/* grower.c: grower MIB MS sleep|status|limit: touches so many MiB in blocks, waiting so long after each;
 * then sleeps for a second without an allocation, or prints the figures that the kernel has of it, or
 * allocates until malloc fails; and ends by exit. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *volatile kept;

__attribute__((noinline)) static void grow(void)
{
    kept = malloc(1 << 20);
    memset(kept, 1, 1 << 20);
}

static void print_status(void)
{
    char text[8192];
    const int fd = open("/proc/self/status", O_RDONLY);
    const ssize_t length = read(fd, text, sizeof text);
    if (length <= 0 || write(STDOUT_FILENO, text, (size_t)length) != length)
        exit(99);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    for (int i = 0; i < atoi(argv[1]); i++) {
        grow();
        usleep((useconds_t)atoi(argv[2]) * 1000);
    }
    if (strcmp(argv[3], "sleep") == 0)
        sleep(1);
    else if (strcmp(argv[3], "status") == 0)
        print_status();
    else
        while ((kept = malloc(1 << 20)))
            ;
    return 0;
}
