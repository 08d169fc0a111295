/* curves_json.c: from rankings to a curve for each of the sites that were ever among the largest;
 * of more than CURVES_MAX those whose highest point is highest. Where a site is not in a ranking
 * that has room for more, it held nothing then; else what it held is not known. */
#include <inttypes.h>
#include <stdlib.h>
#include "curves.h"
#include "drain.h"
#include "fingerprint.h"
#include "hash.h"
#include "json_values.h"
#include "site_name.h"
#include "timeline_json.h"

enum { CURVES_MAX = 32 };

struct curve {
    uint32_t stack;
    uint64_t highest_bytes;
    UT_hash_handle hh;
};

/* The curve of a stack, new if need be; NULL where memory runs out. */
static struct curve *find_curve(struct curve **curves, uint32_t stack)
{
    struct curve *curve;
    HASH_FIND(hh, *curves, &stack, sizeof stack, curve);
    if (curve || !(curve = calloc(1, sizeof *curve)))
        return curve;
    curve->stack = stack;
    HASH_ADD(hh, *curves, stack, sizeof curve->stack, curve);
    return curve;
}

static void note_ranking(struct curve **curves, const struct mt_trace *trace,
                         const struct mt_ranking *ranking)
{
    for (unsigned i = 0; i < ranking->count; i++) {
        struct curve *curve = mt_trace_node(trace, ranking->sites[i].stack)
                                  ? find_curve(curves, ranking->sites[i].stack)
                                  : NULL;
        if (curve && ranking->sites[i].bytes > curve->highest_bytes)
            curve->highest_bytes = ranking->sites[i].bytes;
    }
}

static int by_height(const struct curve *a, const struct curve *b)
{
    if (a->highest_bytes != b->highest_bytes)
        return a->highest_bytes > b->highest_bytes ? -1 : 1;
    return a->stack < b->stack ? -1 : a->stack > b->stack;
}

static json_t *bytes_at(const struct mt_ranking *ranking, uint32_t stack)
{
    for (unsigned i = 0; i < ranking->count; i++)
        if (ranking->sites[i].stack == stack)
            return mt_json_number(ranking->sites[i].bytes);
    return mt_json_number_if(ranking->count < MT_RANKED_MAX, 0);
}

static json_t *curve_of(const struct mt_report *report, const struct curve *curve)
{
    size_t count;
    const struct mt_ranking *rankings = mt_trace_rankings(report->trace, &count);
    struct mt_frame_walk walk;
    const struct mt_frame *frame =
        mt_site_frame(report->trace, report->symbols, curve->stack, &walk);
    char *label = frame ? mt_frame_label(walk.location, frame) : NULL;
    json_t *bytes = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(bytes, bytes_at(&rankings[i], curve->stack));
    json_t *object =
        json_pack("{so so so}", "fingerprint",
                  mt_json_hexadecimal("%016" PRIx64, mt_fingerprint(report->trace, report->symbols,
                                                                    MT_KIND_BLOCK, curve->stack)),
                  "function", mt_json_text(label), "bytes", bytes);
    free(label);
    return object;
}

json_t *mt_json_curves(const struct mt_report *report)
{
    size_t count;
    const struct mt_ranking *rankings = mt_trace_rankings(report->trace, &count);
    struct curve *curves = NULL, *curve, *next;
    if (!rankings)
        return json_null();
    json_t *times = json_array(), *sites = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(times, mt_json_number(rankings[i].taken_ms));
        note_ranking(&curves, report->trace, &rankings[i]);
    }
    HASH_SORT(curves, by_height);
    MT_DRAIN(curves, curve, next)
    {
        if (json_array_size(sites) < CURVES_MAX)
            json_array_append_new(sites, curve_of(report, curve));
        free(curve);
    }
    return json_pack("{so so}", "taken_ms", times, "sites", sites);
}
