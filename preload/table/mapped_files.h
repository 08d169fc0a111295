/* mapped_files.h: the names of the files that the program maps. */
#ifndef MT_MAPPED_FILES_H
#define MT_MAPPED_FILES_H

#include <stdint.h>
#include "memtrace/trace_format.h"

struct mt_mapped_files;

/* What a mapping of descriptor `fd` is. */
struct mt_mapped_file {
    uint32_t id; /* mt_file.id; 0 when its name cannot be had */
    enum mt_mapping_kind kind;
};

/* `is_shared`: by MAP_SHARED. Any thread, any time; one system call for a file that has not
 * changed since it was mapped last, two or three else. */
struct mt_mapped_file mt_mapped_file(int fd, int is_shared);

#endif
