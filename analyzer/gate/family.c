/* family.c: from images, told by pid and time, to processes and their children. Pids are used
 * again, so a parent is the last process of that pid that had begun before. See family.h. */
#include "family.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "frames.h"
#include "paper.h"
#include "printable.h"

enum { LINES_MAX = 40, NAME_SIZE = 256, STANDING_SIZE = 192, NAME_COLUMNS = 32, NONE = -1 };

void mt_family_finish(struct mt_family *family)
{
    for (size_t i = 0; i < family->count; i++)
        free(family->members[i].name);
    free(family->members);
    *family = (struct mt_family){0};
}

int mt_family_add(struct mt_family *family, const struct mt_trace *trace, enum mt_standing standing,
                  struct mt_count leaked, struct mt_error *error)
{
    const struct mt_header *header = mt_trace_header(trace);
    const char *executable = mt_trace_text(trace, MT_FACT_EXECUTABLE);
    struct mt_member *members = reallocarray(family->members, family->count + 1, sizeof *members);
    if (members)
        family->members = members;
    char *name = members ? strdup(executable ? mt_base_name(executable) : "?") : NULL;
    if (!name)
        return mt_fail(error, MT_UNREADABLE, "%s: not enough memory", mt_trace_path(trace));
    mt_make_printable(name);
    family->members[family->count++] = (struct mt_member){
        header->pid, header->ppid, header->started_unix_ns, name, standing, leaked};
    return MT_OK;
}

/* ---- the tree ---- */

/* A process: its images stand side by side among the members, which are ordered by time in it. */
struct process {
    const struct mt_member *first, *last;
    int parent;      /* index; NONE */
    int child, next; /* first child, next child of the same parent; NONE */
    bool is_printed;
};

struct tree {
    struct process *at;
    int count;
    int lines, left; /* printed; processes that found no room */
    FILE *out;
};

static int by_pid(const void *a, const void *b)
{
    const struct mt_member *left = a, *right = b;
    if (left->pid != right->pid)
        return left->pid < right->pid ? -1 : 1;
    return left->started_ns < right->started_ns ? -1 : left->started_ns > right->started_ns;
}

static int by_time(const void *a, const void *b)
{
    const struct process *left = a, *right = b;
    if (left->first->started_ns != right->first->started_ns)
        return left->first->started_ns < right->first->started_ns ? -1 : 1;
    return left->first->pid < right->first->pid ? -1 : left->first->pid > right->first->pid;
}

static void gather(struct tree *tree, struct mt_family *family)
{
    qsort(family->members, family->count, sizeof *family->members, by_pid);
    for (size_t i = 0; i < family->count; i++) {
        const struct mt_member *member = &family->members[i];
        const bool goes_on =
            i > 0 && member[-1].pid == member->pid && member[-1].standing == MT_STANDING_REPLACED;
        if (goes_on)
            tree->at[tree->count - 1].last = member;
        else
            tree->at[tree->count++] = (struct process){member, member, NONE, NONE, NONE, false};
    }
    qsort(tree->at, (size_t)tree->count, sizeof *tree->at, by_time);
}

/* Parents come before their children in the order of time. */
static int parent_of(const struct tree *tree, int process)
{
    for (int i = process - 1; i >= 0; i--)
        if (tree->at[i].first->pid == tree->at[process].first->ppid)
            return i;
    return NONE;
}

static void link_all(struct tree *tree)
{
    for (int i = tree->count - 1; i >= 0; i--) {
        struct process *process = &tree->at[i];
        process->parent = parent_of(tree, i);
        if (process->parent == NONE)
            continue;
        process->next = tree->at[process->parent].child;
        tree->at[process->parent].child = i;
    }
}

/* ---- lines ---- */

/* "env -> app": all that the process has been. */
static void name_of(const struct process *process, char name[NAME_SIZE])
{
    size_t length = 0;
    name[0] = '\0';
    for (const struct mt_member *member = process->first;
         member <= process->last && length < NAME_SIZE; member++)
        length += (size_t)snprintf(name + length, NAME_SIZE - length, "%s%s",
                                   member == process->first ? "" : " -> ", member->name);
}

