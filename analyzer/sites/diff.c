/* diff.c: matches the sites of two tallies by fingerprint. See diff.h. */
#include "diff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "json_values.h"
#include "printable.h"

static const char *const change_names[] = {"new", "grown", "shrunk", "gone", "same"};

/* ---- comparing ---- */

static enum mt_change change_between(struct mt_count before, struct mt_count after)
{
    if (before.bytes != after.bytes)
        return before.bytes < after.bytes ? MT_CHANGE_GROWN : MT_CHANGE_SHRUNK;
    if (before.objects != after.objects)
        return before.objects < after.objects ? MT_CHANGE_GROWN : MT_CHANGE_SHRUNK;
    return MT_CHANGE_NONE;
}

static void add(struct mt_diff *diff, struct mt_changed changed)
{
    diff->items[diff->count++] = changed;
    diff->counts[changed.change]++;
    diff->before.objects += changed.before.objects;
    diff->before.bytes += changed.before.bytes;
    diff->after.objects += changed.after.objects;
    diff->after.bytes += changed.after.bytes;
}

static uint64_t moved_bytes(const struct mt_changed *changed)
{
    return changed->before.bytes > changed->after.bytes
               ? changed->before.bytes - changed->after.bytes
               : changed->after.bytes - changed->before.bytes;
}

static int compare(const void *left, const void *right)
{
    const struct mt_changed *a = left, *b = right;
    if (a->change != b->change)
        return (int)a->change - (int)b->change;
    if (moved_bytes(a) != moved_bytes(b))
        return moved_bytes(a) > moved_bytes(b) ? -1 : 1;
    return a->site->fingerprint < b->site->fingerprint ? -1 : 1;
}

int mt_diff_make(const struct mt_tally *before, const struct mt_tally *after,
                 struct mt_diff *ret_diff, struct mt_error *error)
{
    const size_t room = HASH_COUNT(before->sites) + HASH_COUNT(after->sites);
    *ret_diff = (struct mt_diff){.items = calloc(room + 1, sizeof *ret_diff->items)};
    if (!ret_diff->items)
        return mt_fail(error, MT_UNREADABLE, "not enough memory to compare %zu sites", room);
    for (struct mt_tallied *site = after->sites; site; site = site->hh.next) {
        const struct mt_tallied *old = mt_tally_find(before, site->fingerprint);
        add(ret_diff, old ? (struct mt_changed){change_between(old->count, site->count), site,
                                                old->count, site->count}
                          : (struct mt_changed){MT_CHANGE_NEW, site, {0, 0}, site->count});
    }
    for (struct mt_tallied *site = before->sites; site; site = site->hh.next)
        if (!mt_tally_find(after, site->fingerprint))
            add(ret_diff, (struct mt_changed){MT_CHANGE_GONE, site, site->count, {0, 0}});
    qsort(ret_diff->items, ret_diff->count, sizeof *ret_diff->items, compare);
    return MT_OK;
}

void mt_diff_finish(struct mt_diff *diff)
{
    free(diff->items);
    *diff = (struct mt_diff){0};
}

bool mt_diff_is_worse(const struct mt_diff *diff)
{
    return diff->counts[MT_CHANGE_NEW] + diff->counts[MT_CHANGE_GROWN] > 0;
}

/* ---- for people ---- */

/* "+1,024", "-16", "0". Written to `text`, which is returned. */
static const char *difference_text(uint64_t before, uint64_t after, char text[MT_NUMBER_SIZE])
{
    char number[MT_NUMBER_SIZE];
    const uint64_t amount = after > before ? after - before : before - after;
    snprintf(text, MT_NUMBER_SIZE, "%s%s",
             after > before   ? "+"
             : after < before ? "-"
                              : "",
             mt_number_text(amount, number));
    return text;
}

