/* debug_names.c: from a function in the debug information to the name it is known by: the linker's
 * name where it has one, for that says everything; else, in languages with namespaces and classes,
 * the names of the scopes around its declaration put together. */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>
#include "debug_names.h"

/* A name that had to be put together. */
struct composed {
    struct composed *next;
    char name[];
};

struct mt_debug_names {
    struct composed *first;
};

static bool has_scoped_names(Dwarf_Die *unit)
{
    switch (dwarf_srclang(unit)) {
    case DW_LANG_C:
    case DW_LANG_C89:
    case DW_LANG_C99:
    case DW_LANG_C11:
    case DW_LANG_Mips_Assembler:
        return false;
    default:
        return true;
    }
}

/* The declaration behind a concrete or inlined function: what stands inside its class. */
static void find_declaration(Dwarf_Die *die)
{
    Dwarf_Attribute attribute;
    Dwarf_Die origin;
    for (int steps = 0; steps < 16; steps++) {
        if (!dwarf_attr(die, DW_AT_abstract_origin, &attribute) &&
            !dwarf_attr(die, DW_AT_specification, &attribute))
            return;
        if (!dwarf_formref_die(&attribute, &origin))
            return;
        *die = origin;
    }
}

/* "std::thread::thread<…>" from the scopes that the declaration stands in. GCC writes no linkage
 * names for what depends on a local type, such as a lambda. */
static const char *compose_name(struct mt_debug_names *names, Dwarf_Die *function)
{
    Dwarf_Die declaration = *function, *scopes;
    find_declaration(&declaration);
    const int count = dwarf_getscopes_die(&declaration, &scopes);
    if (count <= 0)
        return NULL;
    size_t bytes = 1;
    for (int i = 0; i < count - 1; i++) /* the last is the unit */
        bytes += strlen(dwarf_diename(&scopes[i]) ?: "") + 2;
    struct composed *composed = calloc(1, sizeof *composed + bytes);
    char *end = composed ? composed->name : NULL;
    for (int i = count - 2; end && i >= 0; i--) {
        const char *part = dwarf_diename(&scopes[i]);
        if (!part)
            continue;
        end = stpcpy(end, end > composed->name ? "::" : "");
        end = stpcpy(end, part);
    }
    free(scopes);
    if (!composed)
        return NULL;
    composed->next = names->first;
    names->first = composed;
    return composed->name;
}

void mt_debug_names_get(struct mt_debug_names *names, Dwarf_Die *unit, Dwarf_Die *die,
                        struct mt_call *call)
{
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(die, DW_AT_linkage_name, &attribute) ||
        dwarf_attr_integrate(die, DW_AT_MIPS_linkage_name, &attribute))
        call->symbol = dwarf_formstring(&attribute);
    if (call->symbol)
        return;
    call->is_source_name = has_scoped_names(unit);
    if (call->is_source_name)
        call->symbol = compose_name(names, die);
    if (!call->symbol)
        call->symbol = dwarf_diename(die);
}

struct mt_debug_names *mt_debug_names_create(void)
{
    return calloc(1, sizeof(struct mt_debug_names));
}

void mt_debug_names_destroy(struct mt_debug_names *names)
{
    if (!names)
        return;
    while (names->first) {
        struct composed *next = names->first->next;
        free(names->first);
        names->first = next;
    }
    free(names);
}
