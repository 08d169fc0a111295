/* built.h: from a trace that was built to a file in memory, and to the same trace opened. */
#ifndef MT_BUILT_H
#define MT_BUILT_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "trace.h"
#include "trace_builder.h"
#include "unit.h"

enum { MT_BUILT_PATH_BYTES = 32 };

/* Saves the first `bytes` of it in a file in memory, and destroys the builder. Returns a descriptor
 * of the file, which `path` names as long as it is open. */
static inline int mt_save_cut(struct trace_builder *builder, uint64_t bytes,
                              char path[MT_BUILT_PATH_BYTES])
{
    int fd = memfd_create("built.mtrace", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    snprintf(path, MT_BUILT_PATH_BYTES, "/proc/self/fd/%d", fd);
    mt_builder_save_cut(builder, path, bytes);
    mt_builder_destroy(builder);
    return fd;
}

/* The same for the whole of it. */
static inline int mt_save_built(struct trace_builder *builder, char path[MT_BUILT_PATH_BYTES])
{
    return mt_save_cut(builder, mt_builder_bytes(builder), path);
}

/* Opens the first `bytes` of it, and destroys the builder. Returns what mt_trace_open does. */
static inline int mt_open_cut(struct trace_builder *builder, uint64_t bytes,
                              struct mt_trace **ret_trace, struct mt_error *error)
{
    char path[MT_BUILT_PATH_BYTES];
    int fd = mt_save_cut(builder, bytes, path);
    int status = mt_trace_open(path, ret_trace, error);
    close(fd);
    return status;
}

/* The same for a whole trace that must open. */
static inline struct mt_trace *mt_open_built(struct trace_builder *builder)
{
    struct mt_trace *trace = NULL;
    struct mt_error error = {0};
    int status = mt_open_cut(builder, mt_builder_bytes(builder), &trace, &error);
    ck_assert_msg(status == MT_OK, "%s", error.text);
    return trace;
}

#endif
