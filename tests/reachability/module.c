/* module.c: a library that cases open and close: it keeps pointers in its data and in thread-local
 * storage of its own. */
void module_keep_in_global(void *pointer);
void module_keep_in_local(void *pointer);

static void *volatile global;
static __thread void *volatile local;

void module_keep_in_global(void *pointer)
{
    global = pointer;
}

void module_keep_in_local(void *pointer)
{
    local = pointer;
}
