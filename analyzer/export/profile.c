/* profile.c: the tables of a pprof profile. Of profile.h. Each thing gets its id when it is first
 * asked for, and ids ascend, so that id N is item N - 1 of its list. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "printable.h"

enum { RECENT_COUNT = 1 << 15 };

struct mt_recent_location {
    uint64_t pc;
    uint32_t process, id; /* 0: nothing yet */
    uint16_t module;
    bool is_exact;
};

void *mt_profile_new(struct mt_profile *profile, size_t bytes)
{
    void *memory = calloc(1, bytes ? bytes : 1);
    if (!memory)
        profile->is_short = true;
    return memory;
}

void mt_profile_push(struct mt_profile *profile, void **list, size_t *count, void *item)
{
    const size_t at = *count;
    if (!item)
        return;
    if ((at & (at - 1)) == 0) { /* full, as it is at each power of two */
        void *bigger = reallocarray(*list, at ? 2 * at : 1, sizeof item);
        if (!bigger) {
            profile->is_short = true;
            free(item);
            return;
        }
        *list = bigger;
    }
    ((void **)*list)[at] = item;
    (*count)++;
}

int64_t mt_profile_string(struct mt_profile *profile, const char *text)
{
    bool is_new;
    text = text ? text : "";
    const uint32_t number = mt_numbers_get(&profile->strings, text, strlen(text), &is_new);
    if (is_new) {
        char *copy = mt_valid_utf8(text);
        profile->is_short |= !copy;
        MT_PROFILE_PUSH(profile, string_table, copy);
    }
    return number ? number - 1 : 0;
}

static uint64_t function_of(struct mt_profile *profile, const struct mt_frame *frame)
{
    const int64_t key[] = {mt_profile_string(profile, frame->function->brief),
                           mt_profile_string(profile, frame->function->symbol),
                           mt_profile_string(profile, frame->file)};
    bool is_new;
    const uint32_t id = mt_numbers_get(&profile->functions, key, sizeof key, &is_new);
    Pprof__Function *function = is_new ? mt_profile_new(profile, sizeof *function) : NULL;
    if (function) {
        pprof__function__init(function);
        function->id = id;
        function->name = key[0];
        function->system_name = key[1];
        function->filename = key[2];
        MT_PROFILE_PUSH(profile, function, function);
    }
    return id;
}

static int64_t build_id_of(struct mt_profile *profile, const struct mt_loaded *module)
{
    char hex[2 * sizeof module->build_id + 1] = "";
    for (unsigned i = 0; i < module->build_id_bytes; i++)
        snprintf(hex + 2 * i, 3, "%02x", module->build_id[i]);
    return mt_profile_string(profile, hex);
}

/* 0, which is none, for code of no module. */
static uint64_t mapping_of(struct mt_profile *profile, uint32_t process,
                           const struct mt_loaded *module)
{
    if (!module)
        return 0;
    const uint64_t key[] = {process, module->id};
    bool is_new;
    const uint32_t id = mt_numbers_get(&profile->mappings, key, sizeof key, &is_new);
    Pprof__Mapping *mapping = is_new ? mt_profile_new(profile, sizeof *mapping) : NULL;
    if (mapping) {
        pprof__mapping__init(mapping);
        mapping->id = id;
        mapping->memory_start = module->start;
        mapping->memory_limit = module->end;
        mapping->filename = mt_profile_string(profile, module->path);
        mapping->build_id = build_id_of(profile, module);
        MT_PROFILE_PUSH(profile, mapping, mapping);
    }
    return id;
}

/* What is known of a mapping by one of its frames: pprof looks for the rest by itself. */
static void note_names(Pprof__Mapping *mapping, const struct mt_frame *frame)
{
    mapping->has_functions |= frame->function != NULL;
    mapping->has_filenames |= frame->file != NULL;
    mapping->has_line_numbers |= frame->line != 0;
    mapping->has_inline_frames |= frame->line != 0;
}

static void fill_lines(struct mt_profile *profile, Pprof__Location *location,
                       const struct mt_location *known)
{
    location->line = mt_profile_new(profile, known->frame_count * sizeof *location->line);
    for (unsigned i = 0; location->line && i < known->frame_count; i++) {
        const struct mt_frame *frame = &known->frames[i];
        Pprof__Line *line = frame->function ? mt_profile_new(profile, sizeof *line) : NULL;
        if (location->mapping_id && location->mapping_id <= profile->message.n_mapping)
            note_names(profile->message.mapping[location->mapping_id - 1], frame);
        if (!line)
            continue;
        pprof__line__init(line);
        line->function_id = function_of(profile, frame);
        line->line = frame->line;
        location->line[location->n_line++] = line;
    }
}

static uint32_t find_location(struct mt_profile *profile, uint32_t process,
                              const struct mt_node *node, bool is_exact,
                              const struct mt_location *known)
{
    const uint64_t key[] = {process, node->module, node->pc, is_exact};
    bool is_new;
    const uint32_t id = mt_numbers_get(&profile->locations, key, sizeof key, &is_new);
    Pprof__Location *location = is_new ? mt_profile_new(profile, sizeof *location) : NULL;
    if (location) {
        pprof__location__init(location);
        location->id = id;
        location->mapping_id = mapping_of(profile, process, known->module);
        location->address = node->pc - !is_exact; /* inside of the call, not behind it */
        fill_lines(profile, location, known);
        MT_PROFILE_PUSH(profile, location, location);
    }
    return id;
}

uint32_t mt_profile_location(struct mt_profile *profile, uint32_t process,
                             const struct mt_node *node, const struct mt_location *known)
{
    const bool is_exact = (node->flags & MT_NODE_EXACT_PC) != 0;
    const size_t slot =
        node->pc * UINT64_C(0x9e3779b97f4a7c15) >> 40; /* as symbols.c spreads them */
    struct mt_recent_location *recent = &profile->recent[slot % RECENT_COUNT];
    if (recent->id == 0 || recent->pc != node->pc || recent->module != node->module ||
        recent->process != process || recent->is_exact != is_exact)
        *recent = (struct mt_recent_location){
            node->pc, process, find_location(profile, process, node, is_exact, known), node->module,
            is_exact};
    return recent->id;
}

void mt_profile_begin(struct mt_profile *profile, const struct mt_report *report)
{
    *profile = (struct mt_profile){0};
    pprof__profile__init(&profile->message);
    profile->recent = mt_profile_new(profile, RECENT_COUNT * sizeof *profile->recent);
    mt_profile_string(profile, "");
    for (uint32_t id = 1; id <= mt_trace_module_count(report->trace); id++) {
        const struct mt_loaded *module = mt_trace_module(report->trace, id);
        if (module && module->flags & MT_MODULE_MAIN) {
            mapping_of(profile, 0, module);
            break;
        }
    }
}

/* The message itself is no allocation: a moved copy is freed by the library, with all below it. */
void mt_profile_finish(struct mt_profile *profile)
{
    Pprof__Profile *copy = malloc(sizeof *copy);
    if (copy) {
        *copy = profile->message;
        pprof__profile__free_unpacked(copy, NULL);
    }
    mt_numbers_finish(&profile->strings);
    mt_numbers_finish(&profile->functions);
    mt_numbers_finish(&profile->locations);
    mt_numbers_finish(&profile->mappings);
    free(profile->recent);
}
