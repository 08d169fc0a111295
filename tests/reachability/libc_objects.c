/* libc_objects.c: streams are in libc's list and are kept with their buffers, closed or not;
 * what else libc hands out is the caller's to keep.
 *
 * EXPECT reachable under=open_stream blocks=2 bytes=4568
 * EXPECT definite under=resolve blocks=1 bytes=64
 * EXPECT definite under=copy_of_locale blocks=1 bytes=any
 * EXPECT definite under=converter blocks=1 bytes=any
 * EXPECT indirect under=converter blocks=3 bytes=any
 */
#include <iconv.h>
#include <locale.h>
#include <netdb.h>
#include "case.h"

iconv_t kept;

STEP void open_stream(void)
{
    FILE *stream = fopen("/dev/null", "w");
    MUST(stream && fputs("text", stream) >= 0);
}

STEP void resolve(void)
{
    struct addrinfo *found, wish = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    MUST(getaddrinfo("127.0.0.1", NULL, &wish, &found) == 0);
}

STEP void copy_of_locale(void)
{
    locale_t copy = duplocale(LC_GLOBAL_LOCALE);
    MUST(copy);
}

STEP iconv_t kept_converter(void)
{
    iconv_t open = iconv_open("UTF-16LE", "UTF-8");
    MUST(open != (iconv_t)-1);
    return open;
}

STEP void converter(void)
{
    iconv_t open = iconv_open("UTF-16LE", "UTF-8");
    MUST(open != (iconv_t)-1);
}

int main(void)
{
    MUST(setlocale(LC_ALL, "C.UTF-8"));
    open_stream();
    resolve();
    copy_of_locale();
    kept = kept_converter(); /* and all that is loaded for the first one */
    converter();
    forget();
    return 0;
}
