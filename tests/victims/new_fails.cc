/* new_fails.cc: an operator new that cannot: the new_handler is asked, bad_alloc is thrown through
 * our frames and caught, the nothrow form gives NULL. What the handler gives back is freed.
 *
 * EXPECT unfreed in=leak blocks=15 bytes=555
 * RUN valgrind=no
 */
#include <new>
#include "victim.h"

static char *reserve;
static int asked;

static void give_reserve()
{
    asked++;
    delete[] reserve;
    reserve = nullptr;
    std::set_new_handler(asked < 3 ? give_reserve : nullptr);
}

FRAME void leak()
{
    for (int i = 0; i < 5; i++)
        KEEP(new char[37]);
}

int main()
{
    volatile size_t huge = PTRDIFF_MAX;
    reserve = new char[4099];
    std::set_new_handler(give_reserve);
    int caught = 0;
    for (int i = 0; i < 3; i++) {
        try {
            KEEP(operator new(huge));
        } catch (const std::bad_alloc &) {
            caught++;
        }
        void *nothing = operator new(huge, std::nothrow);
        MUST(nothing == nullptr);
        leak();
    }
    say("handler asked %d times, bad_alloc caught %d times\n", asked, caught);
    return 0;
}
