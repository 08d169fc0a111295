/* top_draw.c: the screen of memtrace top: four lines of the whole process, a table of its sites, a
 * line of keys; over the table the stack of one site. Colour is for what was lost alone; all else
 * is bold, dim, or the chosen row's reverse. */
#include "top_screen.h"

#include <curses.h>
#include <string.h>
#include "paper.h"
#include "printable.h"
#include "process_text.h"
#include "squeeze.h"

enum {
    HEAD_LINES = 5, /* above the table: the last one has its titles */
    NAME_COLUMN = 50,
    LOST = 1, /* colour pair */
};

void mt_screen_begin(struct mt_screen *screen)
{
    screen->has_color = mt_paper_on(stdout, screen->options->color).has_color && has_colors();
    if (!screen->has_color)
        return;
    start_color();
    use_default_colors();
    init_pair(LOST, COLOR_YELLOW, -1);
}

/* Writes in no more than `columns`, or what is left of the line. */
static void put(int line, int column, int columns, attr_t attributes, const char *text)
{
    char fitted[MT_SCREEN_TEXT];
    if (line < 0 || line >= LINES || column >= COLS)
        return;
    if (columns <= 0 || columns > COLS - column)
        columns = COLS - column;
    mt_text_squeeze(text, (size_t)columns, fitted, sizeof fitted);
    attrset(attributes);
    mvaddstr(line, column, fitted);
    attrset(A_NORMAL);
}

static void put_right(int line, attr_t attributes, const char *text)
{
    const int columns = (int)mt_text_columns(text);
    put(line, columns < COLS ? COLS - columns : 0, 0, attributes, text);
}

static attr_t ink_of_loss(const struct mt_screen *screen)
{
    return screen->has_color ? COLOR_PAIR(LOST) : A_BOLD;
}

/* "12 s", "5 min": no finer than what is drawn anew each second or two. */
static const char *age_text(uint64_t ms, char text[MT_NUMBER_SIZE])
{
    if (ms >= 60000)
        return mt_duration_text(ms, text);
    snprintf(text, MT_NUMBER_SIZE, "%u s", (unsigned)(ms / 1000));
    return text;
}

static void draw_process(const struct mt_screen *screen)
{
    char command[MT_SCREEN_TEXT], title[MT_SCREEN_TEXT + 32], end[MT_END_SIZE];
    char age[MT_NUMBER_SIZE];
    const struct mt_trace *trace = mt_standings_trace(screen->standings);
    const bool is_running = screen->head->is_running;
    mt_command_text(trace, command, sizeof command);
    snprintf(title, sizeof title, "%u  %s", screen->pid, command);
    if (is_running)
        snprintf(end, sizeof end, "running for %s", age_text(screen->head->at_ms, age));
    else
        mt_end_text(trace, mt_process_fate(trace), end);
    const int end_columns = (int)mt_text_columns(end);
    put(0, 0, COLS > end_columns + 2 ? COLS - end_columns - 2 : 1, A_BOLD, title);
    put_right(0, is_running ? A_DIM : A_BOLD, end);
}

static void draw_live(const struct mt_screen *screen)
{
    const struct mt_standings_head *head = screen->head;
    const struct mt_count all = mt_sum_round(&head->all.sum);
    char text[MT_SCREEN_TEXT], live[MT_NUMBER_SIZE], count[64], resident[MT_NUMBER_SIZE];
    char growth[MT_TOP_SIZE], rate[MT_TOP_SIZE];
    const bool has_resident = head->resident_bytes != MT_FIGURE_UNKNOWN;
    snprintf(text, sizeof text, "live %s in %s \xc2\xb7 growth %s, %s/s%s%s",
             mt_size_text(all.bytes, live), mt_count_text(all.objects, "object", count),
             mt_top_size_text(head->all.growth, true, growth),
             mt_top_size_text(head->all.per_second, true, rate),
             has_resident ? " \xc2\xb7 in RAM " : "",
             has_resident ? mt_size_text(head->resident_bytes, resident) : "");
    put(1, 0, 0, A_NORMAL, text);
}

