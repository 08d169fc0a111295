/* rebind.c: calls that would pass the hooks by. A plugin opened with RTLD_DEEPBIND looks symbols up
 * in its own dependencies first, so its free is libc's, and every block that the program hands to
 * it would look like a leak; so does dlsym(handle of libc, "free"), as Python's ctypes uses it. The
 * entries of the malloc family in this process's copy of libc's symbol table are therefore made to
 * name the hooks, which call libc's functions as ever. What has been bound before is not touched.
 *
 * Only where the program's malloc is libc's: another allocator behind us (or another tool's hooks)
 * may itself look for libc's malloc and would find us in a circle. */
#include "rebind.h"

#include <stdint.h>
#include <sys/mman.h>
#include "elf_lookup.h"
#include "hooks.h"
#include "sys.h"

enum { PAGE = 4096 };

static void set_value(const ElfW(Sym) * entry, ElfW(Addr) value)
{
    ElfW(Addr) *at = (ElfW(Addr) *)&entry->st_value;
    const uintptr_t start = (uintptr_t)at & ~(uintptr_t)(PAGE - 1);
    const uintptr_t bytes = (uintptr_t)(at + 1) - start;
    if (mt_sys(SYS_mprotect, start, bytes, PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(at, value, __ATOMIC_RELAXED);
    mt_sys(SYS_mprotect, start, bytes, PROT_READ);
}

void mt_rebind_libc(void)
{
    const struct link_map *self = mt_elf_self();
    if (!mt_allocator.is_glibc || mt_allocator.is_foreign || !self)
        return;
    const struct link_map *libc = mt_elf_find_after(self, "malloc").object;
#define X(name, type, parameters)                                                                  \
    {                                                                                              \
        const struct mt_symbol theirs = mt_elf_find_in(libc, #name);                               \
        const struct mt_symbol ours = mt_elf_find_in(self, #name);                                 \
        if (theirs.entry && ours.address)                                                          \
            set_value(theirs.entry, (ElfW(Addr))ours.address - libc->l_addr);                      \
    }
    MT_HOOKS_C(X)
#undef X
}
