/* suppressions.c: holds stacks against patterns. How patterns are written: suppressions_parse.c.
 * LeakSanitizer's are substrings with * anywhere, ^ for the beginning and $ for the end
 * (sanitizer_common, TemplateMatch); Valgrind's are globs for whole names, frame by frame. */
#include "suppressions.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

/* ---- LeakSanitizer's patterns ---- */

/* Whether the text begins with the piece; a piece of no bytes is everywhere. */
static const char *find_piece(const char *text, const char *piece, size_t bytes, bool is_anchored)
{
    if (is_anchored)
        return strncmp(text, piece, bytes) == 0 ? text : NULL;
    return memmem(text, strlen(text), piece, bytes);
}

static bool matches_template(const char *pattern, const char *text)
{
    bool is_anchored = *pattern == '^';
    if (!text)
        return false;
    pattern += is_anchored;
    for (;;) {
        const size_t bytes = strcspn(pattern, "*$");
        const bool is_last = pattern[bytes] == '$' && !pattern[bytes + 1];
        if (is_last && !is_anchored) { /* the last place where it can be */
            const size_t rest = strlen(text);
            return rest >= bytes && memcmp(text + rest - bytes, pattern, bytes) == 0;
        }
        const char *found = find_piece(text, pattern, bytes, is_anchored);
        if (!found)
            return false;
        text = found + bytes;
        if (is_last)
            return *text == '\0';
        if (!pattern[bytes])
            return true;
        pattern += bytes + 1;
        is_anchored = false;
    }
}

static bool matches_anywhere(const char *pattern, const struct mt_matched_frame *frames,
                             size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (matches_template(pattern, frames[i].function) ||
            matches_template(pattern, frames[i].symbol) ||
            matches_template(pattern, frames[i].file) ||
            matches_template(pattern, frames[i].module))
            return true;
    return false;
}

/* ---- Valgrind's patterns ---- */

static bool matches_glob(const char *glob, const char *text)
{
    return text && fnmatch(glob, text, FNM_NOESCAPE) == 0;
}

static bool matches_frame(const struct mt_frame_pattern *pattern,
                          const struct mt_matched_frame *frame)
{
    switch (pattern->kind) {
    case MT_PATTERN_FUNCTION:
        return matches_glob(pattern->glob, frame->symbol) ||
               matches_glob(pattern->glob, frame->function) ||
               matches_glob(pattern->glob, frame->brief);
    case MT_PATTERN_OBJECT:
        return matches_glob(pattern->glob, frame->module);
    case MT_PATTERN_SOURCE:
        return matches_glob(pattern->glob, frame->file);
    default:
        return true;
    }
}

/* Whether the patterns fit the innermost frames; what lies further out does not matter. Where what
 * follows `...` does not fit, that stands for one frame more. An earlier `...` need not be tried
 * again: what it could reach, the later one reaches too. */
static bool matches_stack(const struct mt_frame_pattern *patterns, unsigned pattern_count,
                          const struct mt_matched_frame *frames, size_t count)
{
    unsigned pattern = 0, after_any = 0; /* 0: there was none yet */
    size_t frame = 0, any_end = 0;
    while (pattern < pattern_count) {
        if (patterns[pattern].kind == MT_PATTERN_ANY) {
            after_any = ++pattern;
            any_end = frame;
        } else if (frame < count && matches_frame(&patterns[pattern], &frames[frame])) {
            pattern++;
            frame++;
        } else if (after_any && any_end < count) {
            pattern = after_any;
            frame = ++any_end;
        } else {
            return false;
        }
    }
    return true;
}

/* ---- the list ---- */

static bool hides(const struct mt_suppression *item, const struct mt_matched_frame *frames,
                  size_t count)
{
    if (item->pattern)
        return matches_anywhere(item->pattern, frames, count);
    return matches_stack(item->frames, item->frame_count, frames, count) ||
           (count > 0 && matches_stack(item->frames, item->frame_count, frames + 1, count - 1));
}

struct mt_suppression *mt_suppressions_find(const struct mt_suppressions *list,
                                            enum mt_verdict verdict,
                                            const struct mt_matched_frame *frames, size_t count)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].verdicts & 1u << verdict && hides(&list->items[i], frames, count))
            return &list->items[i];
    return NULL;
}

void mt_suppression_add_function(struct mt_suppression *suppression, const char *function)
{
    for (unsigned i = 0; i < suppression->function_count; i++)
        if (strcmp(suppression->functions[i], function) == 0)
            return;
    if (suppression->function_count == MT_SUPPRESSION_FUNCTIONS_MAX)
        return;
    char *copy = strdup(function);
    if (copy)
        suppression->functions[suppression->function_count++] = copy;
}

static void finish_item(struct mt_suppression *item)
{
    for (unsigned i = 0; i < item->frame_count; i++)
        free(item->frames[i].glob);
    for (unsigned i = 0; i < item->function_count; i++)
        free(item->functions[i]);
    free(item->name);
    free(item->pattern);
}

void mt_suppressions_finish(struct mt_suppressions *list)
{
    for (size_t i = 0; i < list->count; i++)
        finish_item(&list->items[i]);
    for (size_t i = 0; i < list->file_count; i++)
        free(list->files[i]);
    free(list->items);
    free(list->files);
    *list = (struct mt_suppressions){0};
}