static void draw_calls(const struct mt_screen *screen)
{
    const struct mt_standings_head *head = screen->head;
    char text[MT_SCREEN_TEXT], given[MT_NUMBER_SIZE], freed[MT_NUMBER_SIZE], peak[MT_NUMBER_SIZE];
    snprintf(text, sizeof text, "calls %s allocations/s, %s frees/s \xc2\xb7 peak of blocks %s",
             mt_number_text((uint64_t)(head->allocations_per_second + 0.5), given),
             mt_number_text((uint64_t)(head->frees_per_second + 0.5), freed),
             mt_size_text(head->peak_bytes, peak));
    put(2, 0, 0, A_NORMAL, text);
}

static void draw_snapshot(const struct mt_screen *screen)
{
    const struct mt_standings_head *head = screen->head;
    char text[MT_SCREEN_TEXT], age[MT_NUMBER_SIZE], bytes[MT_NUMBER_SIZE], objects[64];
    if (!head->snapshot) {
        put(3, 0, 0, A_DIM, "no snapshot yet: s takes one, which tells what is lost");
        return;
    }
    age_text(head->at_ms > head->snapshot_ms ? head->at_ms - head->snapshot_ms : 0, age);
    const bool is_seen_whole = !head->suspects.objects;
    const struct mt_count *count = is_seen_whole ? &head->lost : &head->suspects;
    if (head->has_verdicts)
        snprintf(text, sizeof text, "snapshot %s ago: %s %s in %s", age,
                 is_seen_whole ? "lost" : "not all was seen, unclassified",
                 mt_size_text(count->bytes, bytes),
                 mt_count_text(count->objects, "object", objects));
    else
        snprintf(text, sizeof text, "snapshot %s ago: without verdicts", age);
    put(3, 0, 0, head->lost.objects ? ink_of_loss(screen) : A_NORMAL, text);
}

