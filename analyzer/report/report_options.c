/* report_options.c: the table of the report's options: what each one's value is and where it goes.
 * Names of verdicts, kinds, storages and formats are taken from where they are defined. */
#include "report.h"
#include "report_options.h"

const char *const mt_group_names[] = {"stack", "function", "file", "module", "scope", NULL};
const char *const mt_color_names[] = {"auto", "always", "never", NULL};

enum { DEBUGINFOD_MS = 60000 };

static int set_format(void *target, const char *value, struct mt_error *error)
{
    const char *names[16] = {0};
    for (unsigned i = 0; i < 15 && mt_report_formats[i].name; i++)
        names[i] = mt_report_formats[i].name;
    struct mt_report_options *options = target;
    return mt_value_word(value, names, &options->format, error);
}

static int set_group_by(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_word(value, mt_group_names, &options->group_by, error);
}

static int set_sort(void *target, const char *value, struct mt_error *error)
{
    static const char *const names[] = {"bytes", "blocks", "resident", NULL};
    struct mt_report_options *options = target;
    return mt_value_word(value, names, &options->sort, error);
}

static int set_verdicts(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    const int status = mt_value_words(value, mt_verdict_names, &options->verdicts, error);
    if (options->verdicts & 1u << MT_VERDICT_NONE)
        options->verdicts |= MT_VERDICTS_UNCLASSIFIED;
    options->unscanned = options->verdicts;
    return status;
}

unsigned mt_report_verdicts(const struct mt_report_options *options, bool has_verdicts)
{
    const bool is_given = options->verdicts != 0 || options->unscanned != 0;
    if (is_given)
        return has_verdicts ? options->verdicts : options->unscanned;
    if (!has_verdicts || options->explain)
        return MT_VERDICTS_ALL;
    if (options->growing)
        return MT_VERDICTS_ALL & ~(1u << MT_VERDICT_IGNORED);
    return MT_VERDICTS_LEAKS;
}

static int set_kinds(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_words(value, mt_kind_names, &options->kinds, error);
}

static int set_storages(void *target, const char *value, struct mt_error *error)
{
    const char *names[MT_STORAGE_COUNT + 1] = {0};
    for (unsigned i = 0; i < MT_STORAGE_COUNT; i++)
        names[i] = mt_storage_name((enum mt_storage)i);
    struct mt_report_options *options = target;
    return mt_value_words(value, names, &options->storages, error);
}

static int set_min_bytes(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_bytes(value, &options->min_bytes, error);
}

static int set_min_age(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_seconds(value, &options->min_age_ms, error);
}

static int set_top(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_count(value, &options->top, error);
}

static int set_sysroot(void *target, const char *value, struct mt_error *error)
{
    if (!value[0])
        return mt_fail(error, MT_USAGE, "needs a folder");
    struct mt_report_options *options = target;
    options->sysroot = value;
    return MT_OK;
}

static int set_debuginfod(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    if (!options->debuginfod_ms)
        options->debuginfod_ms = DEBUGINFOD_MS;
    return MT_OK;
}

static int set_debuginfod_timeout(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target; /* who waits, asks */
    const int status = mt_value_seconds(value, &options->debuginfod_ms, error);
    if (status == MT_OK && options->debuginfod_ms == 0)
        return mt_fail(error, MT_USAGE, "too short");
    return status;
}

struct mt_search mt_report_search(const struct mt_report_options *options)
{
    return (struct mt_search){.sysroot = options->sysroot, .debuginfod_ms = options->debuginfod_ms};
}

static int set_system(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    options->system = true;
    return MT_OK;
}

static int set_verbose(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    options->verbose = true;
    return MT_OK;
}

static int set_color(void *target, const char *value, struct mt_error *error)
{
    struct mt_report_options *options = target;
    return mt_value_word(value, mt_color_names, &options->color, error);
}

static int add_suppressions(void *target, const char *value, struct mt_error *error)
{
    static struct mt_suppressions given; /* as long as the command line itself */
    struct mt_report_options *options = target;
    options->suppressions = &given;
    return mt_suppressions_read(options->suppressions, value, error);
}

static int leave_out_builtin(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    options->no_builtin_suppressions = true;
    return MT_OK;
}

const struct mt_option mt_report_option_list[] = {
    {"system", 0, false, set_system},
    {"format", 0, true, set_format},
    {"group-by", 0, true, set_group_by},
    {"sort", 0, true, set_sort},
    {"top", 0, true, set_top},
    {"min-bytes", 0, true, set_min_bytes},
    {"min-age", 0, true, set_min_age},
    {"verdict", 0, true, set_verdicts},
    {"kind", 0, true, set_kinds},
    {"storage", 0, true, set_storages},
    {"sysroot", 0, true, set_sysroot},
    {"debuginfod", 0, false, set_debuginfod},
    {"debuginfod-timeout", 0, true, set_debuginfod_timeout},
    {"color", 0, true, set_color},
    {"suppressions", 0, true, add_suppressions},
    {"no-builtin-suppressions", 0, false, leave_out_builtin},
    {"verbose", 'v', false, set_verbose},
    {NULL},
};

const struct mt_option mt_search_option_list[] = {
    {"sysroot", 0, true, set_sysroot},
    {"debuginfod", 0, false, set_debuginfod},
    {"debuginfod-timeout", 0, true, set_debuginfod_timeout},
    {NULL},
};

static int set_explain(void *target, const char *value, struct mt_error *error)
{
    (void)error;
    struct mt_report_options *options = target;
    options->explain = value; /* what it means is known with the trace */
    return MT_OK;
}

static int set_growing(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    options->growing = true;
    return MT_OK;
}

static int set_since(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    (void)error;
    struct mt_report_options *options = target;
    options->since = true;
    return MT_OK;
}

static int set_view(struct mt_report_options *options, enum mt_site_view view,
                    struct mt_error *error)
{
    if (options->view != MT_VIEW_UNFREED && options->view != view)
        return mt_fail(error, MT_USAGE, "--at=peak and --temporary are of different blocks");
    options->view = view;
    return MT_OK;
}

static int set_at(void *target, const char *value, struct mt_error *error)
{
    static const char *const names[] = {"peak", NULL};
    unsigned index;
    const int status = mt_value_word(value, names, &index, error);
    return status == MT_OK ? set_view(target, MT_VIEW_PEAK, error) : status;
}

static int set_temporary(void *target, const char *value, struct mt_error *error)
{
    (void)value;
    return set_view(target, MT_VIEW_TEMPORARY, error);
}

static int set_core(void *target, const char *value, struct mt_error *error)
{
    if (!value[0])
        return mt_fail(error, MT_USAGE, "needs the name of a file");
    struct mt_report_options *options = target;
    options->core = value;
    return MT_OK;
}

const struct mt_option mt_core_option_list[] = {
    {"core", 0, true, set_core},
    {NULL},
};

const struct mt_option mt_question_option_list[] = {
    {"explain", 0, true, set_explain},      {"growing", 0, false, set_growing},
    {"since", 0, false, set_since},         {"at", 0, true, set_at},
    {"temporary", 0, false, set_temporary}, {NULL},
};
