/* export_findings.c: JUnit and SARIF, by the gate's writers and its judgement: what proves nothing
 * is never exported as clean. Of export.h. */
#include <errno.h>
#include <string.h>
#include "export.h"
#include "findings.h"
#include "gate.h"

typedef int write_findings(FILE *out, const struct mt_findings *findings,
                           const struct mt_conclusion *conclusion);

/* Without a verdict nothing is lost or kept: only who asks for all that is unfreed needs no scan.
 */
static enum mt_gate_leaks leaks_of(const struct mt_report_options *options)
{
    return options->verdicts & 1u << MT_VERDICT_NONE ? MT_GATE_UNFREED : MT_GATE_DEFINITE;
}

static int export_findings(const struct mt_export *export, write_findings *write, FILE *out,
                           struct mt_error *error)
{
    const struct mt_gate_options limits = {.leaks = leaks_of(export->options),
                                           .leak_status = MT_LEAKS};
    struct mt_gate gate = {.options = &limits};
    struct mt_findings findings = {0};
    int status = MT_OK;
    for (size_t i = 0; i < export->count && status == MT_OK; i++) {
        mt_gate_add(&gate, export->reports[i]);
        status = mt_findings_add(&findings, export->reports[i], true, error);
    }
    if (status == MT_OK) {
        char line[MT_GATE_LINE_BYTES];
        const struct mt_conclusion conclusion = {mt_gate_judge(&gate, line), line};
        if (write(out, &findings, &conclusion) != 0)
            status = mt_fail(error, MT_UNREADABLE, "the findings cannot be written: %s",
                             strerror(errno ? errno : ENOMEM));
    }
    mt_findings_finish(&findings);
    return status;
}

int mt_export_junit(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    return export_findings(export, mt_junit_print, out, error);
}

int mt_export_sarif(const struct mt_export *export, FILE *out, struct mt_error *error)
{
    return export_findings(export, mt_sarif_print, out, error);
}
