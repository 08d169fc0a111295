/* rebind.h: see rebind.c. */
#ifndef MT_REBIND_H
#define MT_REBIND_H

/* Makes lookups of the C family in libc's own symbol table find the hooks. Constructor only. */
void mt_rebind_libc(void);

#endif
