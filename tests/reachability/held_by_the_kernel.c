/* held_by_the_kernel.c: what only the kernel remembers (here the data of an epoll entry, and bytes
 * in a pipe) no tool sees: a known limit of all of them.
 *
 * EXPECT definite under=in_epoll blocks=1 bytes=101
 * EXPECT definite under=in_pipe blocks=1 bytes=103
 */
#include <sys/epoll.h>
#include "case.h"

OBJECT(in_epoll)
OBJECT(in_pipe)

STEP void hand_over(void)
{
    int ends[2], poll = epoll_create1(0);
    MUST(pipe(ends) == 0 && poll >= 0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = in_epoll(101)};
    MUST(epoll_ctl(poll, EPOLL_CTL_ADD, ends[0], &event) == 0);
    void *pointer = in_pipe(103);
    MUST(write(ends[1], &pointer, sizeof(pointer)) == sizeof(pointer));
    event.data.ptr = pointer = NULL;
    KEEP(&event);
    KEEP(&pointer);
}

int main(void)
{
    hand_over();
    forget();
    return 0;
}
