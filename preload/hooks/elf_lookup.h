/* elf_lookup.h: finds functions in the loaded objects by reading their symbol tables. dlsym takes
 * the loader's locks and may allocate; hooks need the real functions while ld.so is still at work.
 */
#ifndef MT_ELF_LOOKUP_H
#define MT_ELF_LOOKUP_H

#include <link.h>
#include <stddef.h>
#include <stdint.h>

struct mt_symbol {
    void *address;                 /* NULL: not defined there */
    size_t bytes;                  /* size of the function, 0 unknown */
    const struct link_map *object; /* who defines it */
    const ElfW(Sym) * entry;       /* its place in that object's symbol table */
};

/* The definition of `name` that the program would find without us: searches the objects after
 * `start` in load order, which at start-up is the order of RTLD_NEXT. The list must not change
 * meanwhile: call it only while the process has one thread, from the first hook or the constructor.
 */
struct mt_symbol mt_elf_find_after(const struct link_map *start, const char *name);

/* The same for a variable. */
struct mt_symbol mt_elf_find_data_after(const struct link_map *start, const char *name);

/* The same in one object. */
struct mt_symbol mt_elf_find_in(const struct link_map *object, const char *name);

/* The head of the list (the executable), and ourselves in it; NULL before our relocation. */
const struct link_map *mt_elf_first(void);
const struct link_map *mt_elf_self(void);

/* Where a library lies, from its ELF header on; zeros where that is not known. One that is linked to
 * an address of its own does not lie at l_addr, which is how far it is away from there. */
struct mt_elf_range {
    uintptr_t start, end;
};
struct mt_elf_range mt_elf_range_of(const struct link_map *object);

/* The same of the library around `inside` that lies at l_addr `start`. */
struct mt_elf_range mt_elf_range_around(const void *inside, uintptr_t start);

/* First address after our own code; 0 until mt_elf_self has been called. */
extern uintptr_t mt_elf_own_end;

#endif
