/* prints.c: prints by stdio, sets its locale and reads the clock's zone: what libc keeps for good.
 */
#include <locale.h>
#include <stdio.h>
#include <time.h>

int main(void)
{
    setlocale(LC_ALL, "");
    tzset();
    puts("printed");
    return 0;
}
