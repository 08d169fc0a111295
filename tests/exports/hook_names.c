/* hook_names.c: prints the names of all hooks that are to be exported, one a line, from the one list. */
#include <stdio.h>
#include "hook_list.h"

int main(void)
{
#define X(name, type, parameters) puts(#name);
    MT_HOOKS_C(X)
    MT_HOOKS_PROCESS(X)
    MT_HOOKS_MAPPING(X)
    MT_HOOKS_THREAD(X)
    MT_HOOKS_SIGNAL(X)
#undef X
#define X(name) puts(#name);
    MT_HOOKS_PROCESS_VARIADIC(X)
    MT_API(X)
#undef X
#define X(name, symbol, function, declared, passed) puts(#symbol);
    MT_HOOKS_NEW(X)
    MT_HOOKS_DELETE(X)
#undef X
    return 0;
}
