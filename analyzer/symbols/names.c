/* names.c: symbol -> struct mt_name, a hash table. Demangling a C++ name takes microseconds and
 * stacks repeat the same few thousand functions millions of times. */
#include <stdlib.h>
#include <string.h>
#include "demangle.h"
#include "drain.h"
#include "hash.h"
#include "names.h"
#include "site_name.h"

struct entry {
    char *symbol;
    struct mt_name name;
    UT_hash_handle hh;
};

struct mt_names {
    struct entry *entries;
};

struct mt_names *mt_names_create(void)
{
    return calloc(1, sizeof(struct mt_names));
}

static void free_entry(struct entry *entry)
{
    free(entry->symbol);
    free((char *)entry->name.full);
    free((char *)entry->name.brief);
    free(entry);
}

void mt_names_destroy(struct mt_names *names)
{
    if (!names)
        return;
    struct entry *entry, *next;
    MT_DRAIN(names->entries, entry, next)
    {
        free_entry(entry);
    }
    free(names);
}

/* Replaces each `from` in `text` by the shorter `to`. */
static void replace_all(char *text, const char *from, const char *to)
{
    for (char *at = text; (at = strstr(at, from));) {
        char *rest = at + strlen(from);
        at = stpcpy(at, to);
        memmove(at, rest, strlen(rest) + 1);
    }
}

/* The end of the template argument that begins at `text`: its comma, or the bracket after it. */
static char *end_of_argument(char *text)
{
    int depth = 0;
    for (; *text; text++) {
        if (depth == 0 && (*text == ',' || *text == '>'))
            break;
        depth += *text == '<' || *text == '(';
        depth -= *text == '>' || *text == ')';
    }
    return text;
}

/* Takes out arguments that templates of the standard library have by default: compilers write them
 * in the linker's names and leave them out of the debug information. */
static void drop_defaults(char *name)
{
    static const char *const defaults[] = {", std::allocator<", ", std::char_traits<",
                                           ", std::less<",      ", std::equal_to<",
                                           ", std::hash<",      ", std::default_delete<"};
    for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
        for (char *at = name; (at = strstr(at, defaults[i]));) {
            const char *end = end_of_argument(at + 2);
            memmove(at, end, strlen(end) + 1);
        }
}

/* Writes names of the standard library as programmers do, without the namespaces that libraries
 * put their versions in: a rebuild with another library or compiler must not change the names. */
static void simplify(char *name)
{
    replace_all(name, "std::__cxx11::", "std::");
    replace_all(name, "std::__1::", "std::");
    drop_defaults(name);
    replace_all(name, " >", ">");
    replace_all(name, "std::basic_string<char>", "std::string");
}

static struct entry *create_entry(const char *symbol)
{
    struct entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->symbol = strdup(symbol);
    entry->name.full = mt_demangle(symbol, true);
    entry->name.brief = mt_demangle(symbol, false);
    if (!entry->symbol || !entry->name.full || !entry->name.brief) {
        free_entry(entry);
        return NULL;
    }
    entry->name.symbol = entry->symbol;
    simplify((char *)entry->name.brief);
    entry->name.is_allocator = mt_is_allocator_name(entry->name.brief);
    return entry;
}

const struct mt_name *mt_names_get(struct mt_names *names, const char *symbol)
{
    struct entry *entry;
    HASH_FIND_STR(names->entries, symbol, entry);
    if (!entry) {
        entry = create_entry(symbol);
        if (!entry)
            return NULL;
        HASH_ADD_KEYPTR(hh, names->entries, entry->symbol, strlen(entry->symbol), entry);
    }
    return &entry->name;
}
