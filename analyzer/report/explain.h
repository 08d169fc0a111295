/* explain.h: why an object is kept, or how it was lost, in lines of text. */
#ifndef MT_EXPLAIN_H
#define MT_EXPLAIN_H

#include <stdio.h>
#include "report.h"

/* Explains what options->explain names: an address ("0x…") in a block or mapping, or the
 * fingerprint of a site (16 hexadecimal digits). The report must hold all verdicts. Returns 0;
 * MT_USAGE where that is neither, or the trace has no such object. */
int mt_explain_print(const struct mt_report *report, const struct mt_report_options *options,
                     FILE *out, struct mt_error *error);

#endif
