/* real.c: which functions stand behind the hooks. Looks each name up in the objects that come
 * after this library, as RTLD_NEXT would: the program's jemalloc or tcmalloc is found before libc,
 * and a function that its allocator lacks comes from where the program would have had it from. */
#include "real.h"

#include "callers.h"
#include "clock.h"
#include "elf_lookup.h"
#include "loader.h"

struct mt_real mt_real, mt_found;
struct mt_allocator mt_allocator;

static int is_libc(const struct link_map *object)
{
    return mt_elf_find_in(object, "gnu_get_libc_version").address != NULL;
}

/* Whether a library that ld.so asks before us defines malloc (LD_PRELOAD=libjemalloc.so:ours). */
static int is_shadowed(const struct link_map *self)
{
    const struct link_map *first = mt_elf_first();
    return !mt_elf_find_in(first, "malloc").address &&
           mt_elf_find_after(first, "malloc").object != self;
}

static void describe_allocator(const struct link_map *self, const struct link_map *owner)
{
    mt_allocator.path = owner->l_name;
    mt_allocator.is_glibc = is_libc(owner);
    mt_allocator.is_shadowed = is_shadowed(self);
    mt_allocator.is_foreign =
        mt_allocator.is_shadowed || mt_elf_find_in(mt_elf_first(), "malloc").address != NULL;
}

int mt_real_is_allocators(const char *symbol)
{
    const struct link_map *self = mt_elf_self();
    const struct mt_symbol of_name = mt_elf_find_after(self, symbol);
    return of_name.address && !mt_allocator.is_glibc &&
           of_name.object == mt_elf_find_after(self, "malloc").object;
}

int mt_real_find(void)
{
    const struct link_map *self = mt_elf_self();
    if (!self)
        return 0;
    const struct mt_symbol owner = mt_elf_find_after(self, "malloc");
    if (!owner.address)
        return 0;
    describe_allocator(self, owner.object);

    struct mt_real found;
#define X(name, type, parameters) found.name = mt_elf_find_after(self, #name).address;
    MT_HOOKS_C(X)
    MT_HOOKS_JEMALLOC(X)
    MT_HOOKS_PROCESS(X)
    MT_HOOKS_MAPPING(X)
    MT_HOOKS_THREAD(X)
    MT_HOOKS_SIGNAL(X)
#undef X
#define X(name, symbol, function, declared, passed)                                                \
    found.name = mt_elf_find_after(self, #symbol).address;
    MT_HOOKS_NEW(X)
    MT_HOOKS_DELETE(X)
#undef X
    mt_clock_find();
    mt_loader_find();
    mt_callers_start();
    mt_found = found;
    mt_real = found;
    return 1;
}
