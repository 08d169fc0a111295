/* proof.h: the blocks that the tracer planted where memtrace check asked for it (option proof).
 * They are in no list of blocks; what became of them says whether the trace can be believed. */
#ifndef MT_ANALYZER_PROOF_H
#define MT_ANALYZER_PROOF_H

#include "trace.h"

struct mt_proof {
    bool is_wanted;   /* the process was asked to plant them */
    unsigned planted; /* that its malloc gave */
    unsigned seen;    /* of these: have a record */
    unsigned lost;    /* of these: the newest scan found nothing that points to them */
};

struct mt_proof mt_trace_proof(const struct mt_trace *trace);

/* Why what the trace does not hold proves nothing, a proof block being missing, or what it calls
 * reachable, the scan not having found one lost. NULL: they sang, or there are none. A line for
 * people, written to `text`, which is returned. */
enum { MT_PROOF_DOUBT_BYTES = 256 };
const char *mt_proof_doubt(const struct mt_trace *trace, bool needs_verdicts,
                            char text[MT_PROOF_DOUBT_BYTES]);

#endif
