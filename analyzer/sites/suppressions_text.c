/* suppressions_text.c: what is said of suppressions, and how they are written. Of suppressions.h.
 */
#include <inttypes.h>
#include <string.h>
#include "fingerprint.h"
#include "paper.h"
#include "printable.h"
#include "site_name.h"
#include "suppressions.h"

enum { TEXT_SIZE = 512 };

/* ---- what they hid ---- */

static void print_item(const struct mt_suppression *item, FILE *out)
{
    char name[TEXT_SIZE], file[TEXT_SIZE], objects[64], bytes[64];
    snprintf(name, sizeof name, "%s", item->name);
    snprintf(file, sizeof file, "%s", item->file);
    mt_make_printable(name);
    mt_make_printable(file);
    if (item->sites)
        fprintf(out, "suppressed: %s (%s) by %s:%u: %s\n",
                mt_count_text(item->objects, "object", objects),
                mt_count_text(item->bytes, "byte", bytes), file, item->line, name);
    else
        fprintf(out, "suppressed nothing: %s:%u: %s\n", file, item->line, name);
}

/* A pattern that was written for one leak and hides others' as well hides those to come. */
static void print_breadth(const struct mt_suppression *item, FILE *out)
{
    if (item->function_count < MT_SUPPRESSION_FUNCTIONS_MAX)
        return;
    fputs("  too broad? it hides what many functions allocate: ", out);
    for (unsigned i = 0; i + 1 < item->function_count; i++) {
        char name[TEXT_SIZE];
        snprintf(name, sizeof name, "%s", item->functions[i]);
        mt_make_printable(name);
        fprintf(out, "%s, ", name);
    }
    fputs("... (--write-suppressions writes one for each site)\n", out);
}

void mt_suppressions_print(const struct mt_suppressions *list, bool is_users, FILE *out)
{
    for (size_t i = 0; list && i < list->count; i++)
        if (list->items[i].sites) {
            print_item(&list->items[i], out);
            if (is_users)
                print_breadth(&list->items[i], out);
        }
    for (size_t i = 0; list && is_users && i < list->count; i++)
        if (!list->items[i].sites)
            print_item(&list->items[i], out);
}

/* ---- writing them ---- */

static const char *kind_of(enum mt_verdict verdict)
{
    static const char *const kinds[MT_VERDICT_COUNT] = {
        [MT_VERDICT_DEFINITE] = "definite",
        [MT_VERDICT_INDIRECT] = "indirect",
        [MT_VERDICT_POSSIBLE] = "possible",
        [MT_VERDICT_REACHABLE] = "reachable",
    };
    return (unsigned)verdict < MT_VERDICT_COUNT && kinds[verdict] ? kinds[verdict] : "all";
}

/* A name as a glob that matches nothing else, as far as globs can: what is special is left open. */
static void write_glob(const char *prefix, const char *name, FILE *out)
{
    fprintf(out, "   %s", prefix);
    for (; *name; name++)
        fputc(strchr("*?[]\\", *name) || (unsigned char)*name < ' ' ? '?' : *name, out);
    fputc('\n', out);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

void mt_suppression_write(const char *name, const char *comment, enum mt_verdict verdict,
                          const struct mt_matched_frame *frames, size_t count, FILE *out)
{
    fprintf(out, "# %s\n{\n   %s\n   Memcheck:Leak\n   match-leak-kinds: %s\n", comment, name,
            kind_of(verdict));
    size_t told = 0; /* of the frames that a fingerprint heeds */
    bool is_main = false;
    for (size_t i = 0;
         i < count && i < MT_SUPPRESSION_FRAMES_MAX && told < MT_FINGERPRINT_FRAMES && !is_main;
         i++) {
        const char *function = frames[i].symbol ? frames[i].symbol : frames[i].brief;
        told += i > 0 && !(frames[i].brief && mt_is_allocator_name(frames[i].brief));
        is_main = function && strcmp(function, "main") == 0;
        if (function)
            write_glob("fun:", function, out);
        else if (frames[i].module)
            write_glob("obj:*/", base_name(frames[i].module), out);
        else
            fputs("   obj:*\n", out);
    }
    fputs("}\n", out);
}
