/* scan.h: what the reachability scan of a snapshot said beside the verdicts, which stand with the
 * blocks and mappings (trace.h). Everything here is owned by the trace and checked. */
#ifndef MT_ANALYZER_SCAN_H
#define MT_ANALYZER_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include "memtrace/trace_snapshot.h"
#include "trace.h"

/* What the scan of the newest snapshot (age 0), or of the one before it (age 1), saw; NULL: there
 * is no such snapshot, or no scan ran. */
const struct mt_scan *mt_trace_scan(const struct mt_trace *trace, unsigned age);

/* Finds the verdicts again, from a core file that the process left when it died, in place of what
 * its own newest scan said. Returns 0, or MT_UNREADABLE and what is wrong with the core. */
int mt_trace_judge(struct mt_trace *trace, const char *core_path, struct mt_error *error);

/* Whether that scan gave verdicts. */
bool mt_trace_has_verdicts(const struct mt_trace *trace, unsigned age);

/* Whether the newest verdicts are those of the end of the process: what came after them is nothing
 * that the program did before its end. */
bool mt_trace_has_verdicts_of_end(const struct mt_trace *trace);

/* What is lost with the object that begins at `address`; NULL: nothing, or it is no head. */
const struct mt_leak_head *mt_trace_leak_head(const struct mt_trace *trace, uint64_t address);

/* Why an object is kept, or how it hangs on the head of a leak: the chain that was recorded for the
 * object that begins at `address`, with the number of its links. NULL: none was. */
const struct mt_chain *mt_trace_chain(const struct mt_trace *trace, uint64_t address,
                                      size_t *ret_count);

/* When the newest verdicts were asked for: "exit", "request", "program"; "core": they are of a core
 * file. NULL where there are none. */
const char *mt_trace_scan_cause(const struct mt_trace *trace);

/* Why there are no verdicts, and what to do, in a line for people: "…: … (try: …)". Written to
 * `text`, which is returned; NULL where there are. */
enum { MT_NO_VERDICTS_BYTES = 256 };
const char *mt_trace_no_verdicts(const struct mt_trace *trace, char text[MT_NO_VERDICTS_BYTES]);

/* What the scan did not see, so that what seems lost is only suspect: "registers of 1 of 3 threads
 * were not seen". Written to `text`, which is returned; NULL where it saw all, or gave no
 * verdicts. */
const char *mt_trace_scan_doubt(const struct mt_trace *trace, char text[MT_NO_VERDICTS_BYTES]);

#endif
