/* top_screen.c: memtrace top on a terminal. Between two steps of reading it waits for keys, so it
 * answers at once however large the trace; it is drawn anew after each round, key and change of
 * size.
 */
#include "top_screen.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "ask.h"
#include "paper.h"
#include "printable.h"
#include "stack_text.h"

enum {
    ESCAPE = 27,
    ESCAPE_DELAY_MS = 25,
    LONGEST_WAIT_MS = 1000,
    ANSWER_MS = 5000, /* of a snapshot */
};

/* ---- what keys do ---- */

static void note(struct mt_screen *screen, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct mt_screen *screen, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(screen->note, sizeof screen->note, format, arguments);
    va_end(arguments);
}

static void judge(struct mt_screen *screen)
{
    struct mt_error error;
    /* Where the process has ended its trace may be gone, with no harm to what is shown. */
    if (mt_standings_judge(screen->standings, &error) != MT_OK && screen->head->is_running)
        note(screen, "%s", error.text);
}

static void take_snapshot(struct mt_screen *screen)
{
    struct mt_error error;
    note(screen, "asked process %u for a snapshot\xe2\x80\xa6", screen->pid);
    mt_screen_draw(screen);
    screen->note[0] = 0;
    if (mt_ask_snapshot(screen->path, screen->pid, ANSWER_MS, &error) != MT_OK)
        note(screen, "%s", error.text);
    else
        judge(screen);
}

static void close_stack(struct mt_screen *screen)
{
    free(screen->stack);
    screen->stack = NULL;
    screen->opened = NULL;
    screen->stack_first = 0;
}

static void open_stack(struct mt_screen *screen)
{
    size_t size;
    struct mt_symbols *symbols = mt_standings_symbols(screen->standings);
    if (screen->at >= screen->count || !symbols)
        return;
    screen->opened = screen->sites[screen->at];
    FILE *out = open_memstream(&screen->stack, &size);
    if (!out)
        return;
    const struct mt_paper paper = {.out = out};
    mt_stack_print(&paper, mt_standings_trace(screen->standings), symbols, screen->opened->stack);
    fclose(out);
}

static void choose(struct mt_screen *screen, long by)
{
    const long last = (long)screen->count - 1, at = (long)screen->at + by;
    if (last < 0)
        return;
    screen->at = (size_t)(at < 0 ? 0 : at > last ? last : at);
    screen->chosen = screen->sites[screen->at];
}

static void scroll_stack(struct mt_screen *screen, long by)
{
    long lines = 0;
    for (const char *c = screen->stack; c && *c; c++)
        lines += *c == '\n';
    const long last =
        lines > mt_screen_table_lines() - 2 ? lines - (mt_screen_table_lines() - 2) : 0;
    const long first = (long)screen->stack_first + by;
    screen->stack_first = (size_t)(first < 0 ? 0 : first > last ? last : first);
}

static void go(struct mt_screen *screen, long by)
{
    if (screen->opened)
        scroll_stack(screen, by);
    else
        choose(screen, by);
}

/* Keys are bytes: a character of several is taken byte by byte. */
static void type(struct mt_screen *screen, int key)
{
    size_t length = strlen(screen->filter);
    if (key == '\n' || key == '\r' || key == KEY_ENTER)
        screen->is_typing = false;
    if (key == ESCAPE) {
        screen->filter[0] = 0;
        screen->is_typing = false;
    }
    if ((key == KEY_BACKSPACE || key == 127 || key == '\b') && length)
        while (length && (screen->filter[--length] & 0xc0) == 0x80)
            continue;
    else if (key >= ' ' && key < 256 && key != 127 && length + 1 < sizeof screen->filter)
        screen->filter[length++] = (char)key;
    else
        return;
    screen->filter[length] = 0;
    screen->chosen = NULL;
}

static void sort_by(struct mt_screen *screen, enum mt_standing_sort sort)
{
    screen->sort = sort;
    screen->chosen = NULL;
    screen->first = 0;
}

static void press_escape(struct mt_screen *screen)
{
    if (screen->opened)
        close_stack(screen);
    else
        screen->filter[0] = 0;
}

static void press_letter(struct mt_screen *screen, int key)
{
    static const char sorts[] = "bogr"; /* by enum mt_standing_sort */
    const char *sort = key < 128 && key > 0 ? strchr(sorts, key) : NULL;
    if (key == 'q')
        screen->is_done = true;
    else if (key == 's')
        take_snapshot(screen);
    else if (key == '/' && !screen->opened)
        screen->is_typing = true;
    else if (sort && !screen->opened)
        sort_by(screen, (enum mt_standing_sort)(sort - sorts));
}

