/* elf_lookup.c: symbol lookup in loaded objects through their dynamic sections (System V ABI, and
 * the GNU hash table as in binutils' and glibc's sources). Takes a name, gives an address. */
#include "elf_lookup.h"

#include <dlfcn.h>
#include <stdint.h>
#include "loader.h"

extern struct r_debug _r_debug;
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

struct tables {
    const ElfW(Sym) * symbols;
    const char *names;
    const uint32_t *gnu_hash;
    const uint32_t *sysv_hash;
    unsigned type; /* STT_* of what is looked for */
};

/* ld.so has relocated the addresses in most dynamic sections, but not in the vDSO's. */
static const void *address_in(const struct link_map *object, ElfW(Addr) value)
{
    return (const void *)(value < object->l_addr ? value + object->l_addr : value);
}

static struct tables tables_of(const struct link_map *object)
{
    struct tables tables = {0};
    for (const ElfW(Dyn) *d = object->l_ld; d && d->d_tag != DT_NULL; d++) {
        if (d->d_tag == DT_SYMTAB)
            tables.symbols = address_in(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_STRTAB)
            tables.names = address_in(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_GNU_HASH)
            tables.gnu_hash = address_in(object, d->d_un.d_ptr);
        else if (d->d_tag == DT_HASH)
            tables.sysv_hash = address_in(object, d->d_un.d_ptr);
    }
    return tables;
}

static int same_name(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static int defines(const struct tables *tables, const ElfW(Sym) * symbol, const char *name)
{
    const unsigned type = symbol->st_info & 15;
    return symbol->st_shndx != SHN_UNDEF && symbol->st_value != 0 && type == tables->type &&
           same_name(tables->names + symbol->st_name, name);
}

static const ElfW(Sym) * find_by_gnu_hash(const struct tables *tables, const char *name)
{
    uint32_t hash = 5381;
    for (const char *c = name; *c; c++)
        hash = hash * 33 + (unsigned char)*c;

    const uint32_t *table = tables->gnu_hash;
    const uint32_t bucket_count = table[0], first = table[1], bloom_words = table[2];
    const ElfW(Addr) *bloom = (const ElfW(Addr) *)(table + 4);
    const uint32_t *buckets = (const uint32_t *)(bloom + bloom_words);
    const uint32_t *chain = buckets + bucket_count;
    if (bucket_count == 0)
        return NULL;
    uint32_t i = buckets[hash % bucket_count];
    if (i < first)
        return NULL;
    for (;; i++) {
        const uint32_t entry = chain[i - first];
        if ((entry | 1) == (hash | 1) && defines(tables, tables->symbols + i, name))
            return tables->symbols + i;
        if (entry & 1)
            return NULL;
    }
}

static const ElfW(Sym) * find_by_sysv_hash(const struct tables *tables, const char *name)
{
    uint32_t hash = 0;
    for (const char *c = name; *c; c++) {
        hash = (hash << 4) + (unsigned char)*c;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    const uint32_t *table = tables->sysv_hash;
    const uint32_t bucket_count = table[0];
    const uint32_t *buckets = table + 2, *chain = buckets + bucket_count;
    if (bucket_count == 0)
        return NULL;
    for (uint32_t i = buckets[hash % bucket_count]; i; i = chain[i])
        if (defines(tables, tables->symbols + i, name))
            return tables->symbols + i;
    return NULL;
}

static struct mt_symbol find_in(const struct link_map *object, const char *name, unsigned type)
{
    struct tables tables = tables_of(object);
    tables.type = type;
    const ElfW(Sym) *symbol = NULL;
    if (tables.symbols && tables.names) {
        if (tables.gnu_hash)
            symbol = find_by_gnu_hash(&tables, name);
        else if (tables.sysv_hash)
            symbol = find_by_sysv_hash(&tables, name);
    }
    if (!symbol)
        return (struct mt_symbol){0};
    return (struct mt_symbol){(void *)(object->l_addr + symbol->st_value), symbol->st_size, object,
                              symbol};
}

struct mt_symbol mt_elf_find_in(const struct link_map *object, const char *name)
{
    return find_in(object, name, STT_FUNC);
}

static struct mt_symbol find_after(const struct link_map *start, const char *name, unsigned type)
{
    for (const struct link_map *object = start->l_next; object; object = object->l_next) {
        const struct mt_symbol symbol = find_in(object, name, type);
        if (symbol.address)
            return symbol;
    }
    return (struct mt_symbol){0};
}

struct mt_symbol mt_elf_find_after(const struct link_map *start, const char *name)
{
    return find_after(start, name, STT_FUNC);
}

struct mt_symbol mt_elf_find_data_after(const struct link_map *start, const char *name)
{
    return find_after(start, name, STT_OBJECT);
}

const struct link_map *mt_elf_first(void)
{
    return _r_debug.r_map;
}

uintptr_t mt_elf_own_end;

static uintptr_t find_own_end(void)
{
    const uintptr_t start = (uintptr_t)&__ehdr_start;
    const ElfW(Phdr) *header = (const ElfW(Phdr) *)(start + __ehdr_start.e_phoff);
    uintptr_t end = start;
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++)
        if (header[i].p_type == PT_LOAD && header[i].p_flags & PF_X)
            end = start + header[i].p_vaddr + header[i].p_memsz;
    return end;
}

const struct link_map *mt_elf_self(void)
{
    mt_elf_own_end = find_own_end();
    for (const struct link_map *object = mt_elf_first(); object; object = object->l_next)
        if (object->l_addr == (ElfW(Addr)) & __ehdr_start)
            return object;
    return NULL;
}

/* By glibc's own table; without it a library is taken to be linked at 0, as all are that nobody has
 * meddled with. */
struct mt_elf_range mt_elf_range_around(const void *inside, uintptr_t start)
{
    struct dl_find_object found;
    if (mt_loader.find_object && mt_loader.find_object((void *)inside, &found) == 0)
        return (struct mt_elf_range){(uintptr_t)found.dlfo_map_start,
                                     (uintptr_t)found.dlfo_map_end};
    if (mt_loader.find_object || !start)
        return (struct mt_elf_range){0, 0};
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)start;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(start + header->e_phoff);
    uintptr_t end = start;
    for (unsigned i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD)
            end = start + segment[i].p_vaddr + segment[i].p_memsz;
    return (struct mt_elf_range){start, end};
}

struct mt_elf_range mt_elf_range_of(const struct link_map *object)
{
    const struct mt_elf_range range = mt_elf_range_around(object->l_ld, object->l_addr);
    /* ld.so knows an object with gaps between its segments (aarch64's) by each of them; the first
     * has the header, at l_addr but of objects that are linked to an address of their own. */
    const struct mt_elf_range first =
        object->l_addr && range.start > object->l_addr
            ? mt_elf_range_around((const void *)object->l_addr, object->l_addr)
            : (struct mt_elf_range){0, 0};
    return first.start ? first : range;
}
