/* mapped_files.c: takes a descriptor, gives the number under which the trace names its file. The
 * name is what /proc/self/fd says (two to three microseconds); a file that fstat (a quarter of one)
 * knows by device, inode and time of change again is not asked for. The time tells a new file from
 * a removed one whose inode it got.
 *
 * Two tables of single words, so neither needs a lock: the files seen last, where a new one
 * overwrites an old one, and all names that are in the trace, which only grows, up to a bound. */
#include "mapped_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "facts.h"
#include "memory.h"
#include "process.h"
#include "sys.h"

enum {
    SEEN_SLOTS = 1024,
    NAME_SLOTS = 16384,
    NAMES_MAX = 8191, /* a program that maps more different files: theirs are not named */
    ID_BITS = 13,
    KIND_BITS = 3,
    PATH_BYTES = 1024, /* a hook may run on a stack of a few KiB; longer names are not kept */
    APPEND_TRIES = 64,
};

/* In wiped memory. */
struct mt_mapped_files {
    uint64_t seen[SEEN_SLOTS];  /* hash of what fstat says, id, kind; atomic */
    uint64_t names[NAME_SLOTS]; /* hash of the name, id; 0 free; atomic */
    uint32_t last_id;           /* atomic */
};

static struct mt_mapped_files *files(void)
{
    struct mt_mapped_files *present = __atomic_load_n(&mt_process->mapped_files, __ATOMIC_ACQUIRE);
    struct mt_mapped_files *made = present ? NULL : mt_map_wiped(sizeof *made);
    if (!made)
        return present;
    if (__atomic_compare_exchange_n(&mt_process->mapped_files, &present, made, 0, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE))
        return made;
    mt_unmap(made, sizeof *made);
    return present;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9fb21c651e98df25);
    return hash ^ hash >> 35;
}

static uint64_t hash_name(const char *name, size_t bytes)
{
    uint64_t hash = bytes;
    for (size_t i = 0; i < bytes; i++)
        hash = mix(hash, (unsigned char)name[i]);
    return hash;
}

static int begins_with(const char *text, const char *prefix)
{
    while (*prefix && *text == *prefix)
        text++, prefix++;
    return !*prefix;
}

static enum mt_mapping_kind kind_of(const char *name, int is_shared)
{
    if (begins_with(name, "/memfd:") || begins_with(name, "/dev/shm/"))
        return MT_MAPPING_SHARED;
    if (begins_with(name, "/dev/zero"))
        return is_shared ? MT_MAPPING_SHARED : MT_MAPPING_ANONYMOUS;
    return MT_MAPPING_FILE;
}

/* Says a new name in the trace. Another thread may be appending: it is done in a moment, unless it
 * is the one that this signal handler has interrupted. */
static int say(uint32_t id, const char *name, size_t bytes)
{
    const struct mt_file file = {.id = id};
    for (int i = 0; i < APPEND_TRIES; i++) {
        if (mt_fact_append(MT_FACT_FILE, &file, sizeof file, name, bytes))
            return 1;
        mt_sys(SYS_sched_yield);
    }
    return 0;
}

/* The id of a name, said in the trace if it is new; 0 when there is no room. */
static uint32_t id_of(struct mt_mapped_files *all, const char *name, size_t bytes)
{
    const uint64_t hash = hash_name(name, bytes);
    for (unsigned i = 0; i < NAME_SLOTS; i++) {
        uint64_t *slot = &all->names[((hash >> 40) + i) & (NAME_SLOTS - 1)];
        /* Acquire: the fact is in the trace. */
        const uint64_t word = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
        if (word && word >> ID_BITS == hash >> ID_BITS)
            return (uint32_t)(word & ((1 << ID_BITS) - 1));
        if (word)
            continue;
        if (__atomic_load_n(&all->last_id, __ATOMIC_RELAXED) >= NAMES_MAX)
            return 0;
        const uint32_t id = __atomic_add_fetch(&all->last_id, 1, __ATOMIC_RELAXED);
        if (id > NAMES_MAX || !say(id, name, bytes))
            return 0;
        /* Two threads with the same new file name it twice: no harm. */
        __atomic_store_n(slot, hash >> ID_BITS << ID_BITS | id, __ATOMIC_RELEASE);
        return id;
    }
    return 0;
}

static struct mt_mapped_file look_up(struct mt_mapped_files *all, int fd, int is_shared)
{
    char link[32] = "/proc/self/fd/", digits[12], name[PATH_BYTES];
    int at = 14, count = 0;
    for (unsigned rest = (unsigned)fd; rest || !count; rest /= 10)
        digits[count++] = (char)('0' + rest % 10);
    while (count)
        link[at++] = digits[--count];
    link[at] = '\0';
    const long length = mt_sys(SYS_readlinkat, AT_FDCWD, link, name, sizeof name);
    if (length <= 0 || length == sizeof name)
        return (struct mt_mapped_file){0, MT_MAPPING_FILE};
    name[length] = '\0';
    return (struct mt_mapped_file){id_of(all, name, (size_t)length), kind_of(name, is_shared)};
}

struct mt_mapped_file mt_mapped_file(int fd, int is_shared)
{
    struct mt_mapped_files *all = files();
    struct stat status;
    if (!all || mt_sys(SYS_fstat, fd, &status) != 0)
        return (struct mt_mapped_file){0, MT_MAPPING_FILE};
    uint64_t hash = mix(mix(status.st_dev, status.st_ino), (uint64_t)status.st_ctim.tv_sec);
    hash = mix(hash, (uint64_t)status.st_ctim.tv_nsec + ((uint64_t) !!is_shared << 32));
    uint64_t *slot = &all->seen[hash >> 50 & (SEEN_SLOTS - 1)];
    const uint64_t word = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    const unsigned low = ID_BITS + KIND_BITS;
    struct mt_mapped_file file;
    if (word && word >> low == hash >> low) {
        file = (struct mt_mapped_file){(uint32_t)(word & ((1 << ID_BITS) - 1)),
                                       (enum mt_mapping_kind)(word >> ID_BITS & 7)};
    } else {
        file = look_up(all, fd, is_shared);
        if (file.id)
            __atomic_store_n(slot, hash >> low << low | (uint64_t)file.kind << ID_BITS | file.id,
                             __ATOMIC_RELEASE);
    }
    return file;
}
