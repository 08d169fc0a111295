/* shop.c: uses a library that keeps a pool for good and says so; and forgets an order of its own
 * where it is called with "orders". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *pool_create(size_t bytes);

struct order {
    int number;
    char article[28];
};

struct order *current;

static void take_order(int number)
{
    struct order *order = calloc(1, sizeof(*order));
    order->number = number;
    snprintf(order->article, sizeof(order->article), "%d pounds of nails", number);
    current = order; /* and the one before it? */
}

static void start_shop(void)
{
    strcpy(pool_create(4088), "open");
}

int main(int count, char **arguments)
{
    start_shop();
    if (count > 1 && strcmp(arguments[1], "orders") == 0)
        for (int i = 1; i <= 3; i++)
            take_order(i);
    current = NULL;
    return 0;
}
