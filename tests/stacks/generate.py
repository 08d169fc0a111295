"""generate.py SEED FOLDER: writes a C++ program and two plugins into FOLDER whose stacks are as odd as
stacks can be, and prints nothing. The same seed makes the same files.

The program is a set of functions that call each other at random until a budget is spent, and
allocate on the way. Each function has one or more of the traits below."""

import random
import sys
from pathlib import Path

FUNCTIONS = 48

HEAD = r"""
#include <alloca.h>
#include <csetjmp>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))
#define HIDE(x) __asm__ volatile("" : : "r"(x) : "memory")

struct state {
    uint64_t random;
    int budget;
    int depth;
    int in_handler;
    int in_fiber;
    jmp_buf *escape; /* where a longjmp may go */
    int may_throw;
    void *kept[64];
};
static thread_local state self;
#define DEPTH_MAX 40

static unsigned chance(unsigned n)
{
    self.random ^= self.random << 13;
    self.random ^= self.random >> 7;
    self.random ^= self.random << 17;
    return (unsigned)(self.random >> 20) % n;
}

typedef long (*function)(long);
extern function const functions[];
static inline long call_any(long x);

/* Returns whether a function may call on. */
static bool go_on()
{
    return --self.budget > 0 && self.depth < DEPTH_MAX;
}

struct deeper {
    deeper() { self.depth++; }
    ~deeper() { self.depth--; }
};

static NOINLINE void allocate()
{
    void *&slot = self.kept[chance(64)];
    switch (chance(5)) {
    case 0: free(slot); slot = malloc(1 + chance(300)); break;
    case 1: free(slot); slot = calloc(1 + chance(5), 8); break;
    case 2: slot = realloc(slot, 1 + chance(500)); break;
    case 3: free(slot); slot = strdup("stack"); break;
    default: delete[] new char[1 + chance(90)]; break;
    }
}

/* ---- ways to call that leave the ordinary stack ---- */

static NOINLINE void on_signal(int)
{
    if (self.in_handler > 2)
        return;
    self.in_handler++;
    int may_throw = self.may_throw;
    jmp_buf *escape = self.escape;
    self.may_throw = 0;
    self.escape = nullptr;
    allocate();
    HIDE(call_any(3));
    self.may_throw = may_throw;
    self.escape = escape;
    self.in_handler--;
}

struct fiber {
    ucontext_t own, back;
    long argument, result;
    state *of;
};

static void fiber_main(unsigned low, unsigned high)
{
    fiber *me = (fiber *)((uintptr_t)low | (uintptr_t)high << 32);
    me->result = call_any(me->argument);
    allocate();
}

static NOINLINE long in_fiber(long x)
{
    size_t bytes = (160 + chance(3) * 16) * 4096;
    int may_throw = self.may_throw;
    jmp_buf *escape = self.escape;
    int depth = self.depth;
    void *stack = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED)
        abort();
    fiber me;
    memset(&me, 0, sizeof me);
    me.argument = x;
    getcontext(&me.own);
    me.own.uc_stack.ss_sp = stack;
    me.own.uc_stack.ss_size = bytes;
    me.own.uc_link = &me.back;
    makecontext(&me.own, (void (*)())fiber_main, 2, (unsigned)(uintptr_t)&me,
                (unsigned)((uintptr_t)&me >> 32));
    self.may_throw = 0;
    self.escape = nullptr;
    self.depth = DEPTH_MAX - 8;
    self.in_fiber++;
    swapcontext(&me.back, &me.own);
    self.in_fiber--;
    self.may_throw = may_throw;
    self.escape = escape;
    self.depth = depth;
    munmap(stack, bytes);
    allocate();
    return me.result;
}

static pthread_mutex_t plugins = PTHREAD_MUTEX_INITIALIZER;
static thread_local int in_plugin;

static NOINLINE long in_plugin_code(long x)
{
    if (in_plugin || self.in_handler)
        return x;
    in_plugin = 1;
    int may_throw = self.may_throw;
    jmp_buf *escape = self.escape;
    self.may_throw = 0;
    self.escape = nullptr;
    pthread_mutex_lock(&plugins);
    void *handle = dlopen(chance(2) ? "./plugin_a.so" : "./plugin_b.so", RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fprintf(stderr, "%s\n", dlerror());
        abort();
    }
    typedef long (*entry)(long, function);
    entry enter = (entry)dlsym(handle, "enter");
    long result = enter(x, call_any);
    dlclose(handle);
    pthread_mutex_unlock(&plugins);
    allocate();
    self.may_throw = may_throw;
    self.escape = escape;
    in_plugin = 0;
    return result;
}

static int compare(const void *a, const void *b)
{
    if (chance(4) == 0)
        allocate();
    if (chance(16) == 0)
        HIDE(call_any(1));
    return *(const int *)a - *(const int *)b;
}
"""

