/* debug_info.c: address -> compilation unit -> function -> calls inlined there. Both steps go
 * through sorted tables made once, of the units of the object and, when a unit is first asked
 * for, of its functions: libdw's own searches need .debug_aranges, which clang does not write, and
 * read the whole unit for each address, which in a unit like sqlite3.c takes milliseconds. */
#include <dwarf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "debug_info.h"
#include "debug_names.h"
#include "object_checks.h"

struct span {
    uint64_t low, high; /* [low, high) */
    size_t index;       /* of the unit or function */
};

struct spans {
    struct span *items;
    size_t count, room;
};

struct unit {
    Dwarf_Die skeleton; /* has the lines */
    Dwarf_Die body;     /* has the functions; the same unless DWARF is split into .dwo files */
    bool is_read;       /* the tables below are filled */
    struct spans spans; /* index into functions */
    Dwarf_Die *functions;
    size_t function_count, function_room;
};

struct mt_debug_info {
    struct mt_debug_names *names;
    struct spans spans; /* index into units */
    struct unit *units;
    size_t unit_count, unit_room;
    unsigned steps_left;
};

/* Entries that are gone through in all, more than the units that a report needs can have. Entries
 * say where the next one is: damaged ones could lead around for ever. */
enum { STEPS_MAX = 1 << 26 };

/* Makes room for one more item; false where memory runs out. */
static bool grow(void *items, size_t item_bytes, size_t count, size_t *room)
{
    if (count < *room)
        return true;
    const size_t new_room = *room ? 2 * *room : 16;
    void *bigger = reallocarray(*(void **)items, new_room, item_bytes);
    if (!bigger)
        return false;
    *(void **)items = bigger;
    *room = new_room;
    return true;
}

/* ---- tables ---- */

static void add_spans(struct spans *spans, Dwarf_Die *die, size_t index)
{
    Dwarf_Addr base = 0, low, high;
    ptrdiff_t offset = 0;
    while ((offset = dwarf_ranges(die, offset, &base, &low, &high)) > 0) {
        /* Code that the linker threw away is said to be at 0, 1 or beyond all addresses. */
        if (low <= 1 || low >= high || high >= UINT64_MAX - 1)
            continue;
        if (!grow(&spans->items, sizeof *spans->items, spans->count, &spans->room))
            return;
        spans->items[spans->count++] = (struct span){low, high, index};
    }
}

static int compare_spans(const void *a, const void *b)
{
    const struct span *left = a, *right = b;
    if (left->low != right->low)
        return left->low < right->low ? -1 : 1;
    return left->high > right->high ? -1 : left->high < right->high; /* inner ones last */
}

static void sort_spans(struct spans *spans)
{
    if (spans->count)
        qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
}

/* The innermost span that covers `address`, or NULL. */
static const struct span *find_span(const struct spans *spans, uint64_t address)
{
    size_t low = 0, high = spans->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (spans->items[middle].low <= address)
            low = middle + 1;
        else
            high = middle;
    }
    /* Spans hardly ever overlap: what covers the address is the last one before it, or near. */
    for (size_t back = 0; back < 16 && low > back; back++) {
        if (address < spans->items[low - back - 1].high)
            return &spans->items[low - back - 1];
    }
    return NULL;
}

static const char *text_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    return dwarf_attr(die, name, &attribute) ? dwarf_formstring(&attribute) : NULL;
}

/* The file that a unit is kept in; NULL: it is here. libdw opens it when it is first asked for more
 * than the attributes of the skeleton that stands here. */
static const char *file_of_split(Dwarf_Die *skeleton)
{
    const char *name = text_of(skeleton, DW_AT_dwo_name);
    return name ? name : text_of(skeleton, DW_AT_GNU_dwo_name);
}

static void read_units(struct mt_debug_info *info, Dwarf *dwarf, const char *folder)
{
    Dwarf_CU *unit = NULL;
    uint8_t type;
    Dwarf_Die die, split;
    while (dwarf_get_units(dwarf, unit, &unit, NULL, &type, &die, NULL) == 0) {
        const char *file = type == DW_UT_skeleton ? file_of_split(&die) : NULL;
        if ((type != DW_UT_compile && type != DW_UT_skeleton) ||
            (file && !mt_object_may_follow(folder, text_of(&die, DW_AT_comp_dir), file)))
            continue;
        if (!grow(&info->units, sizeof *info->units, info->unit_count, &info->unit_room))
            break;
        const bool is_split =
            file && dwarf_cu_info(unit, NULL, NULL, NULL, &split, NULL, NULL, NULL) == 0 &&
            dwarf_tag(&split) != DW_TAG_invalid;
        info->units[info->unit_count] =
            (struct unit){.skeleton = die, .body = is_split ? split : die};
        add_spans(&info->spans, &die, info->unit_count++);
    }
    sort_spans(&info->spans);
}

static bool may_hold_functions(int tag)
{
    return tag == DW_TAG_namespace || tag == DW_TAG_module || tag == DW_TAG_class_type ||
           tag == DW_TAG_structure_type || tag == DW_TAG_union_type || tag == DW_TAG_subprogram ||
           tag == DW_TAG_lexical_block;
}

/* Goes to the next entry beside this one; false: there is none. */
static bool step(struct mt_debug_info *info, Dwarf_Die *die)
{
    if (info->steps_left == 0)
        return false;
    info->steps_left--;
    return dwarf_siblingof(die, die) == 0;
}

