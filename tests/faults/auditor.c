/* auditor.c: watches the loader (rtld-audit(7)), allocates in its own C library while it does so,
 * and has every call of a function go through it once. */
#include <link.h>
#include <stdlib.h>

unsigned int la_version(unsigned int version)
{
    free(malloc(67));
    return version;
}

unsigned int la_objopen(struct link_map *object, Lmid_t space, uintptr_t *cookie)
{
    (void)object;
    (void)space;
    (void)cookie;
    free(malloc(71));
    return LA_FLG_BINDTO | LA_FLG_BINDFROM;
}

uintptr_t la_symbind64(Elf64_Sym *symbol, unsigned int number, uintptr_t *from, uintptr_t *to,
                       unsigned int *flags, const char *name)
{
    (void)number;
    (void)from;
    (void)to;
    (void)flags;
    (void)name;
    free(malloc(73));
    return symbol->st_value;
}
