/* symbols.c: node -> location. An address belongs to a module of the trace; modules with the same
 * file (a library that was closed and opened again) share one object; an object is opened when its
 * first address is asked for. What is found is kept per object and address, so a trace's millions
 * of frames cost as many debug information searches as there are distinct call sites. */
#include <stdlib.h>
#include <string.h>
#include "debug_info.h"
#include "debuginfod.h"
#include "drain.h"
#include "hash.h"
#include "names.h"
#include "object.h"
#include "perf_map.h"
#include "symbol_table.h"
#include "symbols.h"
#include "unpack.h"

enum { IDENTITY_SIZE = 8192, RECENT_COUNT = 1 << 15 };

/* An ELF object, for all modules of the trace that are loads of it. */
struct source {
    const struct mt_loaded *loaded; /* the first of them */
    bool is_opened;                 /* or failed to */
    struct mt_object object;
    struct mt_debug_info *debug_info;
    struct mt_symbol_table *symbol_table;
    struct mt_symbol_table *variables; /* NULL: not asked for yet */
    Dwarf_Addr debug_bias; /* address in the object minus address in its debug information */
    UT_hash_handle hh;
    char identity[];
};

struct location_key {
    const struct source *source; /* NULL: no module */
    uint64_t offset;
    uint64_t is_exact;
};

struct location_entry {
    struct location_key key;
    struct mt_location location;
    UT_hash_handle hh;
};

/* What was found of a call: a report goes through each stack several times, and the stacks of a
 * program lead through the same few thousand calls millions of times. */
struct recent {
    uint64_t pc;
    uint32_t module;
    bool is_exact;
    const struct mt_location *location; /* NULL: nothing yet */
};

struct mt_symbols {
    const struct mt_trace *trace;
    char *pack_root; /* where the trace's pack has files; NULL: it came in none */
    struct mt_object_search search;
    struct mt_perf_map *perf_map; /* NULL: none */
    struct mt_names *names;
    struct source *sources;
    struct source **by_module; /* by mt_loaded.id; NULL: not asked for yet */
    unsigned module_count;
    struct location_entry *locations;
    struct recent recent[RECENT_COUNT]; /* by pc */
    char **notes;
    size_t note_count;
};

static const struct mt_frame unknown_frame;
static const struct mt_location unknown_location = {.frames = &unknown_frame, .frame_count = 1};

/* ---- sources ---- */

/* What tells one file from another: the build-id, then the path. Returns its length. */
static size_t identify(const struct mt_loaded *loaded, char identity[IDENTITY_SIZE])
{
    const size_t path_bytes = strnlen(loaded->path, IDENTITY_SIZE - sizeof loaded->build_id);
    memcpy(identity, loaded->build_id, loaded->build_id_bytes);
    memcpy(identity + loaded->build_id_bytes, loaded->path, path_bytes);
    return loaded->build_id_bytes + path_bytes;
}

static struct source *find_source(struct mt_symbols *symbols, uint32_t module_id)
{
    const struct mt_loaded *loaded = mt_trace_module(symbols->trace, module_id);
    if (!loaded || module_id > symbols->module_count)
        return NULL;
    struct source **slot = &symbols->by_module[module_id];
    struct source *source = *slot;
    if (source)
        return source;
    char identity[IDENTITY_SIZE];
    const size_t bytes = identify(loaded, identity);
    HASH_FIND(hh, symbols->sources, identity, bytes, source);
    if (!source) {
        source = calloc(1, sizeof *source + bytes);
        if (!source)
            return NULL;
        source->loaded = loaded;
        memcpy(source->identity, identity, bytes);
        HASH_ADD(hh, symbols->sources, identity, bytes, source);
    }
    *slot = source;
    return source;
}

static void add_note(struct mt_symbols *symbols, const char *path, const char *reason)
{
    char **notes = reallocarray(symbols->notes, symbols->note_count + 1, sizeof *notes);
    char *note = NULL;
    if (notes)
        symbols->notes = notes;
    if (notes && asprintf(&note, "%s %s: its frames have no names", path, reason) >= 0)
        symbols->notes[symbols->note_count++] = note;
}

