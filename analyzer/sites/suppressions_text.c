/* suppressions_text.c: what is said of suppressions, and how they are written. Of suppressions.h.
 */
#include <inttypes.h>
#include <string.h>
#include "paper.h"
#include "printable.h"
#include "suppressions.h"

enum {
    TIGHT_FRAMES = 5, /* as many as a fingerprint is made of, and one more */
    TEXT_SIZE = 512,
};

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

void mt_suppressions_print(const struct mt_suppressions *list, FILE *out)
{
    for (int is_unused = 0; list && is_unused < 2; is_unused++)
        for (size_t i = 0; i < list->count; i++)
            if ((list->items[i].sites == 0) == is_unused)
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
    for (size_t i = 0; i < count && i < TIGHT_FRAMES; i++) {
        const char *function = frames[i].symbol ? frames[i].symbol : frames[i].brief;
        if (function)
            write_glob("fun:", function, out);
        else if (frames[i].module)
            write_glob("obj:*/", base_name(frames[i].module), out);
        else
            fputs("   obj:*\n", out);
    }
    fputs("}\n", out);
}
