/* site_name.c: who asked for the memory. The function nearest to an allocation is mostly one that
 * exists to allocate for others; a report that says "operator new" or "xmalloc" says nothing. Such
 * functions are known here by name, and a site is named by the first frame that is none of them.
 * They stay in the stack that is shown.
 *
 * Names are compared without parameters. The list holds functions that return fresh memory, or grow
 * a container, on behalf of the caller, and nothing that has a purpose of its own (fopen,
 * getaddrinfo): a name too many here hides a culprit. */
#include <fnmatch.h>
#include <stddef.h>
#include <string.h>
#include "site_name.h"

/* Shell patterns. */
static const char *const allocators[] = {
    /* C and POSIX */
    "malloc", "calloc", "realloc", "reallocarray", "memalign", "aligned_alloc", "posix_memalign",
    "valloc", "pvalloc", "__libc_[mcrpv]*alloc", "__libc_memalign", "strdup", "strndup", "__strdup",
    "__strndup", "wcsdup", "asprintf", "vasprintf", "__asprintf", "__vasprintf*", "__asprintf_chk",
    "__vasprintf_chk", "getline", "getdelim", "_IO_getdelim", "__getdelim", "_IO_doallocbuf",
    "_IO_file_doallocate",
    /* C++: allocation itself, and all of the standard library, whose containers and factories
       allocate for the program's code */
    "operator new", "operator new\\[\\]", "std::*", "__gnu_cxx::*", "__cxa_allocate_exception",
    "__cxxabiv1::*", "boost::container::*", "absl::*container_internal::*", "fmt::*::detail::*",
    /* Rust */
    "__rust_alloc*", "__rust_realloc", "__rdl_*", "__rg_*", "__rustc::*", "alloc::alloc::*",
    "alloc::raw_vec::*", "alloc::vec::*", "alloc::boxed::*", "alloc::string::*", "alloc::slice::*",
    "alloc::str::*", "alloc::rc::*", "alloc::sync::*", "alloc::collections::*", "alloc::borrow::*",
    "alloc::fmt::*", "<alloc::*", "<* as alloc::*", "core::*", "<core::*", "<? as core::*",
    "<&? as core::*", "<std::*", "<? as std::*", "hashbrown::*", "<hashbrown::*",
    /* GLib */
    "g_malloc*", "g_calloc*", "g_realloc*", "g_try_*alloc*", "g_try_new*", "g_slice_alloc*",
    "g_slice_copy*", "g_strdup*", "g_strndup", "g_memdup*", "g_aligned_alloc*",
    "g_array_maybe_expand", "g_string_maybe_expand", "g_ptr_array_maybe_expand",
    /* the x-family of GNU programs, git, bash, and many more */
    "x[cmnrz]*alloc", "x[cmr]allocarray", "xreallocarray", "xmallocz", "xstrdup", "xstrndup",
    "xmemdup*", "xasprintf", "xvasprintf", "x2*realloc", "xpalloc", "xi[cmrz]*alloc", "xcharalloc",
    "do_xmalloc", "sh_x*alloc", "sh_malloc", "safe_malloc", "safe_calloc", "safe_realloc",
    "safe_strdup", "emalloc", "ecalloc", "erealloc", "estrdup", "zmalloc*", "zcalloc*", "zrealloc*",
    "ztry*alloc*", "dbus_malloc*", "dbus_realloc", "av_malloc*", "av_realloc*", "SDL_[cmr]*alloc",
    "uv__[cmr]*alloc", "uv__strdup", "ruby_x*alloc*", "objspace_x*alloc*", "git__*alloc*",
    /* Python */
    "PyMem_*", "_PyMem_*", "PyObject_*alloc", "_PyObject_*alloc", "PyObject_GC_*", "_PyObject_GC_*",
    "_PyObject_New*", "PyType_GenericAlloc", "_PyType_AllocNoTrack", "gc_alloc", "_Py_NewReference",
    "pymalloc_alloc", "new_arena", "_PyObject_Arena*",
    /* SQLite, OpenSSL, Perl, nginx, libxml2, jq, GCC */
    "sqlite3*alloc*", "sqlite3*Alloc*", "sqlite3*StrDup", "sqlite3*StrNDup", "dbMallocRawFinish",
    "CRYPTO_*alloc", "CRYPTO_*dup", "Perl_safesys*alloc", "Perl_savepv*", "ngx_*alloc*",
    "ngx_memalign", "xmlMalloc*", "xmlMem*", "xmlRealloc", "xmlStrdup", "xmlStrndup",
    "jv_mem_*alloc*", "jv_mem_strdup*", "ggc_internal_*alloc*", "ggc_alloc*", "alloc_page",
    "va_heap::*", "_obstack_*", "rpl_obstack_*", "call_chunkfun",
    /* other allocators' entry points */
    "je_*alloc*", "mi_*alloc*", "tc_*alloc*", "mallocx", "rallocx", "tcmalloc::*", NULL};

/* What gives memory back for its caller, beside what is above. */
static const char *const releasers[] = {
    "free", "cfree", "free_sized", "free_aligned_sized", "__libc_free", "operator delete",
    "operator delete\\[\\]", "__rust_dealloc", "g_free*", "g_slice_free*", "g_clear_pointer",
    "xfree", "sh_xfree", "sh_free", "safe_free", "safefree", "efree", "zfree*", "dbus_free",
    "av_free", "av_freep", "SDL_free*", "uv__free", "ruby_xfree", "objspace_xfree", "git__free*",
    "PyObject_Free", "_PyObject_Free", "pymalloc_free", "sqlite3_free", "sqlite3DbFree*",
    "sqlite3MemFree", "CRYPTO_*free", "Perl_safesysfree", "ngx_free", "xmlFree", "xmlMemFree",
    "jv_mem_free", "je_*free*", "mi_*free*", "tc_*free*", "tc_delete*", "dallocx", "sdallocx",
    NULL};

static bool is_in(const char *const *pattern, const char *name)
{
    for (; *pattern; pattern++) {
        if (fnmatch(*pattern, name, 0) == 0)
            return true;
    }
    return false;
}

bool mt_is_allocator_name(const char *name)
{
    return is_in(allocators, name);
}

bool mt_is_allocator_frame(const struct mt_frame *frame)
{
    return frame->function && frame->function->is_allocator;
}

bool mt_is_start_frame(const struct mt_frame *frame)
{
    static const char prefix[] = "__libc_start_";
    return frame->function && strncmp(frame->function->brief, prefix, sizeof prefix - 1) == 0;
}

bool mt_is_main_frame(const struct mt_frame *frame)
{
    return frame->function && strcmp(frame->function->full, "main") == 0;
}

const struct mt_frame *mt_site_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                     uint32_t stack, struct mt_frame_walk *walk)
{
    const struct mt_frame *frame;
    mt_frames_begin(walk, trace, symbols, stack);
    while ((frame = mt_frames_next(walk))) {
        if (!mt_is_allocator_frame(frame))
            return frame;
    }
    mt_frames_begin(walk, trace, symbols, stack);
    return mt_frames_next(walk);
}

const struct mt_frame *mt_releaser_frame(const struct mt_trace *trace, struct mt_symbols *symbols,
                                         uint32_t stack, struct mt_frame_walk *walk)
{
    const struct mt_frame *frame;
    mt_frames_begin(walk, trace, symbols, stack);
    while ((frame = mt_frames_next(walk))) {
        if (!frame->function ||
            (!frame->function->is_allocator && !is_in(releasers, frame->function->brief)))
            return frame;
    }
    mt_frames_begin(walk, trace, symbols, stack);
    return mt_frames_next(walk);
}