static void open_source(struct mt_symbols *symbols, struct source *source)
{
    source->is_opened = true;
    if (source->loaded->flags & MT_MODULE_VDSO)
        return; /* exists in memory only */
    char reason[256];
    if (mt_object_open(source->loaded, &symbols->search, &source->object, reason, sizeof reason) !=
        0) {
        add_note(symbols, source->loaded->path, reason);
        return;
    }
    Dwarf *dwarf = mt_object_dwarf(&source->object, &source->debug_bias);
    source->debug_info = mt_debug_info_create(dwarf, source->object.folder);
    source->symbol_table = mt_symbol_table_create(source->object.module, false);
}

/* ---- locations ---- */

/* The part of `file` below `directory`, or all of it. */
static const char *shorten(const char *file, const char *directory)
{
    const size_t length = directory ? strlen(directory) : 0;
    if (file && length > 1 && strncmp(file, directory, length) == 0 && file[length] == '/')
        file += length + 1;
    while (file && file[0] == '.' && file[1] == '/')
        file += 2;
    return file;
}

static void fill_frames(struct mt_symbols *symbols, const struct mt_call *calls,
                        struct mt_frame *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const bool has_line = calls[i].file && calls[i].line;
        frames[i] = (struct mt_frame){
            .function = calls[i].symbol ? mt_names_get(symbols->names, calls[i].symbol) : NULL,
            .file = has_line ? shorten(calls[i].file, calls[i].directory) : NULL,
            .directory = has_line ? calls[i].directory : NULL,
            .line = has_line ? calls[i].line : 0,
            .is_inlined = i + 1 < count,
        };
    }
}

static void describe(struct mt_symbols *symbols, const struct source *source, uint64_t address,
                     struct mt_location *location)
{
    struct mt_call calls[MT_CALLS_MAX] = {0};
    unsigned count = 0;
    if (source->debug_info)
        count = mt_debug_info_calls(source->debug_info, address - source->debug_bias, calls);
    if (count == 0)
        count = 1;
    struct mt_call *function = &calls[count - 1];
    if ((!function->symbol || function->is_source_name) && source->symbol_table) {
        const char *symbol = mt_symbol_table_find(source->symbol_table, address, NULL);
        if (symbol)
            function->symbol = symbol;
    }

    struct mt_frame *frames = calloc(count, sizeof *frames);
    if (!frames)
        return;
    fill_frames(symbols, calls, frames, count);
    location->frames = frames;
    location->frame_count = count;
}

/* Code of no module has the name that its compiler gave it. */
static void describe_generated(struct mt_symbols *symbols, uint64_t address,
                               struct mt_location *location)
{
    const char *name = mt_perf_map_find(symbols->perf_map, address);
    struct mt_frame *frame = name ? calloc(1, sizeof *frame) : NULL;
    if (!frame)
        return;
    frame->function = mt_names_get(symbols->names, name);
    location->frames = frame;
}

static struct location_entry *create_location(struct mt_symbols *symbols,
                                              const struct location_key *key, struct source *source)
{
    struct location_entry *entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    entry->key = *key;
    entry->location = unknown_location;
    entry->location.offset = key->offset;
    if (source) {
        entry->location.module = source->loaded;
        if (!source->is_opened)
            open_source(symbols, source);
        describe(symbols, source, key->offset - !key->is_exact, &entry->location);
    } else {
        describe_generated(symbols, key->offset - !key->is_exact, &entry->location);
    }
    HASH_ADD(hh, symbols->locations, key, sizeof entry->key, entry);
    return entry;
}

