/* allocator_without_extensions.c: programs ask whether jemalloc's functions are there, by weak
 * symbols or dlsym, and take another way where they are not. The tracer brings none.
 *
 * EXPECT clean
 */
#include <dlfcn.h>
#include "victim.h"

void *mallocx(size_t size, int flags) __attribute__((weak));
void free_sized(void *block, size_t size) __attribute__((weak));

int main(void)
{
    say("mallocx: weak %s, dlsym %s\n", mallocx ? "yes" : "no",
        dlsym(RTLD_DEFAULT, "mallocx") ? "yes" : "no");
    say("sdallocx: dlsym %s\n", dlsym(RTLD_DEFAULT, "sdallocx") ? "yes" : "no");
    return 0;
}
