/* identity.h: who a process is, for its trace. */
#ifndef MT_IDENTITY_H
#define MT_IDENTITY_H

/* Finds it out, once for an image, while the program has not written over it yet. Returns the name
 * of the executable without its folders, for as long as the image lives; "-" where nobody knows it.
 */
const char *mt_identity_find(void);

/* Says it in the trace, which is new. `forked`: its process goes on from a parent's. */
void mt_identity_say(int forked);

#endif