static void press(struct mt_screen *screen, int key)
{
    const long page = mt_screen_table_lines() > 1 ? mt_screen_table_lines() - 1 : 1,
               far = INT32_MAX;
    screen->note[0] = 0;
    if (screen->is_typing) {
        type(screen, key);
        return;
    }
    switch (key) {
    case KEY_UP:
    case 'k':
        go(screen, -1);
        break;
    case KEY_DOWN:
    case 'j':
        go(screen, 1);
        break;
    case KEY_PPAGE:
        go(screen, -page);
        break;
    case KEY_NPAGE:
    case ' ':
        go(screen, page);
        break;
    case KEY_HOME:
        go(screen, -far);
        break;
    case KEY_END:
        go(screen, far);
        break;
    case '\n':
    case '\r':
    case KEY_ENTER:
        if (screen->opened)
            close_stack(screen);
        else
            open_stack(screen);
        break;
    case ESCAPE:
        press_escape(screen);
        break;
    default:
        press_letter(screen, key);
    }
}

/* ---- time ---- */

struct pace {
    uint64_t round_us; /* when the round that runs began */
    uint64_t next_us;  /* when the next step is due; UINT64_MAX: none is */
};

/* Reads on. Returns false where memory runs out. */
static bool step(struct mt_screen *screen, struct pace *pace)
{
    const uint64_t begin_us = mt_top_processor_us();
    const bool is_first = screen->head->rounds == 0;
    const int result = mt_standings_step(screen->standings, MT_TOP_STEP_US);
    if (result < 0)
        return false;
    if (result > 0) {
        judge(screen);
        mt_screen_draw(screen);
    }
    pace->next_us = mt_top_now_us() + (is_first ? 0 : mt_top_pause_us(begin_us));
    if (result > 0) {
        const uint64_t due_us = pace->round_us + screen->options->interval_ms * 1000;
        pace->next_us = pace->next_us > due_us ? pace->next_us : due_us;
        pace->round_us = pace->next_us;
    }
    if (!screen->head->is_running)
        pace->next_us = UINT64_MAX;
    if (screen->options->count && screen->head->rounds >= screen->options->count)
        screen->is_done = true;
    return true;
}

/* Waits for a key until the next step is due. */
static int await_key(const struct pace *pace)
{
    const uint64_t now_us = mt_top_now_us();
    const uint64_t left_ms = pace->next_us > now_us ? (pace->next_us - now_us) / 1000 + 1 : 0;
    timeout(pace->next_us == UINT64_MAX ? -1
            : left_ms < LONGEST_WAIT_MS ? (int)left_ms
                                        : LONGEST_WAIT_MS);
    return getch();
}

static bool watch(struct mt_screen *screen)
{
    struct pace pace = {.round_us = mt_top_now_us()};
    mt_screen_draw(screen);
    while (!screen->is_done) {
        if (mt_top_now_us() >= pace.next_us && !step(screen, &pace))
            return false;
        const int key = screen->is_done ? ERR : await_key(&pace);
        if (key == ERR)
            continue;
        press(screen, key); /* KEY_RESIZE is among those that only draw */
        mt_screen_draw(screen);
    }
    return true;
}

/* ---- the terminal ---- */

static void begin_terminal(struct mt_screen *screen)
{
    set_escdelay(ESCAPE_DELAY_MS);
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    mt_screen_begin(screen);
}

int mt_top_on_screen(struct mt_standings *standings, const char *path, uint32_t pid,
                     const struct mt_top_options *options, struct mt_error *error)
{
    struct mt_screen screen = {
        .standings = standings,
        .head = mt_standings_head(standings),
        .path = path,
        .pid = pid,
        .options = options,
        .sort = options->sort,
    };
    snprintf(screen.filter, sizeof screen.filter, "%s", options->filter ? options->filter : "");
    mt_make_printable(screen.filter);
    /* Names are UTF-8, as everywhere in reports. */
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    SCREEN *terminal = newterm(NULL, stdout, stdin);
    if (!terminal)
        return mt_fail(error, MT_USAGE,
                       "top: terminal %s: is not known (try: TERM=vt100, or | cat)",
                       getenv("TERM"));
    begin_terminal(&screen);
    const bool is_whole = watch(&screen);
    close_stack(&screen);
    endwin();
    delscreen(terminal);
    return is_whole ? MT_OK : mt_fail(error, MT_UNREADABLE, "%s: not enough memory", path);
}
