# gdb: a traced program under gdb: breakpoints, steps, a watchpoint, calls of malloc, threads, signals
# version: gdb --version
# needs: gdb gcc
# blur: 0x[0-9a-f]+
# blur: \(LWP \d+\)|process \d+
# shellcheck shell=sh disable=SC2016,SC1091
prepare() {
    gcc -g -O0 -pthread "$SOURCES/debugged.c" -o debugged
    cat >session <<'END'
set pagination off
set confirm off
set debuginfod enabled off
set exec-wrapper traced
set print thread-events off
break add
run
backtrace
next
next
print *list
watch list->count
continue
continue
delete
print ((unsigned long (*)(void *))malloc_usable_size)(((void *(*)(unsigned long))malloc)(999)) >= 999
call ((void (*)(void *))free)(((void *(*)(unsigned long))malloc)(20))
print ((unsigned long (*)(const char *))strlen)("needs room in the program")
break in_thread
continue
info threads 2
backtrace 2
delete
handle SIGUSR1 stop print
continue
backtrace 3
catch fork
continue
continue
print $_exitcode
END
}
work() {
    gdb -nx -batch -x session ./debugged
}
