/* library_python.c: an embedded Python runs and is taken down; an extension's block is lost.
 *
 * EXPECT definite under=lost blocks=1 bytes=101
 * EXPECT rest as valgrind
 */
#include <Python.h>
#include "case.h"

OBJECT(lost)

STEP void run_python(void)
{
    Py_Initialize();
    MUST(PyRun_SimpleString("import json\n"
                            "words = {str(i): [i, {i: 'x'}] for i in range(300)}\n"
                            "assert json.loads(json.dumps(words))['7'][0] == 7\n") == 0);
    MUST(Py_FinalizeEx() == 0);
}

int main(void)
{
    run_python();
    lost(101);
    forget();
    return 0;
}