static const struct mt_location *find_location(struct mt_symbols *symbols,
                                               const struct mt_node *node)
{
    struct source *source = find_source(symbols, node->module);
    const uint64_t bias = source ? mt_trace_module(symbols->trace, node->module)->bias : 0;
    const struct location_key key = {
        .source = source,
        .offset = node->pc - bias,
        .is_exact = (node->flags & MT_NODE_EXACT_PC) != 0,
    };
    struct location_entry *entry;
    /* clang-analyzer 14 takes bytes of a field that was set as a whole for unset.
     * NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
    HASH_FIND(hh, symbols->locations, &key, sizeof key, entry);
    if (!entry)
        entry = create_location(symbols, &key, source);
    return entry ? &entry->location : &unknown_location;
}

/* Spreads addresses that lie close together, or a power of two apart (Fibonacci hashing). */
static size_t mix(uint64_t pc)
{
    return (size_t)(pc * UINT64_C(0x9e3779b97f4a7c15) >> 40);
}

const struct mt_location *mt_symbols_locate(struct mt_symbols *symbols, const struct mt_node *node)
{
    const bool is_exact = (node->flags & MT_NODE_EXACT_PC) != 0;
    struct recent *recent = &symbols->recent[mix(node->pc) % RECENT_COUNT];
    if (!recent->location || recent->pc != node->pc || recent->module != node->module ||
        recent->is_exact != is_exact)
        *recent = (struct recent){node->pc, node->module, is_exact, find_location(symbols, node)};
    return recent->location;
}

/* The module that lies at `address`, the latest where several did in turn. */
static const struct mt_loaded *module_at(const struct mt_trace *trace, uint64_t address)
{
    for (uint32_t id = mt_trace_module_count(trace); id > 0; id--) {
        const struct mt_loaded *module = mt_trace_module(trace, id);
        if (module && address >= module->start && address < module->end)
            return module;
    }
    return NULL;
}

bool mt_symbols_find_data(struct mt_symbols *symbols, uint64_t address,
                          struct mt_place_of_data *ret_place)
{
    const struct mt_loaded *module = module_at(symbols->trace, address);
    struct source *source = module ? find_source(symbols, module->id) : NULL;
    if (!source)
        return false;
    *ret_place = (struct mt_place_of_data){.module = module, .offset = address - module->bias};
    if (!source->is_opened)
        open_source(symbols, source);
    if (!source->variables && source->object.module)
        source->variables = mt_symbol_table_create(source->object.module, true);
    uint64_t start;
    const char *symbol = source->variables
                             ? mt_symbol_table_find(source->variables, ret_place->offset, &start)
                             : NULL;
    if (symbol) {
        ret_place->name = mt_names_get(symbols->names, symbol);
        ret_place->into = ret_place->offset - start;
    }
    return true;
}

/* ---- life ---- */

int mt_symbols_create(const struct mt_trace *trace, const struct mt_search *search,
                      struct mt_symbols **ret_symbols, struct mt_error *error)
{
    struct mt_symbols *symbols = calloc(1, sizeof *symbols);
    const char *pack = mt_trace_pack_folder(trace);
    if (symbols && pack && asprintf(&symbols->pack_root, "%s/" MT_PACK_ROOT, pack) < 0)
        symbols->pack_root = NULL;
    if (symbols) {
        symbols->trace = trace;
        symbols->search.roots[0] = search ? search->sysroot : NULL;
        symbols->search.roots[1] = symbols->pack_root;
        symbols->perf_map = mt_perf_map_open(trace);
        symbols->names = mt_names_create();
        symbols->module_count = mt_trace_module_count(trace);
        symbols->by_module = calloc(symbols->module_count + 1, sizeof *symbols->by_module);
    }
    if (!symbols || !symbols->names || !symbols->by_module) {
        mt_symbols_destroy(symbols);
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory for its symbols",
                       mt_trace_path(trace));
    }
    if (search && search->debuginfod_ms &&
        mt_debuginfod_create(search->debuginfod_ms, &symbols->search.debuginfod, error) != MT_OK) {
        mt_symbols_destroy(symbols);
        return MT_USAGE;
    }
    *ret_symbols = symbols;
    return MT_OK;
}

static void destroy_locations(struct mt_symbols *symbols)
{
    struct location_entry *entry, *next;
    MT_DRAIN(symbols->locations, entry, next)
    {
        if (entry->location.frames != &unknown_frame)
            free((struct mt_frame *)entry->location.frames);
        free(entry);
    }
}

static void destroy_sources(struct mt_symbols *symbols)
{
    struct source *source, *next;
    MT_DRAIN(symbols->sources, source, next)
    {
        mt_debug_info_destroy(source->debug_info);
        mt_symbol_table_destroy(source->symbol_table);
        mt_symbol_table_destroy(source->variables);
        mt_object_close(&source->object);
        free(source);
    }
}

void mt_symbols_destroy(struct mt_symbols *symbols)
{
    if (!symbols)
        return;
    destroy_locations(symbols);
    destroy_sources(symbols);
    mt_debuginfod_destroy(symbols->search.debuginfod);
    mt_perf_map_close(symbols->perf_map);
    mt_names_destroy(symbols->names);
    for (size_t i = 0; i < symbols->note_count; i++)
        free(symbols->notes[i]);
    free(symbols->notes);
    free(symbols->pack_root);
    free(symbols->by_module);
    free(symbols);
}

const char *mt_symbols_note(const struct mt_symbols *symbols, size_t index)
{
    return index < symbols->note_count ? symbols->notes[index] : NULL;
}
