/* hash.h: uthash's tables, which say so where memory runs out as one grows; its own way is to end
 * the program without a word. */
#ifndef MT_HASH_H
#define MT_HASH_H

#include "error.h"

#define uthash_fatal(what) mt_end_for_memory()
#include <uthash.h>

#endif
