/* object.h: an ELF object on this machine that is known to be the one a trace names, opened with
 * its debug information. */
#ifndef MT_OBJECT_H
#define MT_OBJECT_H

#include <elfutils/libdwfl.h>
#include <limits.h>
#include <stddef.h>
#include "debuginfod.h"
#include "trace.h"

enum { MT_OBJECT_ROOTS = 2, MT_OBJECT_NAME_SIZE = 128 };

struct mt_object_search {
    const char *roots[MT_OBJECT_ROOTS]; /* folders, in this order, before the machine itself; NULL:
                                           none. Not owned */
    struct mt_debuginfod *debuginfod;   /* NULL: is not asked. Not owned */
};

/* Addresses given to `module` are those in the file (p_vaddr): it is reported without bias. */
struct mt_object {
    Dwfl *dwfl;
    Dwfl_Module *module;
    const struct mt_object_search *search;
    const struct mt_loaded *loaded;
    char folder[PATH_MAX]; /* that the debug information lies in, absolute; mt_object_dwarf sets it
                            */
    char *debug_path;      /* where libdwfl looks for debug files; see its debuginfo_path */
    Dwfl_Callbacks callbacks;
    Dwarf
        *shared; /* debug information that the object's refers to; NULL: none, or libdw found it */
    int shared_fd;
};

/* Opens what `loaded` names: below the roots first, then where it was, then its debug file alone,
 * found by build-id, then what a debuginfod server has. Returns 0 and fills *ret_object
 * (mt_object_close), which stays where it is and outlives neither `search` nor `loaded`; or -1 and
 * the reason in `reason`. */
int mt_object_open(const struct mt_loaded *loaded, const struct mt_object_search *search,
                   struct mt_object *ret_object, char *reason, size_t reason_size);
void mt_object_close(struct mt_object *object); /* zeroed is fine */

/* Its debug information, NULL where there is none; owned by the object. `ret_bias`: address in the
 * object minus address there. */
Dwarf *mt_object_dwarf(struct mt_object *object, Dwarf_Addr *ret_bias);

/* What several debug files share is kept in a file of its own (dwz). Returns a descriptor of the
 * one that `dwarf` refers to, with its path and the name under which it is found by build-id; -1:
 * there is none, or it was not found. */
int mt_object_find_shared(const struct mt_object_search *search, Dwarf *dwarf, char *path,
                          size_t size, char debug_name[MT_OBJECT_NAME_SIZE]);

/* Where debug files are found by build-id: "/usr/lib/debug/.build-id/ab/cdef….debug". */
void mt_object_debug_name(const void *build_id, size_t bytes, char path[MT_OBJECT_NAME_SIZE]);

#endif
