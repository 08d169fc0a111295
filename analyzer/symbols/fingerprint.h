/* fingerprint.h: what a site is recognised by in another run, another build, another machine. */
#ifndef MT_FINGERPRINT_H
#define MT_FINGERPRINT_H

#include "sites.h"
#include "symbols.h"

/* The fingerprint of the objects of `kind` with this stack; see fingerprint.c for what it is made
 * of. Equal for sites that cannot be told apart in the source. */
uint64_t mt_fingerprint(const struct mt_trace *trace, struct mt_symbols *symbols, enum mt_kind kind,
                        uint32_t stack);

enum {
    MT_FINGERPRINT_VERSION = 1, /* goes up when the same site would get another fingerprint */
    MT_FINGERPRINT_FRAMES = 8,
};

/* What mt_fingerprint makes of the names of the frames that it takes, innermost first. */
uint64_t mt_fingerprint_of_names(enum mt_kind kind, const char *const *names, size_t count);

/* The fingerprint of a group, from its name. */
uint64_t mt_fingerprint_of_name(enum mt_kind kind, const char *name);

#endif
