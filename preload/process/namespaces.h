/* namespaces.h: libraries that were loaded into namespaces of their own, by dlmopen or as auditors
 * of the loader (LD_AUDIT): they have a C library of their own, and what they allocate in it does
 * not come through the hooks. */
#ifndef MT_NAMESPACES_H
#define MT_NAMESPACES_H

/* Says in the trace that there were any. At the end of the process. */
void mt_namespaces_say(void);

#endif
