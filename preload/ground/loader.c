/* loader.c: see loader.h. What is not found stays NULL; who needs it does without. */
#include "loader.h"

#include "elf_lookup.h"

struct mt_loader mt_loader;

void mt_loader_find(void)
{
    const struct link_map *self = mt_elf_self();
    mt_loader.open = mt_elf_find_after(self, "dlopen").address;
    mt_loader.find_symbol = mt_elf_find_after(self, "dlsym").address;
    mt_loader.find_object = mt_elf_find_after(self, "_dl_find_object").address;
}
