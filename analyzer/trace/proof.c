/* proof.c: takes the proof blocks out of the list of blocks as it is settled, and tells later what
 * the trace has of them. See proof.h. */
#include "proof.h"

#include <inttypes.h>
#include <stdio.h>
#include "scan.h"
#include "trace_parts.h"

bool mt_proof_take(struct mt_trace *trace, const struct mt_record *record)
{
    struct mt_proofs *proofs = &trace->proofs;
    if (!trace->header.proof_stack || mt_record_stack(record) != trace->header.proof_stack)
        return false;
    if (proofs->count < MT_PROOFS)
        proofs->records[proofs->count++] = *record;
    return true;
}

struct mt_proof mt_trace_proof(const struct mt_trace *trace)
{
    struct mt_proof proof = {
        .is_wanted = trace->header.proofs_wanted != 0,
        .planted = trace->header.proofs,
        .seen = trace->proofs.count,
    };
    struct mt_verdict_walk verdicts = {.trace = trace};
    for (unsigned i = 0; i < trace->proofs.count; i++) {
        enum mt_verdict verdict[MT_PLANES];
        mt_verdicts_in_planes(&verdicts, &trace->proofs.records[i], 0, verdict);
        proof.lost += mt_verdict_in_doubt(verdict[MT_NEWEST]) == MT_VERDICT_SUSPECT;
    }
    return proof;
}

/* A process that never got a block from its allocator was not asked for one. */
const char *mt_proof_doubt(const struct mt_trace *trace, bool needs_verdicts,
                           char text[MT_PROOF_DOUBT_BYTES])
{
    const struct mt_proof proof = mt_trace_proof(trace);
    if (!proof.is_wanted || (!proof.planted && mt_trace_totals(trace).allocations == 0))
        return NULL;
    if (proof.seen < proof.planted || !proof.planted)
        snprintf(text, MT_PROOF_DOUBT_BYTES,
                 "of %u blocks planted to see whether the tracer works it saw %u: the malloc that "
                 "the program calls is not the one that is traced (preload no other malloc before "
                 "it, link the program's as a shared library)",
                 proof.planted, proof.seen);
    else if (needs_verdicts && mt_trace_has_verdicts(trace, 0) && !proof.lost)
        snprintf(text, MT_PROOF_DOUBT_BYTES,
                 "the scan found none of %u blocks that were planted to be lost: what it calls "
                 "reachable may be lost as well (try: --leaks=unfreed)",
                 proof.planted);
    else
        return NULL;
    return text;
}
