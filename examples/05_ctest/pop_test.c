/* pop_test.c: as many numbers are popped as were pushed. */
#include "stack.h"

int main(void)
{
    struct stack stack = {0};
    int sum = 0;
    for (int i = 0; i < 5; i++)
        stack_push(&stack, i);
    for (int i = 0; i < 5; i++)
        sum += stack_pop(&stack);
    stack_free(&stack);
    return sum == 10 ? 0 : 1;
}
