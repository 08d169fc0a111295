/* rebind.h: makes other objects' symbol tables name the hooks. See rebind.c. */
#ifndef MT_REBIND_H
#define MT_REBIND_H

/* The malloc family in libc's table. From the constructor. */
void mt_rebind_libc(void);

/* jemalloc's extensions, in the table of the allocator that has them. Runs by itself before the
 * executable is bound; called from the constructor so that the linker keeps it. */
void mt_rebind_jemalloc(void);

#endif
