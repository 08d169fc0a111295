/* children_off_other_preloads.c: with children=off the tracer leaves the environment of children,
 * and the other libraries that are to be preloaded there stay.
 *
 * EXPECT any
 * EXPECT process.end=any
 * EXPECT children=1
 * RUN options=children=off
 * RUN valgrind=no
 */
#include <link.h>
#include "victim.h"

static char names[4096];

static int find_tracer(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size, (void)unused;
    if (strstr(info->dlpi_name, "libmemtrace"))
        snprintf(names, sizeof(names), "%s:", info->dlpi_name);
    return 0;
}

int main(int count, char **arguments)
{
    if (count > 1) {
        say("preloaded in children: %s\n", getenv("LD_PRELOAD"));
        return 0;
    }
    dl_iterate_phdr(find_tracer, NULL);
    strcat(names, "libm.so.6");
    setenv("LD_PRELOAD", names, 1);
    execl("/proc/self/exe", arguments[0], "again", (char *)NULL);
    return 1;
}
