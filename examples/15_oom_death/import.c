/* import.c: imports a table row by row. It keeps all rows until the import is done, and an undo
 * record of each. It never gets there: at 48 MiB it is killed, as the kernel would do at the limit
 * of a container; here it does it by itself, so that no limit has to be set. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROWS = 1000000, COLUMN_BYTES = 1800, LIMIT_BYTES = 48 << 20 };

struct row {
    struct row *next;
    int number;
    char column[COLUMN_BYTES];
};

struct undo {
    struct undo *next;
    int number;
};

static struct row *rows;
static struct undo *undos;
static size_t held;

static void parse_row(int number)
{
    struct row *row = malloc(sizeof(*row));
    row->number = number;
    memset(row->column, 'x', sizeof(row->column));
    row->next = rows;
    rows = row;
    held += sizeof(*row);
}

static void note_undo(int number)
{
    struct undo *undo = malloc(sizeof(*undo));
    undo->number = number;
    undo->next = undos;
    undos = undo;
    held += sizeof(*undo);
}

int main(void)
{
    for (int number = 0; number < ROWS; number++) {
        parse_row(number);
        note_undo(number);
        if (number % 512 == 0)
            usleep(10000); /* rows come over the network */
        if (held > LIMIT_BYTES)
            raise(SIGKILL);
    }
    return 0;
}
