/* oracle_calls.c: what libunwind asks the kernel for goes through the tracer's own door (sys.h):
 * the program may be under a filter that kills for a call that it never makes itself. Takes the
 * library as it is loaded, and puts functions of ours into its table of functions that it imports.
 *
 * Signals are held whenever libunwind runs (serial.h), so that what it does about them is not
 * needed: two system calls less for each of its locks, and SIGBUS as it has to be (signals.h). */
#include <link.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include "oracle_parts.h"
#include "page.h"
#include "sys.h"

#if defined(__x86_64__)
enum { JUMP_SLOT = R_X86_64_JUMP_SLOT, DATA_SLOT = R_X86_64_GLOB_DAT };
#else
enum { JUMP_SLOT = R_AARCH64_JUMP_SLOT, DATA_SLOT = R_AARCH64_GLOB_DAT };
#endif

/* ---- what it calls ---- */

static int said(long result)
{
    return mt_sys_failed(result) ? -1 : (int)result;
}

static int set_mask(int how, const sigset_t *set, sigset_t *ret_before)
{
    (void)how;
    (void)set;
    if (ret_before)
        memset(ret_before, 0, sizeof *ret_before);
    return 0;
}

static int ask_in_core(void *address, size_t bytes, unsigned char *ret_pages)
{
    return said(mt_sys(SYS_mincore, address, bytes, ret_pages));
}

static int synchronise(void *address, size_t bytes, int flags)
{
    return said(mt_sys(SYS_msync, address, bytes, flags));
}

static void *map(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    const long at = mt_sys(SYS_mmap, address, bytes, protection, flags, fd, offset);
    return mt_sys_failed(at) ? MAP_FAILED : (void *)at;
}

static int unmap(void *address, size_t bytes)
{
    return said(mt_sys(SYS_munmap, address, bytes));
}

static int make_pipe(int ends[2], int flags)
{
    return said(mt_sys(SYS_pipe2, ends, flags));
}

static const struct {
    const char *name;
    const void *ours;
} calls[] = {
    {"sigprocmask", (const void *)set_mask}, {"mincore", (const void *)ask_in_core},
    {"msync", (const void *)synchronise},    {"mmap", (const void *)map},
    {"munmap", (const void *)unmap},         {"pipe2", (const void *)make_pipe},
};

/* ---- its table ---- */

/* What of a library's dynamic section says where its imports are. */
struct imports {
    const ElfW(Sym) * symbols;
    const char *names;
    struct {
        const ElfW(Rela) * at;
        size_t bytes;
    } jumps, data;
};

static struct imports imports_of(const struct link_map *library)
{
    struct imports imports = {0};
    for (const ElfW(Dyn) *d = library->l_ld; d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB)
            imports.symbols = (const void *)d->d_un.d_ptr;
        else if (d->d_tag == DT_STRTAB)
            imports.names = (const void *)d->d_un.d_ptr;
        else if (d->d_tag == DT_JMPREL)
            imports.jumps.at = (const void *)d->d_un.d_ptr;
        else if (d->d_tag == DT_PLTRELSZ)
            imports.jumps.bytes = d->d_un.d_val;
        else if (d->d_tag == DT_RELA)
            imports.data.at = (const void *)d->d_un.d_ptr;
        else if (d->d_tag == DT_RELASZ)
            imports.data.bytes = d->d_un.d_val;
    }
    return imports;
}

/* The page may have been made read-only when the library was bound; it stays open then. */
static void put(const void **slot, const void *ours)
{
    const uintptr_t page = mt_page_down((uintptr_t)slot);
    if (mt_sys(SYS_mprotect, page, mt_page_bytes(), PROT_READ | PROT_WRITE) == 0)
        *slot = ours;
}

static void redirect(const struct link_map *library, const struct imports *imports,
                     const ElfW(Rela) * at, size_t bytes)
{
    for (size_t i = 0; at && i < bytes / sizeof *at; i++) {
        const unsigned type = ELF64_R_TYPE(at[i].r_info);
        if (type != JUMP_SLOT && type != DATA_SLOT)
            continue;
        const char *name = imports->names + imports->symbols[ELF64_R_SYM(at[i].r_info)].st_name;
        for (unsigned j = 0; j < sizeof calls / sizeof *calls; j++)
            if (strcmp(name, calls[j].name) == 0)
                put((const void **)(library->l_addr + at[i].r_offset), calls[j].ours);
    }
}

void mt_oracle_redirect_calls(const struct link_map *library)
{
    const struct imports imports = imports_of(library);
    if (!imports.symbols || !imports.names)
        return;
    redirect(library, &imports, imports.jumps.at, imports.jumps.bytes);
    redirect(library, &imports, imports.data.at, imports.data.bytes);
}
