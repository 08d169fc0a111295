/* successor.h: the program that an exec or a spawn is to start. */
#ifndef MT_SUCCESSOR_H
#define MT_SUCCESSOR_H

/* Whether it would not start with this library preloaded, or complain: it is of another machine, or
 * another C library's loader starts it. 0 where that cannot be told. Any thread, a vfork child too;
 * keeps errno. Path as execveat takes it. */
int mt_successor_is_foreign(int folder, const char *path);

/* The same of an open file. */
int mt_successor_is_foreign_file(int fd);

/* The same of a name that execvp would look for in `folders`, a list as in PATH, or NULL. */
int mt_successor_is_foreign_in_path(const char *name, const char *folders);

#endif
