/* callers.c: takes a return address, says whether the call is the program's. The objects that are
 * not the program are few and stay loaded, so their ranges are compared one by one. */
#include "callers.h"

#include "elf_lookup.h"
#include "nodes.h"
#include "real.h"

enum { OBJECTS_MAX = 8, OWN_MAX = 8 };

static struct mt_elf_range others[OBJECTS_MAX];
static unsigned other_count;

/* The functions of an allocator that is part of the executable. */
static struct mt_elf_range own[OWN_MAX];
static unsigned own_count;

extern struct r_debug _r_debug;
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

static void exclude(struct mt_elf_range range)
{
    const unsigned at = other_count;
    if (at == OBJECTS_MAX)
        return;
    others[at] = range;
    /* Release: who sees the count sees the range. */
    __atomic_store_n(&other_count, at + 1, __ATOMIC_RELEASE);
}

void mt_callers_exclude(const struct link_map *object)
{
    if (object && object != mt_elf_first()) /* the executable is never meant */
        exclude(mt_elf_range_of(object));
}

static void learn_own_allocator(void)
{
    static const char *const names[] = {"malloc",         "calloc",   "realloc",      "free",
                                        "posix_memalign", "memalign", "aligned_alloc"};
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        const struct mt_symbol function = mt_elf_find_in(mt_elf_first(), names[i]);
        const uintptr_t start = (uintptr_t)function.address;
        if (start)
            own[own_count++] = (struct mt_elf_range){start, start + function.bytes};
    }
}

void mt_callers_start(void)
{
    /* An allocator's other half may be the object that has another of these. */
    static const char *const theirs[] = {"malloc", "gnu_get_libc_version", "pthread_create"};
    const struct link_map *self = mt_elf_self(), *seen[3] = {0};
    exclude(mt_elf_range_around(&__ehdr_start, (uintptr_t)&__ehdr_start));
    if (_r_debug.r_ldbase)
        exclude(mt_elf_range_around((const void *)_r_debug.r_ldbase, _r_debug.r_ldbase));
    for (unsigned i = 0; i < 3; i++) {
        seen[i] = mt_elf_find_after(self, theirs[i]).object;
        if ((i < 1 || seen[i] != seen[0]) && (i < 2 || seen[i] != seen[1]))
            mt_callers_exclude(seen[i]);
    }
    if (mt_allocator.is_foreign)
        learn_own_allocator();
}

static int lies_in(const struct mt_elf_range *range, uintptr_t pc)
{
    return pc - range->start < range->end - range->start;
}

int mt_caller_is_program(uintptr_t pc)
{
    const unsigned count = __atomic_load_n(&other_count, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count; i++)
        if (lies_in(&others[i], pc))
            return 0;
    return 1;
}

int mt_caller_is_own_allocator(uint32_t stack)
{
    while (own_count && stack) {
        const struct mt_node *node = mt_node_at(stack);
        for (unsigned i = 0; i < own_count; i++)
            if (lies_in(&own[i], node->pc - 1))
                return 1;
        stack = node->parent;
    }
    return 0;
}
