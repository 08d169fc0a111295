/* mapping_where_the_loader_had_one.c: ld.so still has an address in the file that it mapped to find
 * libraries by, and has unmapped since. A mapping of the program's that comes to lie there is not
 * kept by that.
 *
 * EXPECT definite under=map_there mappings=1 bytes=8192
 * EXPECT indirect under=in_mapping blocks=1 bytes=103
 * DIFFERS valgrind in_mapping: reachable 1: mappings are always roots there, lost or not
 * DIFFERS lsan in_mapping: definite 1: it knows no mappings, and the block is lost either way
 */
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include "case.h"

OBJECT(in_mapping)

enum { PAGE = 4096 };

STEP void **map_there(uintptr_t page)
{
    void **mapping = mmap((void *)page, 2 * PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    return mapping == MAP_FAILED ? NULL : mapping;
}

/* The page of a word of ld.so's data, where a mapping can be made; the words as they are, so that
 * no copy of them stays anywhere. */
STEP void **map_at_word_of(const char *base, const ElfW(Phdr) * segment)
{
    const uintptr_t *words = (const uintptr_t *)(base + segment->p_vaddr);
    for (size_t i = 0; i < segment->p_memsz / sizeof *words; i++) {
        const uintptr_t page = words[i] & -(uintptr_t)PAGE;
        void **mapping = page >> 40 && !(page >> 47) ? map_there(page) : NULL;
        if (mapping)
            return mapping;
    }
    return NULL;
}

STEP void lose(void)
{
    const char *base = (const char *)getauxval(AT_BASE);
    const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)base;
    const ElfW(Phdr) *segments = (const ElfW(Phdr) *)(base + file->e_phoff);
    void **mapping = NULL;
    for (int i = 0; i < file->e_phnum && !mapping; i++)
        if (segments[i].p_type == PT_LOAD && segments[i].p_flags & PF_W)
            mapping = map_at_word_of(base, &segments[i]);
    mapping = mapping ? mapping : map_there((uintptr_t)0x200000000000); /* of no use there */
    MUST(mapping);
    mapping[10] = in_mapping(103);
}

int main(void)
{
    lose();
    forget();
    return 0;
}
