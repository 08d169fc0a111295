/* squeeze.h: makes names fit a column. */
#ifndef MT_SQUEEZE_H
#define MT_SQUEEZE_H

#include <stddef.h>

/* Columns that `text` (UTF-8) takes; each character counts one. */
size_t mt_text_columns(const char *text);

/* Writes `text` to `fitted`, in no more than `columns`: template arguments give way first, the
 * innermost before the others ("std::vector<…>::push_back"), then the end of the text. */
void mt_text_squeeze(const char *text, size_t columns, char *fitted, size_t size);

/* Cuts `text`, which has room for `size` bytes, to `columns`, the last of them an ellipsis. */
void mt_text_cut(char *text, size_t columns, size_t size);

#endif