static void standing_of(const struct process *process, char text[STANDING_SIZE])
{
    static const char *const words[] = {[MT_STANDING_LEFT_OUT] = "left out",
                                        [MT_STANDING_REPLACED] = "became what left no trace",
                                        [MT_STANDING_DOUBTED] = "inconclusive"};
    const struct mt_member *member = process->last;
    char bytes[64], objects[64];
    if (member->standing != MT_STANDING_JUDGED)
        snprintf(text, STANDING_SIZE, "%s", words[member->standing]);
    else if (member->leaked.objects == 0)
        snprintf(text, STANDING_SIZE, "clean");
    else
        snprintf(text, STANDING_SIZE, "%s in %s",
                 mt_count_text(member->leaked.bytes, "byte", bytes),
                 mt_count_text(member->leaked.objects, "object", objects));
}

/* Whether two processes have the same line but for the pid, and nothing under it. */
static bool are_alike(const struct process *a, const struct process *b)
{
    char names[2][NAME_SIZE], standings[2][STANDING_SIZE];
    if (a->child != NONE || b->child != NONE)
        return false;
    name_of(a, names[0]);
    name_of(b, names[1]);
    standing_of(a, standings[0]);
    standing_of(b, standings[1]);
    return strcmp(names[0], names[1]) == 0 && strcmp(standings[0], standings[1]) == 0;
}

/* Marks the processes from `process` on, among its siblings, that are like it. */
static int mark_alike(struct tree *tree, int process)
{
    int count = 0;
    for (int i = process; i != NONE; i = tree->at[i].next) {
        if (tree->at[i].is_printed ||
            (i != process && !are_alike(&tree->at[process], &tree->at[i])))
            continue;
        tree->at[i].is_printed = true;
        count++;
    }
    return count;
}

static void print_line(struct tree *tree, int process, int depth, int count)
{
    char name[NAME_SIZE], standing[STANDING_SIZE], which[64], label[2 * NAME_SIZE];
    if (tree->lines++ >= LINES_MAX) {
        tree->left += count;
        return;
    }
    name_of(&tree->at[process], name);
    standing_of(&tree->at[process], standing);
    if (count > 1)
        mt_count_text((uint64_t)count, "time", which);
    else
        snprintf(which, sizeof which, "%" PRIu32, tree->at[process].first->pid);
    snprintf(label, sizeof label, "%*s%s %s", 2 * depth, "", name, which);
    fprintf(tree->out, "  %-*s  %s\n", NAME_COLUMNS, label, standing);
}

static void print_from(struct tree *tree, int process, int depth)
{
    for (int i = process; i != NONE; i = tree->at[i].next) {
        if (tree->at[i].is_printed)
            continue;
        print_line(tree, i, depth, mark_alike(tree, i));
        print_from(tree, tree->at[i].child, depth + 1);
    }
}

/* Those without a parent are siblings of each other. */
static int link_roots(struct tree *tree)
{
    int first = NONE;
    for (int i = tree->count - 1; i >= 0; i--) {
        if (tree->at[i].parent != NONE)
            continue;
        tree->at[i].next = first;
        first = i;
    }
    return first;
}

void mt_family_print(struct mt_family *family, FILE *out)
{
    struct tree tree = {.at = calloc(family->count + 1, sizeof *tree.at), .out = out};
    if (tree.at && family->count)
        gather(&tree, family);
    if (tree.count > 1) {
        link_all(&tree);
        fprintf(out, "memtrace: %d processes:\n", tree.count);
        print_from(&tree, link_roots(&tree), 0);
    }
    if (tree.left)
        fprintf(out, "  and %d more\n", tree.left);
    free(tree.at);
}

/* ---- who was left out ---- */

static bool was_named(const struct mt_family *family, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (family->members[i].standing == MT_STANDING_LEFT_OUT &&
            strcmp(family->members[i].name, family->members[index].name) == 0)
            return true;
    return false;
}

void mt_family_print_left_out(const struct mt_family *family, FILE *out)
{
    enum { NAMES_MAX = 12 };
    size_t names = 0;
    fputs("memtrace: left out: ", out);
    for (size_t i = 0; i < family->count; i++) {
        if (family->members[i].standing != MT_STANDING_LEFT_OUT || was_named(family, i))
            continue;
        if (names < NAMES_MAX)
            fprintf(out, "%s%s", names ? ", " : "", family->members[i].name);
        names++;
    }
    if (names > NAMES_MAX)
        fprintf(out, " and %zu more", names - NAMES_MAX);
    fputs(" (to choose: --only=GLOB, --except=GLOB)\n", out);
}
