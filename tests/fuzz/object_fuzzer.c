/* object_fuzzer.c: an input is an ELF object that a trace names. Its debug information and symbols
 * are asked for addresses all over it. */
#include <string.h>
#include "debug_info.h"
#include "fuzzer.h"
#include "object.h"
#include "symbol_table.h"

enum { STEPS = 64 };

static volatile size_t read_bytes;

static void read_text(const char *text)
{
    if (text)
        read_bytes += strlen(text);
}

static void ask(struct mt_debug_info *info, const struct mt_symbol_table *table, uint64_t address)
{
    struct mt_call calls[MT_CALLS_MAX] = {0};
    uint64_t start = 0;
    const unsigned count = mt_debug_info_calls(info, address, calls);
    MUST(count <= MT_CALLS_MAX);
    for (unsigned i = 0; i < count; i++) {
        read_text(calls[i].symbol);
        read_text(calls[i].file);
        read_text(calls[i].directory);
    }
    const char *symbol = mt_symbol_table_find(table, address, &start);
    read_text(symbol);
    MUST(!symbol || start <= address);
}

static void ask_all(struct mt_object *object)
{
    Dwarf_Addr bias = 0, start = 0, end = 0;
    Dwarf *dwarf = mt_object_dwarf(object, &bias);
    struct mt_debug_info *info = mt_debug_info_create(dwarf, object->folder);
    struct mt_symbol_table *functions = mt_symbol_table_create(object->module, false);
    struct mt_symbol_table *variables = mt_symbol_table_create(object->module, true);
    MUST(info && functions && variables);
    dwfl_module_info(object->module, NULL, &start, &end, NULL, NULL, NULL, NULL);
    for (uint64_t i = 0; i < STEPS; i++) {
        ask(info, functions, start + (end - start) / STEPS * i);
        ask(info, variables, 0x1000 + 16 * i);
    }
    mt_symbol_table_destroy(variables);
    mt_symbol_table_destroy(functions);
    mt_debug_info_destroy(info);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct mt_loaded loaded = {.id = 1, .path = mt_input_file(data, size)};
    const struct mt_object_search search = {0};
    struct mt_object object;
    char reason[256] = "";
    if (mt_object_open(&loaded, &search, &object, reason, sizeof reason) == 0) {
        ask_all(&object);
        mt_object_close(&object);
    } else {
        MUST(reason[0]);
    }
    return 0;
}
