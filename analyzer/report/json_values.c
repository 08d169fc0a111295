/* json_values.c: what is not known is null, addresses are strings, and every text is valid UTF-8.
 */
#include <stdlib.h>
#include "json_values.h"
#include "printable.h"

json_t *mt_json_text(const char *string)
{
    if (!string)
        return json_null();
    char *valid = mt_valid_utf8(string);
    json_t *value = valid ? json_string(valid) : json_null();
    free(valid);
    return value;
}

json_t *mt_json_number(uint64_t value)
{
    return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *mt_json_number_if(bool is_known, uint64_t value)
{
    return is_known ? mt_json_number(value) : json_null();
}

json_t *mt_json_hexadecimal(const char *format, uint64_t value)
{
    char digits[32];
    snprintf(digits, sizeof digits, format, value);
    return json_string(digits);
}

void mt_json_write(json_t *value, FILE *out)
{
    json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(value);
}
