/* freed_late.c: what handlers of atexit and on_exit and a destructor free was never lost; what they
 * make and drop is.
 *
 * EXPECT definite under=lost_in_handler blocks=1 bytes=101
 * EXPECT definite under=lost_in_destructor blocks=1 bytes=103
 */
#include "case.h"

OBJECT(freed)
OBJECT(lost_in_handler)
OBJECT(lost_in_destructor)

static void *for_handler, *for_destructor;

static void handle(void)
{
    free(for_handler);
    for_handler = NULL;
    lost_in_handler(101);
    forget();
}

static void handle_argument(int status, void *argument)
{
    KEEP(&status);
    free(argument);
}

__attribute__((destructor)) static void destruct(void)
{
    free(for_destructor);
    for_destructor = NULL;
    lost_in_destructor(103);
    forget();
}

int main(void)
{
    for_handler = freed(107);
    for_destructor = freed(109);
    MUST(atexit(handle) == 0 && on_exit(handle_argument, freed(113)) == 0);
    forget();
    return 0;
}
