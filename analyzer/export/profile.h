/* profile.h: a pprof profile being built: the message as protobuf-c has it, and the tables in which
 * samples refer to what they share. */
#ifndef MT_PROFILE_H
#define MT_PROFILE_H

#include <stdbool.h>
#include "numbers.h"
#include "profile.pb-c.h"
#include "report.h"

struct mt_recent_location;

struct mt_profile {
    Pprof__Profile message; /* all it points to is malloc'ed */
    struct mt_numbers strings, functions, locations, mappings;
    struct mt_recent_location *recent; /* by address: most are asked for again and again */
    bool is_short;                     /* memory ran out: what there is is not whole */
};

/* Begins with the empty string and the program of `report`, as the format wants it. */
void mt_profile_begin(struct mt_profile *profile, const struct mt_report *report);
void mt_profile_finish(struct mt_profile *profile);

/* The index of a string. Made valid UTF-8; NULL is the empty one. */
int64_t mt_profile_string(struct mt_profile *profile, const char *text);

/* The id of the place that a node stands for, with its mapping, functions and lines. `process`
 * tells apart the same address in several processes. */
uint32_t mt_profile_location(struct mt_profile *profile, uint32_t process,
                             const struct mt_node *node, const struct mt_location *location);

/* Memory for something in the message: zeroed; NULL where it runs out, which is noted. */
void *mt_profile_new(struct mt_profile *profile, size_t bytes);

/* Appends to one of the message's lists (which doubles as it grows), and owns `item` from then on.
 */
#define MT_PROFILE_PUSH(profile, list, item)                                                       \
    mt_profile_push(profile, (void **)&(profile)->message.list, &(profile)->message.n_##list, item)
void mt_profile_push(struct mt_profile *profile, void **list, size_t *count, void *item);

#endif
