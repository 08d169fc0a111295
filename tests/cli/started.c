/* started.c: says that it was started. Built in ways that keep the tracer out. */
#include <unistd.h>

int main(void)
{
    return write(1, "started\n", 8) == 8 ? 0 : 1;
}
