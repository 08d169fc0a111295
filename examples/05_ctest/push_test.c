/* push_test.c: numbers are pushed, more than there is room for at first. */
#include "stack.h"

int main(void)
{
    struct stack stack = {0};
    for (int i = 0; i < 100; i++)
        stack_push(&stack, i);
    const int last = stack_pop(&stack);
    stack_free(&stack);
    return last == 99 ? 0 : 1;
}