TAIL = r"""
static inline long call_any(long x)
{
    return functions[chance(FUNCTION_COUNT)](x);
}

static NOINLINE void run(uint64_t seed, int budget)
{
    self.random = seed * 0x9e3779b97f4a7c15u + 1;
    static const size_t alternate_bytes = 4 << 20;
    stack_t alternate = {};
    alternate.ss_sp = mmap(nullptr, alternate_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    alternate.ss_size = alternate_bytes;
    if (seed % 2)
        sigaltstack(&alternate, nullptr);
    for (int i = 0; i < 6; i++) {
        self.budget = 20;
        HIDE(in_plugin_code(i));
    }
    for (self.budget = budget; self.budget > 0;)
        HIDE(call_any(self.budget));
    for (void *&block : self.kept) {
        free(block);
        block = nullptr;
    }
}

static void *thread(void *argument)
{
    run((uintptr_t)argument, BUDGET / 4);
    return nullptr;
}

int main()
{
    struct sigaction action = {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    sigaction(SIGUSR1, &action, nullptr);
    run(SEED, BUDGET);
    pthread_t threads[3];
    for (uintptr_t i = 0; i < 3; i++)
        pthread_create(&threads[i], nullptr, thread, (void *)(SEED + 1 + i));
    for (pthread_t one : threads)
        pthread_join(one, nullptr);
    run(SEED + 9, BUDGET / 4);
    puts("done");
    return 0;
}
"""

PLUGIN = r"""
#include <stdlib.h>
typedef long (*function)(long);
static __attribute__((noinline)) long inner%(name)s(long x, function call)
{
    volatile char room[%(room)d];
    room[0] = (char)x;
    void *block = malloc(%(room)d);
    __asm__ volatile("" : : "r"(block) : "memory");
    long result = call(x) + room[0];
    free(block);
    return result;
}
long enter(long x, function call)
{
    volatile char room[%(outer)d];
    room[0] = 1;
    void *block = calloc(3, %(outer)d);
    long result = inner%(name)s(x, call) + room[0];
    free(realloc(block, 100));
    return result;
}
"""

# What a function does around its calls. Each is C++ text that may use x and must keep it live.
WAYS = {
    "plain": "x += call_any(x);",
    "twice": "x += call_any(x + 1); allocate(); x ^= call_any(x + 2);",
    "alloca": "{ volatile char *room = (char *)alloca(16 + chance(400)); room[0] = (char)x;"
              " x += call_any(x) + room[0]; }",
    "aligned": "{ alignas(%(align)d) volatile char room[%(align)d]; room[0] = (char)x; HIDE(room);"
               " x += call_any(x) + room[0]; }",
    "aligned alloca": "{ alignas(64) volatile char room[64]; room[1] = (char)x; HIDE(room);"
                      " volatile char *more = (char *)alloca(32 + chance(100)); more[0] = room[1];"
                      " x += call_any(x) + more[0]; }",
    "many registers": "{ long a = x * 3, b = x ^ 5, c = x + 7, d = x * x, e = x - 9, f = x | 1;"
                      " x = call_any(x); x += a; x ^= call_any(b); x += b + c * d; allocate();"
                      " x += e ^ f; }",
    "large frame": "{ volatile char room[%(large)d]; room[7] = (char)x; x += call_any(x) + room[7]; }",
    "setjmp": "{ jmp_buf here; jmp_buf *before = self.escape; volatile long kept = x;"
              " int depth = self.depth; int may_throw = self.may_throw; self.may_throw = 0;"
              " if (setjmp(here) == 0) { self.escape = &here; kept += call_any(kept); }"
              " else allocate();"
              " self.escape = before; self.depth = depth; self.may_throw = may_throw; x = kept; }",
    "longjmp": "if (self.escape && chance(3) == 0) longjmp(*self.escape, 1); x += call_any(x);",
    "catch": "{ jmp_buf *escape = self.escape; self.escape = nullptr; self.may_throw++;"
             " try { x += call_any(x); } catch (int thrown) { allocate(); x += thrown; }"
             " self.may_throw--; self.escape = escape; }",
    "throw": "if (self.may_throw && chance(3) == 0) throw (int)x; x += call_any(x);",
    # Not from a fiber that a handler runs: the kernel would begin the alternate stack anew.
    "signal": "if (chance(4) == 0 && !(self.in_handler && self.in_fiber)) raise(SIGUSR1);"
              " else x += call_any(x);",
    "fiber": "if (chance(4) == 0 && self.depth < DEPTH_MAX - 10) x += in_fiber(x);"
             " else x += call_any(x);",
    "plugin": "if (chance(3) == 0) x += in_plugin_code(x); else x += call_any(x);",
    "sort": "{ int numbers[12]; for (int &n : numbers) n = (int)chance(99);"
            " jmp_buf *escape = self.escape; int may_throw = self.may_throw;"
            " self.escape = nullptr; self.may_throw = 0;"
            " qsort(numbers, 12, sizeof *numbers, compare); x += numbers[3];"
            " self.escape = escape; self.may_throw = may_throw; }",
    "stack arguments": "x += many%(index)d(x, x + 1, x + 2, x + 3, x + 4, x + 5, x + 6, x + 7);",
}

