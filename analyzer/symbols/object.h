/* object.h: an ELF object on this machine that is known to be the one a trace names, opened with
 * its debug information. */
#ifndef MT_OBJECT_H
#define MT_OBJECT_H

#include <elfutils/libdwfl.h>
#include <stddef.h>
#include "trace.h"

/* Addresses given to `module` are those in the file (p_vaddr): it is reported without bias. */
struct mt_object {
    Dwfl *dwfl;
    Dwfl_Module *module;
    char *debug_path; /* where libdwfl looks for debug files; see its debuginfo_path */
    Dwfl_Callbacks callbacks;
};

/* Opens what `loaded` names: below `sysroot` (NULL: nowhere) first, then where it was, then its
 * debug file alone, found by build-id. Returns 0 and fills *ret_object (mt_object_close), or -1
 * and the reason in `reason`. */
int mt_object_open(const struct mt_loaded *loaded, const char *sysroot,
                   struct mt_object *ret_object, char *reason, size_t reason_size);
void mt_object_close(struct mt_object *object); /* zeroed is fine */

#endif
