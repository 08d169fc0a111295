/* error.c: fills struct mt_error. Names that came from a trace or a command line may hold control
 * characters; they must not reach the user's terminal, so they are replaced here, once. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "error.h"
#include "printable.h"

int mt_fail(struct mt_error *error, enum mt_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);

    mt_make_printable(error->text);
    error->status = status;
    return (int)status;
}

void mt_end_for_memory(void)
{
    fputs("memtrace: not enough memory\n", stderr);
    exit(MT_UNREADABLE);
}
