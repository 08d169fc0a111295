/* library_perl.c: an embedded Perl runs and is taken down; a block of the program is lost.
 *
 * EXPECT definite under=lost blocks=1 bytes=101
 * EXPECT rest as valgrind
 */
#include <EXTERN.h>
#include <perl.h>
#undef free
#undef malloc
#undef calloc
#include "case.h"

OBJECT(lost)

static PerlInterpreter *my_perl;

STEP void run_perl(int *arguments, char ***words, char ***environment)
{
    char *script[] = {(char *)"", (char *)"-e",
                      (char *)"my %h = map { $_ => [$_, {a => 'x' x $_}] } 1..300; "
                              "die unless $h{7}[0] == 7; my @f = 'aab' =~ /(a+)b/;",
                      NULL};
    PERL_SYS_INIT3(arguments, words, environment);
    my_perl = perl_alloc();
    perl_construct(my_perl);
    PL_exit_flags |= PERL_EXIT_DESTRUCT_END;
    PL_perl_destruct_level = 2;
    MUST(perl_parse(my_perl, NULL, 3, script, NULL) == 0 && perl_run(my_perl) == 0);
    perl_destruct(my_perl);
    perl_free(my_perl);
    PERL_SYS_TERM();
}

int main(int count, char **words, char **environment)
{
    run_perl(&count, &words, &environment);
    lost(101);
    forget();
    return 0;
}
