/* suppressed.c: holds the stacks of sites against the lists of suppressions. See suppressed.h.
 *
 * The built-in list is short on purpose: libraries whose one-time blocks nothing points to when the
 * process ends, though nobody calls them leaks. Each entry says which. */
#include "suppressed.h"

#include <stdlib.h>
#include "frames.h"

static const char builtin[] =
    /* Debian's glibc loads character sets for wide streams and drops the last reference at exit. */
    "{\n glibc: iconv modules\n Memcheck:Leak\n ...\n fun:__gconv_open\n}\n"
    /* A stream's buffer is there until its file is closed, and that of stdout never is. */
    "{\n glibc: buffers of streams\n Memcheck:Leak\n fun:malloc\n fun:_IO_file_doallocate\n}\n"
    /* Locales that were loaded, the zone that was read, the services that were asked: for life. */
    "{\n glibc: locales\n Memcheck:Leak\n ...\n fun:setlocale\n}\n"
    "{\n glibc: time zone\n Memcheck:Leak\n ...\n fun:tzset_internal\n}\n"
    /* Where libc has no symbols but those that it exports. */
    "{\n glibc: time zone\n Memcheck:Leak\n ...\n fun:tzset\n}\n"
    "{\n glibc: name services\n Memcheck:Leak\n ...\n fun:__nss_*\n}\n"
    /* Made when the library is loaded, for exceptions thrown when memory has run out. */
    "{\n libstdc++: emergency pool\n Memcheck:Leak\n fun:malloc\n obj:*/libstdc++.so*\n"
    " fun:call_init\n}\n"
    /* The loader's search paths are made once and belong to nobody. */
    "{\n ld.so: search paths\n Memcheck:Leak\n ...\n fun:_dl_init_paths\n}\n"
    /* Type registration is for life (GLib manual, \"The GObject type system\"). */
    "{\n glib: types\n Memcheck:Leak\n match-leak-kinds: definite,indirect,possible\n ...\n"
    " fun:g_type_register_*\n}\n"
    /* A quark is the number of a string for as long as the program runs. */
    "{\n glib: quarks\n Memcheck:Leak\n ...\n fun:g_quark_*\n}\n";

enum { FRAMES_MAX = 1024, LISTS = 3 };

struct mt_hiding {
    const struct mt_trace *trace;
    struct mt_symbols *symbols;
    struct mt_suppressions *user;    /* the options'; NULL none */
    struct mt_suppressions *builtin; /* the options', or own_builtin */
    struct mt_suppressions program, own_builtin;
    struct mt_matched_frame frames[FRAMES_MAX];
};

void mt_suppressions_add_builtin(struct mt_suppressions *list)
{
    struct mt_error ignored; /* of memory alone */
    mt_suppressions_parse(list, "built-in", builtin, &ignored);
}

void mt_hiding_print(const struct mt_hiding *hiding, FILE *out)
{
    mt_suppressions_print(&hiding->program, false, out);
    mt_suppressions_print(&hiding->own_builtin, false, out);
}

int mt_hiding_begin(const struct mt_trace *trace, struct mt_symbols *symbols,
                    const struct mt_report_options *options, struct mt_hiding **ret_hiding,
                    struct mt_error *error)
{
    struct mt_hiding *hiding = calloc(1, sizeof *hiding);
    if (!hiding)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
    hiding->trace = trace;
    hiding->symbols = symbols;
    hiding->user = options->suppressions;
    struct mt_error ignored;
    const char *own = mt_trace_text(trace, MT_FACT_SUPPRESSIONS);
    if (own)
        mt_suppressions_parse(&hiding->program, "__lsan_default_suppressions", own, &ignored);
    hiding->builtin = options->builtin ? options->builtin : &hiding->own_builtin;
    if (!options->builtin && !options->no_builtin_suppressions)
        mt_suppressions_add_builtin(&hiding->own_builtin);
    *ret_hiding = hiding;
    return MT_OK;
}

void mt_hiding_end(struct mt_hiding *hiding)
{
    if (!hiding)
        return;
    mt_suppressions_finish(&hiding->program);
    mt_suppressions_finish(&hiding->own_builtin);
    free(hiding);
}

/* What the linker calls an allocation function. */
static const char *symbol_of(enum mt_function function)
{
    if (function == MT_FN_NEW)
        return "_Znwm";
    return function == MT_FN_NEW_ARRAY ? "_Znam" : mt_function_name(function);
}

size_t mt_hiding_frames(struct mt_hiding *hiding, const struct mt_site *site,
                        const struct mt_matched_frame **ret_frames)
{
    *ret_frames = hiding->frames;
    struct mt_frame_walk walk;
    const struct mt_frame *frame;
    size_t count = 0;
    hiding->frames[count++] = (struct mt_matched_frame){
        .symbol = symbol_of(site->function),
        .function = mt_function_name(site->function),
        .brief = mt_function_name(site->function),
    };
    mt_frames_begin(&walk, hiding->trace, hiding->symbols, site->stack);
    while (count < FRAMES_MAX && (frame = mt_frames_next(&walk)))
        hiding->frames[count++] = (struct mt_matched_frame){
            .symbol = frame->function ? frame->function->symbol : NULL,
            .function = frame->function ? frame->function->full : NULL,
            .brief = frame->function ? frame->function->brief : NULL,
            .file = frame->file,
            .module = walk.location->module ? walk.location->module->path : NULL,
        };
    return count;
}

struct mt_suppression *mt_hiding_find(struct mt_hiding *hiding, const struct mt_site *site)
{
    if (!hiding)
        return NULL;
    const struct mt_suppressions *lists[LISTS] = {hiding->user, &hiding->program, hiding->builtin};
    const struct mt_matched_frame *frames = NULL;
    size_t count = 0;
    for (int i = 0; i < LISTS; i++) {
        if (!lists[i] || lists[i]->count == 0)
            continue;
        if (count == 0)
            count = mt_hiding_frames(hiding, site, &frames);
        struct mt_suppression *found = mt_suppressions_find(lists[i], site->verdict, frames, count);
        if (found)
            return found;
    }
    return NULL;
}
