/* baseline.c: a tally as a file of JSON, and back. Of tally.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "fingerprint.h"
#include "json_values.h"
#include "tally.h"

#define SCHEMA "memtrace-baseline/1"

/* ---- reading ---- */

static int refuse(const char *path, const char *why, struct mt_error *error)
{
    return mt_fail(error, MT_USAGE, "%s: %s (write one with --write-baseline=FILE)", path, why);
}

static bool parse_fingerprint(const char *text, uint64_t *ret_fingerprint)
{
    char *end;
    errno = 0;
    *ret_fingerprint = strtoull(text, &end, 16);
    return strlen(text) == 16 && *end == '\0' && errno == 0;
}

/* NULL, or what is wrong with the entry. */
static const char *add_entry(struct mt_tally *tally, const json_t *entry)
{
    const char *fingerprint, *kind = "block", *function = "", *place = "";
    json_int_t objects = 0, bytes = 0;
    if (json_unpack((json_t *)entry, "{ss s?s s?s s?s s?I s?I}", "fingerprint", &fingerprint,
                    "kind", &kind, "function", &function, "place", &place, "objects", &objects,
                    "bytes", &bytes) != 0)
        return "a site is not an object with a fingerprint";
    if (objects < 0 || bytes < 0)
        return "a site has less than nothing";
    struct mt_tallied *site = calloc(1, sizeof *site);
    if (!site || !parse_fingerprint(fingerprint, &site->fingerprint)) {
        free(site);
        return "a fingerprint is not 16 hexadecimal digits";
    }
    if (mt_tally_find(tally, site->fingerprint)) {
        free(site);
        return "a fingerprint stands there twice";
    }
    site->kind =
        strcmp(kind, mt_kind_names[MT_KIND_MAPPING]) == 0 ? MT_KIND_MAPPING : MT_KIND_BLOCK;
    site->name = strdup(function);
    site->place = strdup(place);
    site->count = (struct mt_count){(uint64_t)objects, (uint64_t)bytes};
    HASH_ADD(hh, tally->sites, fingerprint, sizeof site->fingerprint, site);
    return NULL;
}

static int add_all(const char *path, const json_t *root, struct mt_tally *tally,
                   struct mt_error *error)
{
    const char *schema = json_string_value(json_object_get(root, "schema"));
    const json_t *sites = json_object_get(root, "sites"), *entry;
    const json_t *version = json_object_get(root, "fingerprint_version");
    size_t index;
    if (!schema || strncmp(schema, "memtrace-baseline/", 18) != 0)
        return refuse(path, "not a baseline", error);
    if (strcmp(schema, SCHEMA) != 0)
        return refuse(path, "a baseline of another version, whose fingerprints are not these",
                      error);
    if (version && json_integer_value(version) != MT_FINGERPRINT_VERSION)
        return mt_fail(
            error, MT_USAGE,
            "%s: its fingerprints are of version %lld, those of this memtrace of version "
            "%d (write one with --write-baseline=FILE)",
            path, json_integer_value(version), MT_FINGERPRINT_VERSION);
    if (!json_is_array(sites))
        return refuse(path, "it has no list of sites", error);
    json_array_foreach(sites, index, entry)
    {
        const char *problem = add_entry(tally, entry);
        if (problem)
            return refuse(path, problem, error);
    }
    return MT_OK;
}

int mt_baseline_read(const char *path, struct mt_tally *tally, struct mt_error *error)
{
    json_error_t problem;
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse(path, strerror(errno), error);
    json_t *root = json_loadf(file, JSON_REJECT_DUPLICATES, &problem);
    fclose(file);
    if (!root)
        return mt_fail(error, MT_USAGE,
                       "%s:%d: %s (a baseline is JSON, written with "
                       "--write-baseline=FILE)",
                       path, problem.line, problem.text);
    const int status = add_all(path, root, tally, error);
    json_decref(root);
    return status;
}

/* ---- writing ---- */

static int by_fingerprint(const struct mt_tallied *a, const struct mt_tallied *b)
{
    return a->fingerprint < b->fingerprint ? -1 : a->fingerprint > b->fingerprint;
}

static void write_site(const struct mt_tallied *site, FILE *out)
{
    mt_json_write(json_pack("{so ss so so so so}", "fingerprint",
                            mt_json_hexadecimal("%016" PRIx64, site->fingerprint), "kind",
                            mt_kind_names[site->kind], "function", mt_json_text(site->name),
                            "place", mt_json_text(site->place), "objects",
                            mt_json_number(site->count.objects), "bytes",
                            mt_json_number(site->count.bytes)),
                  out);
}

int mt_baseline_write(const char *path, struct mt_tally *tally, struct mt_error *error)
{
    FILE *file = fopen(path, "we");
    if (file) {
        HASH_SORT(tally->sites, by_fingerprint);
        fprintf(file, "{\"schema\": \"" SCHEMA "\", \"fingerprint_version\": %d, \"sites\": [",
                MT_FINGERPRINT_VERSION);
        for (struct mt_tallied *site = tally->sites; site; site = site->hh.next) {
            fputs(site == tally->sites ? "\n" : ",\n", file);
            write_site(site, file);
        }
        fputs(tally->sites ? "\n]}\n" : "]}\n", file);
    }
    if (file && !ferror(file) && fclose(file) == 0)
        return MT_OK;
    return mt_fail(error, MT_INCONCLUSIVE, "%s: cannot be written: %s (try another file)", path,
                   strerror(errno));
}
