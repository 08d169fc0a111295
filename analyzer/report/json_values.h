/* json_values.h: the values that reports in JSON are made of. */
#ifndef MT_JSON_VALUES_H
#define MT_JSON_VALUES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* New values; the caller owns them. */
json_t *mt_json_text(const char *text); /* made valid UTF-8; null for NULL */
json_t *mt_json_number(uint64_t number);
json_t *mt_json_number_if(bool is_known, uint64_t number);        /* or null */
json_t *mt_json_hexadecimal(const char *format, uint64_t number); /* as a string */

/* Writes the value on one line, and frees it. */
void mt_json_write(json_t *value, FILE *out);

#endif
