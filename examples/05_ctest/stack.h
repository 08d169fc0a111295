/* stack.h: a stack of numbers. */
#ifndef STACK_H
#define STACK_H

struct stack {
    int *numbers;
    int count, room;
};

void stack_push(struct stack *stack, int number);
int stack_pop(struct stack *stack);
void stack_free(struct stack *stack);

#endif
