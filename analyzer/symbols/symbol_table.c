/* symbol_table.c: address -> symbol, by a sorted array that is made once: libdwfl's own search
 * reads the whole table for each address. Of several names for the same code the one that other
 * objects see is taken. A function without a size (assembler) reaches to the next function. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "symbol_table.h"

struct symbol {
    uint64_t address, end; /* end == address: its size is not known */
    const char *name;
    unsigned char binding;
};

struct mt_symbol_table {
    struct symbol *symbols;
    size_t count;
};

static bool is_wanted(const GElf_Sym *symbol, GElf_Word section, const char *name,
                      bool of_variables)
{
    const int type = GELF_ST_TYPE(symbol->st_info);
    if (!name || !name[0] || section == SHN_UNDEF || section == SHN_ABS)
        return false;
    if (of_variables)
        return type == STT_OBJECT && symbol->st_size > 0;
    return type == STT_FUNC || type == STT_GNU_IFUNC ||
           (type == STT_NOTYPE && symbol->st_size > 0);
}

/* Which of two bindings names code better: a lower one. */
static int rank(const struct symbol *symbol)
{
    return symbol->binding == STB_GLOBAL ? 0 : symbol->binding == STB_WEAK ? 1 : 2;
}

/* By address; the best name of an address first. */
static int compare_symbols(const void *a, const void *b)
{
    const struct symbol *left = a, *right = b;
    if (left->address != right->address)
        return left->address < right->address ? -1 : 1;
    if ((left->end > left->address) != (right->end > right->address))
        return left->end > left->address ? -1 : 1;
    if (rank(left) != rank(right))
        return rank(left) - rank(right);
    const size_t left_length = strlen(left->name), right_length = strlen(right->name);
    if (left_length != right_length)
        return left_length < right_length ? -1 : 1;
    return strcmp(left->name, right->name);
}

struct mt_symbol_table *mt_symbol_table_create(Dwfl_Module *module, bool of_variables)
{
    const int count = dwfl_module_getsymtab(module);
    struct mt_symbol_table *table = calloc(1, sizeof *table);
    if (!table || count <= 0)
        return table;
    table->symbols = calloc((size_t)count, sizeof *table->symbols);
    for (int i = 0; table->symbols && i < count; i++) {
        GElf_Sym symbol;
        GElf_Addr address;
        GElf_Word section;
        const char *name =
            dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);
        if (!is_wanted(&symbol, section, name, of_variables))
            continue;
        table->symbols[table->count++] = (struct symbol){
            .address = address,
            .end = address + symbol.st_size < address ? address : address + symbol.st_size,
            .name = name,
            .binding = GELF_ST_BIND(symbol.st_info),
        };
    }
    if (table->count)
        qsort(table->symbols, table->count, sizeof *table->symbols, compare_symbols);
    size_t kept = 0;
    for (size_t i = 0; i < table->count; i++) {
        if (kept == 0 || table->symbols[kept - 1].address != table->symbols[i].address)
            table->symbols[kept++] = table->symbols[i];
    }
    table->count = kept;
    return table;
}

void mt_symbol_table_destroy(struct mt_symbol_table *table)
{
    if (!table)
        return;
    free(table->symbols);
    free(table);
}

const char *mt_symbol_table_find(const struct mt_symbol_table *table, uint64_t address,
                                 uint64_t *ret_start)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (table->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    /* The nearest may be an inner label of a function that began before. */
    for (size_t back = 1; back <= low && back <= 16; back++) {
        const struct symbol *symbol = &table->symbols[low - back];
        const bool has_size = symbol->end > symbol->address;
        if (has_size ? address < symbol->end : back == 1) {
            if (ret_start)
                *ret_start = symbol->address;
            return symbol->name;
        }
    }
    return NULL;
}
