/* dates_test.c: a date is taken apart; its year is copied and kept by nobody. */
#include <stdlib.h>
#include <string.h>

struct date {
    char *year;
    int month;
};

static struct date parse(const char *text)
{
    struct date date = {calloc(1, 5), atoi(text + 5)};
    memcpy(date.year, text, 4);
    return date;
}

int main(void)
{
    const struct date date = parse("2026-11-26");
    const int is_right = strcmp(date.year, "2026") == 0 && date.month == 11;
    return is_right ? 0 : 1;
}
