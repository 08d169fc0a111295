/* namespaces.c: counts what the loader tells debuggers: one structure for each namespace that there
 * has ever been, in memory of its own that it never gives back. What is in them is not looked at:
 * another thread may just be closing it. */
#include "namespaces.h"

#include <link.h>
#include "facts.h"
#include "line.h"

extern struct r_debug _r_debug;

/* Beside the program's own. */
static unsigned count(void)
{
    unsigned others = 0;
    if (_r_debug.r_version < 2) /* glibc says so once there is a second one */
        return 0;
    for (const struct r_debug_extended *other = ((struct r_debug_extended *)&_r_debug)->r_next;
         other; other = other->r_next)
        others++;
    return others;
}

void mt_namespaces_say(void)
{
    const unsigned others = count();
    struct mt_line line;
    if (!others)
        return;
    mt_line_start(&line);
    mt_line_add(&line, "libraries were loaded into ");
    mt_line_add_number(&line, others);
    mt_line_add(&line, others == 1 ? " namespace" : " namespaces");
    mt_line_add(&line, " of their own (dlmopen, LD_AUDIT): what they allocate there does not come "
                       "through the tracer");
    mt_fact_append(MT_FACT_LIMIT, line.text, line.length, NULL, 0);
}