LEVELS = ["O0", "O1", "O2", "O3", "Os"]


def attributes(random_) -> str:
    chosen = []
    if random_.random() < 0.3:
        level = random_.choice(LEVELS)
        frame = random_.choice(["omit-frame-pointer", "no-omit-frame-pointer"])
        chosen.append(f'optimize("{level}", "{frame}")')
    return f"__attribute__(({', '.join(chosen)})) " if chosen else ""


def function_text(index: int, random_) -> str:
    values = {
        "index": index,
        "align": random_.choice([32, 64, 128, 4096]),
        "large": random_.choice([200, 1000, 5000, 20000]),
    }
    ways = [WAYS[random_.choice(list(WAYS))] % values for _ in range(random_.choice([1, 1, 2, 3]))]
    text = ""
    if any(f"many{index}" in way for way in ways):
        align = random_.choice([8, 16, 32, 64])
        text += (f"static NOINLINE {attributes(random_)}long many{index}(long a, long b, long c, "
                 f"long d, long e, long f, long g, long h)\n{{\n"
                 f"    alignas({align}) volatile long room[{align // 8}] = {{a + g + h}};\n"
                 f"    HIDE(room);\n    allocate();\n"
                 f"    return call_any(b + c + d + e + f) + room[0] + g * h;\n}}\n")
    text += f"static NOINLINE {attributes(random_)}long f{index}(long x)\n{{\n"
    if random_.random() < 0.15:  # a jump in place of a call, at -O2
        target = random_.randrange(FUNCTIONS)
        return text + (f"    if (!go_on())\n        return x;\n    allocate();\n"
                       f"    return functions[{target}](x + 1);\n}}\n")
    text += "    if (!go_on())\n        return x;\n    deeper level;\n"
    if random_.random() < 0.7:
        text += "    allocate();\n"
    for way in ways:
        text += f"    {way}\n"
    if random_.random() < 0.5:
        text += "    allocate();\n"
    return text + "    HIDE(x);\n    return x;\n}\n"


def program_text(seed: int, random_, budget: int) -> str:
    head = f"#define SEED {seed}u\n#define BUDGET {budget}\n#define FUNCTION_COUNT {FUNCTIONS}\n"
    bodies = "\n".join(function_text(index, random_) for index in range(FUNCTIONS))
    table = ", ".join(f"f{index}" for index in range(FUNCTIONS))
    return head + HEAD + bodies + f"\nfunction const functions[] = {{{table}}};\n" + TAIL


def compiler_words(random_) -> list[str]:
    """The flags, and for each plugin its own."""
    return [random_.choice(["-O0", "-O1", "-O2", "-O2", "-O3", "-Os"]),
            random_.choice(["-fomit-frame-pointer", "-fno-omit-frame-pointer", "-fno-plt",
                            "-mstackrealign", "-fstack-protector-all", "-fcf-protection=full",
                            "-maccumulate-outgoing-args", "-mpreferred-stack-boundary=5"])]


def generate(seed: int, folder: Path, budget: int = 6000) -> list[str]:
    """Writes program.cc, plugin_a.c and plugin_b.c; returns the compiler's flags."""
    random_ = random.Random(seed)
    flags = compiler_words(random_)
    (folder / "program.cc").write_text(program_text(seed, random_, budget))
    # Sizes that take as many bytes in the code: the same return addresses with other frames.
    rooms = random_.sample([304, 608, 1216, 2432], 2)
    outers = random_.sample([320, 656, 960], 2)
    for name, room, outer in zip("ab", rooms, outers):
        sizes = {"name": name, "room": room, "outer": outer}
        (folder / f"plugin_{name}.c").write_text(PLUGIN % sizes)
    return flags


if __name__ == "__main__":
    print(" ".join(generate(int(sys.argv[1]), Path(sys.argv[2]))))
