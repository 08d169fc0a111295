/* stack.c: a stack that forgets its numbers where the last one is taken. */
#include "stack.h"

#include <stdlib.h>

void stack_push(struct stack *stack, int number)
{
    if (stack->count == stack->room) {
        stack->room = 2 * stack->room + 4;
        stack->numbers = realloc(stack->numbers, stack->room * sizeof(int));
    }
    stack->numbers[stack->count++] = number;
}

int stack_pop(struct stack *stack)
{
    const int number = stack->numbers[--stack->count];
    if (stack->count == 0)
        *stack = (struct stack){0}; /* empty again; but who frees the numbers? */
    return number;
}

void stack_free(struct stack *stack)
{
    free(stack->numbers);
    *stack = (struct stack){0};
}