static void draw_titles(const struct mt_screen *screen)
{
    static const struct {
        const char *text;
        int column;
        int sort; /* enum mt_standing_sort; -1: it is none */
    } titles[] = {{"BYTES", 1, MT_STANDING_BYTES},
                  {"OBJECTS", 9, MT_STANDING_BLOCKS},
                  {"GROWTH", 20, MT_STANDING_GROWTH},
                  {"PER SECOND", 27, MT_STANDING_RATE},
                  {"VERDICT", 39, -1},
                  {"SITE", NAME_COLUMN, -1}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        put(HEAD_LINES - 1, titles[i].column, 0,
            titles[i].sort == (int)screen->sort ? A_BOLD | A_UNDERLINE : A_DIM, titles[i].text);
}

static void draw_site(const struct mt_screen *screen, int line, const struct mt_standing *site,
                      bool is_chosen)
{
    char text[MT_SCREEN_TEXT], bytes[MT_TOP_SIZE], growth[MT_TOP_SIZE], rate[MT_TOP_SIZE];
    char objects[MT_NUMBER_SIZE];
    const attr_t plain = is_chosen ? A_REVERSE : A_NORMAL;
    const bool is_lost = MT_VERDICTS_LEAKS & 1u << site->verdict;
    snprintf(text, sizeof text, "%6s %9s %9s %10s", mt_top_size_text(site->sum.bytes, false, bytes),
             mt_number_text(mt_sum_round(&site->sum).objects, objects),
             mt_top_size_text(site->growth, true, growth),
             mt_top_size_text(site->per_second, true, rate));
    if (is_chosen)
        mvchgat(line, 0, -1, A_REVERSE, 0, NULL);
    put(line, 0, 0, plain, text);
    if (site->verdict != MT_VERDICT_NONE)
        put(line, NAME_COLUMN - 11, 10, (is_lost ? ink_of_loss(screen) : A_DIM) | plain,
            mt_verdict_name(site->verdict));

    const char *name = mt_standing_name(screen->standings, site);
    const char *place = mt_standing_place(screen->standings, site);
    const int name_end = NAME_COLUMN + (int)mt_text_columns(name) + 2;
    put(line, NAME_COLUMN, 0, plain, name);
    if (name_end + (int)mt_text_columns(place) <= COLS)
        put(line, name_end, 0, is_chosen ? plain : A_DIM, place);
    if (is_chosen)
        mvchgat(line, 0, -1, A_REVERSE, 0, NULL);
}

int mt_screen_table_lines(void)
{
    return LINES > HEAD_LINES + 1 ? LINES - HEAD_LINES - 1 : 0;
}

/* Finds the chosen site where it is now, and scrolls so that it is seen. */
static void follow(struct mt_screen *screen)
{
    const size_t lines = (size_t)mt_screen_table_lines();
    screen->at = screen->chosen && screen->at < screen->count ? screen->at : 0;
    for (size_t i = 0; screen->chosen && i < screen->count; i++)
        if (screen->sites[i] == screen->chosen)
            screen->at = i;
    if (screen->at < screen->first)
        screen->first = screen->at;
    if (lines && screen->at >= screen->first + lines)
        screen->first = screen->at - lines + 1;
}

static void draw_table(struct mt_screen *screen)
{
    screen->count =
        mt_standings_select(screen->standings, screen->sort, screen->filter, &screen->sites);
    if (screen->options->top && screen->count > screen->options->top)
        screen->count = screen->options->top;
    follow(screen);
    draw_titles(screen);
    for (int i = 0; i < mt_screen_table_lines() && screen->first + (size_t)i < screen->count; i++)
        draw_site(screen, HEAD_LINES + i, screen->sites[screen->first + (size_t)i],
                  screen->first + (size_t)i == screen->at);
    if (screen->count == 0)
        put(HEAD_LINES + 1, 1, 0, A_DIM,
            screen->filter[0] ? "no site has this in its function or file" : "nothing lives");
}

/* The stack of a site, under its own figures. */
static void draw_stack(struct mt_screen *screen)
{
    const char *line = screen->stack ? screen->stack : "";
    draw_titles(screen);
    draw_site(screen, HEAD_LINES, screen->opened, false);
    for (size_t skip = screen->stack_first; skip && *line; skip--) {
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    for (int i = 2; i < mt_screen_table_lines() && *line; i++) {
        char text[MT_SCREEN_TEXT];
        const size_t length = strcspn(line, "\n");
        snprintf(text, sizeof text, "%.*s", (int)length, line);
        put(HEAD_LINES + i, 0, 0, A_NORMAL, text);
        line += length + (line[length] == '\n');
    }
}

static void draw_keys(const struct mt_screen *screen)
{
    static const char table[] =
        "\xe2\x86\x91\xe2\x86\x93 choose  Enter stack  b o g r sort  / filter  s snapshot  q quit";
    static const char stack[] = "\xe2\x86\x91\xe2\x86\x93 scroll  Enter back  s snapshot  q quit";
    char text[MT_SCREEN_TEXT];
    if (screen->is_typing) {
        snprintf(text, sizeof text, "/%s", screen->filter);
        mt_make_printable(text);
        put(LINES - 1, 0, 0, A_BOLD, text);
    } else if (screen->note[0]) {
        put(LINES - 1, 0, 0, A_BOLD, screen->note);
    } else {
        snprintf(text, sizeof text, "%s%s%s", screen->opened ? stack : table,
                 screen->filter[0] ? "  filter: " : "", screen->filter);
        put(LINES - 1, 0, 0, A_DIM, text);
    }
    if (screen->is_typing)
        move(LINES - 1, (int)mt_text_columns(screen->filter) + 1);
    curs_set(screen->is_typing);
}

void mt_screen_draw(struct mt_screen *screen)
{
    erase();
    if (screen->head->rounds == 0) {
        put(0, 0, 0, A_DIM, "reading the trace\xe2\x80\xa6");
        refresh();
        return;
    }
    draw_process(screen);
    draw_live(screen);
    draw_calls(screen);
    draw_snapshot(screen);
    if (screen->opened)
        draw_stack(screen);
    else
        draw_table(screen);
    draw_keys(screen);
    refresh();
}
