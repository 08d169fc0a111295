/* rebind.c: calls that exported hooks do not catch. The entries of functions in this process's copy
 * of another object's symbol table are made to name the hooks, which call the object's functions as
 * ever. Whatever is bound afterwards finds them; what has been bound before is not touched.
 *
 * libc: a plugin opened with RTLD_DEEPBIND looks symbols up in its own dependencies first, so its
 * free is libc's, and every block that the program hands to it would look like a leak; so does
 * dlsym(handle of libc, "free"), as Python's ctypes uses it; and the same of munmap. Only where the
 * program's malloc is libc's: another allocator behind us (or another tool's hooks) may itself look
 * for libc's malloc and would find us in a circle.
 *
 * jemalloc: programs ask by weak symbols whether mallocx is there, so we must not export it where
 * it is not. Its entries are changed before the executable is bound to them. */
#include "rebind.h"

#include <stdint.h>
#include <sys/mman.h>
#include "elf_lookup.h"
#include "hooks.h"
#include "page.h"
#include "sys.h"

enum { CHANGES_MAX = 64 };

/* What mprotect is to be told of a page that was read-only. A small library that keeps its tables
 * in one segment with its code (ld -z noseparate-code) may have both in the page. */
static int protection_of(const struct link_map *object, const ElfW(Sym) * entry)
{
    const uintptr_t start = mt_elf_range_of(object).start;
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)start;
    if (!start)
        return PROT_READ | PROT_EXEC;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(start + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++, segment++)
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X &&
            (uintptr_t)entry - object->l_addr - segment->p_vaddr < segment->p_memsz)
            return PROT_READ | PROT_EXEC;
    return PROT_READ;
}

/* What is to be changed in one object's symbol table. */
struct changes {
    const struct link_map *object;
    struct {
        const ElfW(Sym) * entry;
        ElfW(Addr) value;
    } at[CHANGES_MAX];
    int count;
};

static void add(struct changes *changes, const char *name, const void *hook)
{
    const struct mt_symbol theirs = mt_elf_find_in(changes->object, name);
    if (!theirs.entry || changes->count == CHANGES_MAX)
        return;
    changes->at[changes->count].entry = theirs.entry;
    changes->at[changes->count++].value = (ElfW(Addr))hook - changes->object->l_addr;
}

/* The pages between the first entry and the last are made writable all at once: page by page, this
 * was a seventh of what the tracer costs a short process. */
static void apply(const struct changes *changes)
{
    uintptr_t low = UINTPTR_MAX, high = 0;
    for (int i = 0; i < changes->count; i++) {
        const uintptr_t at = (uintptr_t)&changes->at[i].entry->st_value;
        low = at < low ? at : low;
        high = at > high ? at : high;
    }
    const uintptr_t start = mt_page_down(low), bytes = high + sizeof(ElfW(Addr)) - start;
    if (!changes->count || mt_sys(SYS_mprotect, start, bytes, PROT_READ | PROT_WRITE) != 0)
        return;
    for (int i = 0; i < changes->count; i++)
        __atomic_store_n((ElfW(Addr) *)&changes->at[i].entry->st_value, changes->at[i].value,
                         __ATOMIC_RELAXED);
    mt_sys(SYS_mprotect, start, bytes, protection_of(changes->object, changes->at[0].entry));
}

void mt_rebind_libc(void)
{
    const struct link_map *self = mt_elf_self();
    if (!mt_allocator.is_glibc || mt_allocator.is_foreign || !self)
        return;
    const struct link_map *libc = mt_elf_find_after(self, "malloc").object;
    struct changes changes = {.object = libc};
#define X(name, type, parameters) add(&changes, #name, mt_elf_find_in(self, #name).address);
    MT_HOOKS_C(X)
    if (mt_elf_find_in(libc, "mmap").address == (void *)mt_real.mmap) {
        MT_HOOKS_MAPPING(X)
    }
    if (mt_elf_find_in(libc, "pthread_create").address == (void *)mt_real.pthread_create) {
        MT_HOOKS_THREAD(X)
    }
#undef X
    apply(&changes);
}

static void nothing(void)
{
}

/* An IFUNC resolver of our own: ld.so runs it as the last of this library's relocations, which is
 * after those of all libraries and before those of the executable. */
static __attribute__((used)) void (*rebind_before_executable(void))(void)
{
    if (mt_hooks_ready() && mt_real.mallocx) {
        struct changes changes = {.object = mt_elf_find_after(mt_elf_self(), "mallocx").object};
#define X(name, type, parameters) add(&changes, #name, (const void *)mt_hook_##name);
        MT_HOOKS_JEMALLOC(X)
#undef X
        apply(&changes);
    }
    return nothing;
}

static void resolved(void) __attribute__((ifunc("rebind_before_executable")));

void mt_rebind_jemalloc(void)
{
    resolved();
}
