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
#include "sys.h"

enum { PAGE = 4096 };

/* What mprotect is to be told of a page that was read-only. A small library that keeps its tables
 * in one segment with its code (ld -z noseparate-code) may have both in the page. Libraries are
 * linked at 0: their load address is where their ELF header lies. */
static int protection_of(const struct link_map *object, const ElfW(Sym) * entry)
{
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)object->l_addr;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(object->l_addr + header->e_phoff);
    for (int i = 0; i < header->e_phnum; i++, segment++)
        if (segment->p_type == PT_LOAD && segment->p_flags & PF_X &&
            (uintptr_t)entry - object->l_addr - segment->p_vaddr < segment->p_memsz)
            return PROT_READ | PROT_EXEC;
    return PROT_READ;
}

static void set_value(const ElfW(Sym) * entry, ElfW(Addr) value, int protection)
{
    ElfW(Addr) *at = (ElfW(Addr) *)&entry->st_value;
    const uintptr_t start = (uintptr_t)at & ~(uintptr_t)(PAGE - 1);
    const uintptr_t bytes = (uintptr_t)(at + 1) - start;
    if (mt_sys(SYS_mprotect, start, bytes, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
    mt_sys(SYS_mprotect, start, bytes, protection);
}

static void rebind(const struct link_map *object, const char *name, const void *hook)
{
    const struct mt_symbol theirs = mt_elf_find_in(object, name);
    if (theirs.entry)
        set_value(theirs.entry, (ElfW(Addr))hook - object->l_addr,
                  protection_of(object, theirs.entry));
}

void mt_rebind_libc(void)
{
    const struct link_map *self = mt_elf_self();
    if (!mt_allocator.is_glibc || mt_allocator.is_foreign || !self)
        return;
    const struct link_map *libc = mt_elf_find_after(self, "malloc").object;
#define X(name, type, parameters) rebind(libc, #name, mt_elf_find_in(self, #name).address);
    MT_HOOKS_C(X)
    if (mt_elf_find_in(libc, "mmap").address == (void *)mt_real.mmap) {
        MT_HOOKS_MAPPING(X)
    }
    if (mt_elf_find_in(libc, "pthread_create").address == (void *)mt_real.pthread_create) {
        MT_HOOKS_THREAD(X)
    }
#undef X
}

static void nothing(void)
{
}

/* An IFUNC resolver of our own: ld.so runs it as the last of this library's relocations, which is
 * after those of all libraries and before those of the executable. */
static void (*rebind_before_executable(void))(void)
{
    if (mt_hooks_ready() && mt_real.mallocx) {
        const struct link_map *owner = mt_elf_find_after(mt_elf_self(), "mallocx").object;
#define X(name, type, parameters) rebind(owner, #name, (const void *)mt_hook_##name);
        MT_HOOKS_JEMALLOC(X)
#undef X
    }
    return nothing;
}

static void resolved(void) __attribute__((ifunc("rebind_before_executable")));

void mt_rebind_jemalloc(void)
{
    resolved();
}
