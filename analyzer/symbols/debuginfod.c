/* debuginfod.c: a client of elfutils' libdebuginfod. Of debuginfod.h. The library is opened when it
 * is wanted: it brings libcurl with it, which would make every start of memtrace slower. */
#include "debuginfod.h"

#include <dlfcn.h>
#include <elfutils/debuginfod.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include "frames.h"
#include "printable.h"
#include "progress.h"

#define LIBRARY "libdebuginfod.so.1"

/* More than debug information comes to: a server that sends without end would fill the disk. */
#define FILE_BYTES_MAX (4L << 30)

typedef int find_file(debuginfod_client *client, const unsigned char *build_id, int bytes,
                      char **ret_path);

struct mt_debuginfod {
    debuginfod_client *client;
    find_file *find_debuginfo, *find_executable;
    void (*end)(debuginfod_client *client);
    uint64_t patience_ms;
    uint64_t deadline_ms; /* of the file that is being fetched */
    const char *path;     /* what it is for */
    bool is_given_up;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static struct mt_debuginfod *waiting; /* progress has no other way to know */

/* Called once a second or more often, with bytes of bytes or steps of none. Nonzero gives up. */
static int watch(debuginfod_client *client, long done, long total)
{
    (void)client;
    char what[64];
    snprintf(what, sizeof what, "fetching %.48s", mt_base_name(waiting->path));
    mt_make_printable(what);
    mt_progress_now(what, total > 0 ? (uint64_t)done : 0, total > 0 ? (uint64_t)total : 1);
    waiting->is_given_up = now_ms() >= waiting->deadline_ms || done > FILE_BYTES_MAX;
    return waiting->is_given_up;
}

static int fetch(struct mt_debuginfod *debuginfod, find_file *find, const struct mt_loaded *loaded)
{
    if (debuginfod->is_given_up || loaded->build_id_bytes == 0)
        return -1;
    debuginfod->path = loaded->path;
    debuginfod->deadline_ms = now_ms() + debuginfod->patience_ms;
    waiting = debuginfod;
    const int fd = find(debuginfod->client, loaded->build_id, loaded->build_id_bytes, NULL);
    debuginfod->is_given_up |= now_ms() >= debuginfod->deadline_ms;
    return fd < 0 ? -1 : fd;
}

int mt_debuginfod_debuginfo(struct mt_debuginfod *debuginfod, const struct mt_loaded *loaded)
{
    return debuginfod ? fetch(debuginfod, debuginfod->find_debuginfo, loaded) : -1;
}

int mt_debuginfod_executable(struct mt_debuginfod *debuginfod, const struct mt_loaded *loaded)
{
    return debuginfod ? fetch(debuginfod, debuginfod->find_executable, loaded) : -1;
}

/* The library's own limit for a file, unless the user has set one: from some version on (seen with
 * 0.196) it says nothing of its progress before a server has sent something. */
static void limit_library(uint64_t patience_ms)
{
    char seconds[24];
    snprintf(seconds, sizeof seconds, "%" PRIu64, (patience_ms + 999) / 1000);
    setenv("DEBUGINFOD_MAXTIME", seconds, 0);
}

static bool open_library(struct mt_debuginfod *debuginfod)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* for good: libcurl keeps memory */
    if (!library)
        return false;
    debuginfod_client *(*begin)(void) = NULL;
    void (*set_progress)(debuginfod_client * client, debuginfod_progressfn_t watch) = NULL;
    *(void **)&begin = dlsym(library, "debuginfod_begin");
    *(void **)&set_progress = dlsym(library, "debuginfod_set_progressfn");
    *(void **)&debuginfod->end = dlsym(library, "debuginfod_end");
    *(void **)&debuginfod->find_debuginfo = dlsym(library, "debuginfod_find_debuginfo");
    *(void **)&debuginfod->find_executable = dlsym(library, "debuginfod_find_executable");
    if (!begin || !set_progress || !debuginfod->end || !debuginfod->find_debuginfo ||
        !debuginfod->find_executable)
        return false;
    debuginfod->client = begin();
    if (debuginfod->client)
        set_progress(debuginfod->client, watch);
    return debuginfod->client != NULL;
}

int mt_debuginfod_create(uint64_t patience_ms, struct mt_debuginfod **ret_debuginfod,
                         struct mt_error *error)
{
    const char *urls = getenv("DEBUGINFOD_URLS");
    if (!urls || !*urls)
        return mt_fail(error, MT_USAGE,
                       "--debuginfod: DEBUGINFOD_URLS names no server (try: man debuginfod)");
    struct mt_debuginfod *debuginfod = calloc(1, sizeof *debuginfod);
    if (debuginfod)
        debuginfod->patience_ms = patience_ms;
    limit_library(patience_ms);
    if (!debuginfod || !open_library(debuginfod)) {
        mt_debuginfod_destroy(debuginfod);
        return mt_fail(error, MT_USAGE,
                       "--debuginfod: %s cannot be used (try: install libdebuginfod)", LIBRARY);
    }
    *ret_debuginfod = debuginfod;
    return MT_OK;
}

void mt_debuginfod_destroy(struct mt_debuginfod *debuginfod)
{
    if (!debuginfod)
        return;
    if (debuginfod->client)
        debuginfod->end(debuginfod->client);
    free(debuginfod);
}
