/* verdict_text.h: what the scan said of a process as a whole, in lines of text. */
#ifndef MT_VERDICT_TEXT_H
#define MT_VERDICT_TEXT_H

#include "paper.h"
#include "report.h"

/* A line of the table of verdicts. */
struct mt_verdict_word {
    enum mt_verdict verdict;
    bool is_always_shown;
    const char *name, *meaning;
};

extern const struct mt_verdict_word mt_verdict_words[MT_VERDICT_COUNT]; /* worst first */
bool mt_verdict_is_shown(const struct mt_verdict_word *word, const struct mt_report *report);

/* "definitely lost", "not freed" for what has no verdict. */
const char *mt_verdict_phrase(enum mt_verdict verdict);

/* The sums by verdict, in Valgrind's words, and what the scan saw. Where there are no verdicts, the
 * reason, and what to do. */
void mt_verdicts_print(const struct mt_paper *paper, const struct mt_report *report);

/* When the scan ran and what it saw, in a line or two; where there are verdicts. */
void mt_scan_print(const struct mt_paper *paper, const struct mt_report *report);

/* That there is no leak, where the scan found none and the report lists none; else nothing. */
void mt_no_leaks_print(const struct mt_paper *paper, const struct mt_report *report);

#endif