/* Depth first through what can contain functions. Nesting comes from the source, not from us: a
 * limit keeps damaged debug information from exhausting the stack. */
static void read_functions(struct mt_debug_info *info, struct unit *unit, Dwarf_Die *parent,
                           unsigned depth)
{
    Dwarf_Die die;
    if (depth > 200 || dwarf_child(parent, &die) != 0)
        return;
    do {
        const int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram && grow(&unit->functions, sizeof *unit->functions,
                                             unit->function_count, &unit->function_room)) {
            const size_t before = unit->spans.count;
            add_spans(&unit->spans, &die, unit->function_count);
            if (unit->spans.count > before)
                unit->functions[unit->function_count++] = die;
        }
        if (may_hold_functions(tag))
            read_functions(info, unit, &die, depth + 1);
    } while (step(info, &die));
}

/* ---- one address ---- */

/* The call or block directly inside `parent` that covers the address; false: none. */
static bool find_inner(struct mt_debug_info *info, Dwarf_Die *parent, uint64_t address,
                       Dwarf_Die *ret_die)
{
    Dwarf_Die die;
    if (dwarf_child(parent, &die) != 0)
        return false;
    do {
        const int tag = dwarf_tag(&die);
        if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_lexical_block ||
             tag == DW_TAG_try_block || tag == DW_TAG_catch_block) &&
            dwarf_haspc(&die, address) > 0) {
            *ret_die = die;
            return true;
        }
    } while (step(info, &die));
    return false;
}

static uint32_t number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;
    if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &value) != 0)
        return 0;
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

/* Where the call that `die` was inlined for stands. */
static void locate_call(struct unit *unit, Dwarf_Die *die, struct mt_call *call)
{
    Dwarf_Files *files;
    size_t count;
    if (dwarf_getsrcfiles(&unit->body, &files, &count) == 0)
        call->file = dwarf_filesrc(files, number_of(die, DW_AT_call_file), NULL, NULL);
    call->line = number_of(die, DW_AT_call_line);
}

static void locate_instruction(struct unit *unit, uint64_t address, struct mt_call *call)
{
    Dwarf_Line *line = dwarf_getsrc_die(&unit->skeleton, address);
    int number;
    if (!line || dwarf_lineno(line, &number) != 0)
        return;
    call->line = number > 0 ? (uint32_t)number : 0;
    call->file = dwarf_linesrc(line, NULL, NULL);
}

static const char *directory_of(struct unit *unit)
{
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(&unit->skeleton, DW_AT_comp_dir, &attribute)
               ? dwarf_formstring(&attribute)
               : NULL;
}

/* Fills `inlined` with the function and the calls inlined at the address, outermost first. */
static unsigned find_chain(struct mt_debug_info *info, struct unit *unit, uint64_t address,
                           Dwarf_Die chain[MT_CALLS_MAX])
{
    const struct span *span = find_span(&unit->spans, address);
    if (!span)
        return 0;
    Dwarf_Die die = unit->functions[span->index];
    unsigned count = 0;
    chain[count++] = die;
    for (unsigned depth = 0; depth < 1000 && count < MT_CALLS_MAX; depth++) {
        if (!find_inner(info, &die, address, &die))
            break;
        if (dwarf_tag(&die) == DW_TAG_inlined_subroutine)
            chain[count++] = die;
    }
    return count;
}

unsigned mt_debug_info_calls(struct mt_debug_info *info, uint64_t address,
                             struct mt_call calls[MT_CALLS_MAX])
{
    const struct span *span = find_span(&info->spans, address);
    if (!span)
        return 0;
    struct unit *unit = &info->units[span->index];
    if (!unit->is_read) {
        unit->is_read = true;
        read_functions(info, unit, &unit->body, 0);
        sort_spans(&unit->spans);
    }

    Dwarf_Die chain[MT_CALLS_MAX];
    const unsigned chain_count = find_chain(info, unit, address, chain);
    const unsigned count = chain_count ? chain_count : 1; /* without a function, only a line */
    const char *directory = directory_of(unit);
    for (unsigned i = 0; i < count; i++) {
        calls[i] = (struct mt_call){.directory = directory};
        if (chain_count)
            mt_debug_names_get(info->names, &unit->skeleton, &chain[count - 1 - i], &calls[i]);
        if (i == 0)
            locate_instruction(unit, address, &calls[i]);
        else
            locate_call(unit, &chain[count - i], &calls[i]);
    }
    return count;
}

struct mt_debug_info *mt_debug_info_create(Dwarf *dwarf, const char *folder)
{
    struct mt_debug_info *info = calloc(1, sizeof *info);
    if (!info || !(info->names = mt_debug_names_create())) {
        free(info);
        return NULL;
    }
    info->steps_left = STEPS_MAX;
    if (dwarf)
        read_units(info, dwarf, folder);
    return info;
}

void mt_debug_info_destroy(struct mt_debug_info *info)
{
    if (!info)
        return;
    for (size_t i = 0; i < info->unit_count; i++) {
        free(info->units[i].spans.items);
        free(info->units[i].functions);
    }
    mt_debug_names_destroy(info->names);
    free(info->units);
    free(info->spans.items);
    free(info);
}
