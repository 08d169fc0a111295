/* oracle.c: opens libunwind, and stops using it. See oracle.h. */
#include "oracle.h"

#include <fcntl.h>
#include <sys/stat.h>
#include "loader.h"
#include "options.h"
#include "oracle_parts.h"
#include "sys.h"

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

struct mt_libunwind mt_libunwind;

void *mt_oracle_library(void)
{
    return mt_libunwind.library;
}

/* ---- accessors that have nothing to give ---- */

static void put_unwind_info(unw_addr_space_t space, unw_proc_info_t *info, void *argument)
{
    (void)space;
    (void)info;
    (void)argument;
}

static int get_dyn_info_list_addr(unw_addr_space_t space, unw_word_t *address, void *argument)
{
    (void)space;
    (void)address;
    (void)argument;
    return -UNW_ENOINFO;
}

static int access_fpreg(unw_addr_space_t space, unw_regnum_t number, unw_fpreg_t *value, int write,
                        void *argument)
{
    (void)space;
    (void)number;
    (void)value;
    (void)write;
    (void)argument;
    return -UNW_EBADREG;
}

/* ---- start and stop ---- */

int mt_oracle_is_ready(void)
{
    return mt_libunwind.is_ready;
}

void mt_oracle_stop(void)
{
    mt_libunwind.is_ready = 0;
}

static unw_addr_space_t make_space(const struct mt_oracle_access *access)
{
    /* Copied by what is loaded, which may be newer than the header that we know and have more
     * accessors (1.8 has get_elf_filename, 1.6 does not): those are NULL. */
    union {
        unw_accessors_t known;
        void *room[4 * sizeof(unw_accessors_t) / sizeof(void *)];
    } accessors = {.room = {NULL}};
    accessors.known = (unw_accessors_t){
        .find_proc_info = access->find_proc_info,
        .put_unwind_info = put_unwind_info,
        .get_dyn_info_list_addr = get_dyn_info_list_addr,
        .access_mem = access->access_mem,
        .access_reg = access->access_reg,
        .access_fpreg = access_fpreg,
    };
    unw_addr_space_t space = mt_libunwind.create_addr_space(&accessors.known, 0);
    /* Its cache would go wrong when code is unloaded; the rules are our cache. */
    if (space)
        mt_libunwind.set_caching_policy(space, UNW_CACHE_NONE);
    return space;
}

/* libunwind's first use opens a pipe, with which accessors other than ours find out whether memory
 * can be read. A program must find its descriptors as without us: the pipe, which is given the two
 * lowest free numbers, is closed again. Only the walk that option verify compares with needs it. */
static int expect_pipe(int ends[2])
{
    if (mt_options.verify || mt_sys(SYS_pipe2, ends, O_CLOEXEC) != 0)
        return 0;
    mt_sys(SYS_close, ends[0]);
    mt_sys(SYS_close, ends[1]);
    return 1;
}

static void close_pipe(const int ends[2])
{
    struct stat first, second;
    if (mt_sys(SYS_fstat, ends[0], &first) != 0 || mt_sys(SYS_fstat, ends[1], &second) != 0 ||
        !S_ISFIFO(first.st_mode) || first.st_ino != second.st_ino)
        return;
    mt_sys(SYS_close, ends[0]);
    mt_sys(SYS_close, ends[1]);
}

int mt_oracle_start(void)
{
    if (!mt_loader.open)
        return 0;
    void *library = mt_loader.open(MT_UNWINDER, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!library)
        return 0;
    mt_libunwind.library = library;
    mt_oracle_redirect_calls(library);
    int missing = 0;
#define X(name, symbol)                                                                            \
    missing += !(mt_libunwind.name = mt_loader.find_symbol(library, TEXT(symbol)));
    MT_ORACLE_FUNCTIONS(X)
#undef X
    missing += !(mt_libunwind.search =
                     mt_loader.find_symbol(library, TEXT(UNW_OBJ(dwarf_search_unwind_table))));
    if (missing)
        return 0;
    int pipe_ends[2];
    const int opens_pipe = expect_pipe(pipe_ends);
    mt_libunwind.probes = make_space(&mt_oracle_probe_access);
    if (opens_pipe)
        close_pipe(pipe_ends);
    mt_libunwind.stacks = make_space(&mt_oracle_walk_access);
    mt_libunwind.is_ready = mt_libunwind.probes && mt_libunwind.stacks;
    return mt_libunwind.is_ready;
}
