/* github.c: findings as workflow commands of GitHub Actions ("Workflow commands", "Setting an error
 * message"): a line on the log that becomes an annotation at its file and line. Of findings.h. */
#include <inttypes.h>
#include <string.h>
#include "findings.h"

/* What would end the command or the property is written as its number. */
static void write_escaped(const char *text, const char *special, FILE *out)
{
    for (; *text; text++) {
        if (strchr(special, *text))
            fprintf(out, "%%%02X", (unsigned char)*text);
        else
            fputc(*text, out);
    }
}

static void write_message(const char *text, FILE *out)
{
    write_escaped(text, "%\r\n", out);
}

static void write_property(const char *name, const char *text, FILE *out)
{
    fprintf(out, "%s=", name);
    write_escaped(text, "%\r\n:,", out);
}

static const char *level_of(const struct mt_finding *finding)
{
    const enum mt_verdict verdict = finding->verdict;
    return finding->misuse || verdict == MT_VERDICT_DEFINITE || verdict == MT_VERDICT_INDIRECT ? "error" : "warning";
}

static void print_finding(const struct mt_finding *finding, FILE *out)
{
    fprintf(out, "::%s ", level_of(finding));
    if (finding->file && finding->line) {
        write_property("file", finding->file, out);
        fprintf(out, ",line=%" PRIu32 ",", finding->line);
    }
    fputs("title=memtrace::", out);
    write_message(finding->summary, out);
    fputs(" in ", out);
    write_message(finding->name, out);
    write_message("\n", out);
    write_message(finding->stack, out);
    fputc('\n', out);
}

void mt_github_print(const struct mt_findings *findings, const struct mt_conclusion *conclusion,
                     FILE *out)
{
    for (size_t i = 0; i < findings->count; i++)
        for (size_t j = 0; j < findings->processes[i].count; j++)
            print_finding(&findings->processes[i].items[j], out);
    if (conclusion->status == MT_INCONCLUSIVE) {
        fputs("::error title=memtrace::", out);
        write_message(conclusion->line, out);
        fputc('\n', out);
    }
}