static void print_site(const struct mt_changed *changed, const struct mt_paper *paper)
{
    char bytes[MT_NUMBER_SIZE], objects[MT_NUMBER_SIZE], name[512], place[512];
    snprintf(name, sizeof name, "%s", changed->site->name);
    snprintf(place, sizeof place, "%s", changed->site->place);
    mt_make_printable(name);
    mt_make_printable(place);
    const enum mt_ink ink = changed->change == MT_CHANGE_NEW || changed->change == MT_CHANGE_GROWN
                                ? MT_INK_WARNING
                                : MT_INK_PLAIN;
    mt_paper_print(paper, ink, "%-6s", change_names[changed->change]);
    fprintf(paper->out, " %14s bytes %10s %-8s  %s",
            difference_text(changed->before.bytes, changed->after.bytes, bytes),
            difference_text(changed->before.objects, changed->after.objects, objects),
            changed->site->kind == MT_KIND_MAPPING ? "mappings" : "blocks", name);
    if (*place)
        mt_paper_print(paper, MT_INK_DIM, "  %s", place);
    fputc('\n', paper->out);
}

void mt_diff_print_text(const struct mt_diff *diff, uint64_t top, const struct mt_paper *paper)
{
    const size_t changed = diff->count - diff->counts[MT_CHANGE_NONE];
    const size_t shown = top && top < changed ? top : changed;
    char before[MT_NUMBER_SIZE], after[MT_NUMBER_SIZE], difference[MT_NUMBER_SIZE];
    for (size_t i = 0; i < shown; i++)
        print_site(&diff->items[i], paper);
    if (shown < changed)
        fprintf(paper->out, "and %zu more (--top)\n", changed - shown);
    if (shown)
        fputc('\n', paper->out);
    fprintf(paper->out, "%zu new, %zu grown, %zu shrunk, %zu gone, %zu the same\n",
            diff->counts[MT_CHANGE_NEW], diff->counts[MT_CHANGE_GROWN],
            diff->counts[MT_CHANGE_SHRUNK], diff->counts[MT_CHANGE_GONE],
            diff->counts[MT_CHANGE_NONE]);
    fprintf(paper->out, "%s bytes before, %s after: %s\n",
            mt_number_text(diff->before.bytes, before), mt_number_text(diff->after.bytes, after),
            difference_text(diff->before.bytes, diff->after.bytes, difference));
}

/* ---- for machines ---- */

static json_t *count_of(const struct mt_count *count)
{
    return json_pack("{so so}", "objects", mt_json_number(count->objects), "bytes",
                     mt_json_number(count->bytes));
}

static json_t *site_of(const struct mt_changed *changed)
{
    const struct mt_tallied *site = changed->site;
    return json_pack("{so ss ss so so so so}", "fingerprint",
                     mt_json_hexadecimal("%016" PRIx64, site->fingerprint), "change",
                     change_names[changed->change], "kind", mt_kind_names[site->kind], "function",
                     mt_json_text(site->name), "place",
                     mt_json_text(*site->place ? site->place : NULL), "before",
                     count_of(&changed->before), "after", count_of(&changed->after));
}

void mt_diff_print_json(const struct mt_diff *diff, const char *before, const char *after,
                        FILE *out)
{
    fputs("{\n  \"schema\": \"memtrace-diff/1\",\n  \"old\": ", out);
    mt_json_write(
        json_pack("{so so}", "trace", mt_json_text(before), "unfreed", count_of(&diff->before)),
        out);
    fputs(",\n  \"new\": ", out);
    mt_json_write(
        json_pack("{so so}", "trace", mt_json_text(after), "unfreed", count_of(&diff->after)), out);
    fputs(",\n  \"sites\": [", out);
    for (size_t i = 0; i < diff->count; i++) {
        fputs(i ? ",\n    " : "\n    ", out);
        mt_json_write(site_of(&diff->items[i]), out);
    }
    fputs(diff->count ? "\n  ]\n}\n" : "]\n}\n", out);
}
