/* symbol_table.h: the functions, or the variables, that the symbol tables of an ELF object name. */
#ifndef MT_SYMBOL_TABLE_H
#define MT_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

struct mt_symbol_table;

/* Reads what libdwfl finds: .symtab of the object or of its debug file, .gnu_debugdata, else
 * .dynsym. Names are libelf's: `module` must outlive the table. NULL where memory runs out. */
struct mt_symbol_table *mt_symbol_table_create(Dwfl_Module *module, bool of_variables);
void mt_symbol_table_destroy(struct mt_symbol_table *table); /* NULL is fine */

/* The symbol of the function or variable that covers `address`, and where that begins (`ret_start`
 * may be NULL); NULL: none is known to. */
const char *mt_symbol_table_find(const struct mt_symbol_table *table, uint64_t address,
                                 uint64_t *ret_start);

#endif
