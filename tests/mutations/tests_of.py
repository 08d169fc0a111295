"""tests_of.py: which tests concern a file: those that a change of it must not pass. By room, then by
file where a room's tests are not enough; names are those of the build (suite:NAME is a whole suite)."""

ANALYZER = {
    "commands": ["options", "usage", "traces", "check", "diff", "export", "errors", "run", "map",
                 "report", "snapshot", "freed", "over_time"],
    "core": ["reach", "core", "traces"],
    "export": ["export", "export_readers", "freed", "formats"],
    "gate": ["gate", "check", "odd_names", "baseline", "family", "formats", "diff", "errors"],
    "ground": ["names", "odd_names", "sites", "usage", "traces", "errors", "report", "export"],
    "html": ["html", "report_fuzzer", "formats", "page_made", "page_shows"],
    "pack": ["elsewhere", "symbols", "hostile_files", "check"],
    "report": ["report", "explain", "misuse", "marks", "errors", "freed", "verdicts", "system",
               "over_time", "formats", "sample", "proof", "growth"],
    "session": ["inbox", "ask", "run", "refused", "snapshot", "listeners", "top", "check", "system",
                "over_time", "samples"],
    "sites": ["sites", "suppressions", "growth", "diff", "baseline", "report", "check"],
    "space": ["heap", "mappings", "map", "report_of_mappings", "residency", "check"],
    "symbols": ["names", "source_path", "fingerprint", "own_stacks", "report", "symbols", "elsewhere",
                "hostile_files", "check"],
    "top": ["live", "top"],
    "trace": ["trace", "process", "blocks", "live", "live_mappings", "verdicts", "pages", "samples",
              "heap", "trace_fuzzer", "traces", "report", "freed", "over_time", "system", "api"],
}

PRELOAD = {
    "ground": ["ground", "unfreed_malloc", "stderr_nobody_reads", "full_disk", "many_threads",
               "address_space_limited", "fork_while_threads_run", "refused"],
    "guard": ["guard", "guard_overrun_by_one", "guard_use_after_free", "guard_underrun",
              "guard_signals", "suite:guard", "canary of programs"],
    "hooks": ["ground", "errno_kept", "failing_calls", "mapping_moved", "mapping_break", "new_forms",
              "delete_forms", "mapping_of_segments", "signal_dispositions", "exec_forms",
              "thread_never_joined", "seccomp_kills_by_syscall", "api", "allocator_jemalloc",
              "mapping_of_files", "mapping_protected", "signal_urgent", "spawned_child",
              "seccomp_filtered", "faults_seccomp", "new_fails", "plugin_of_cxx", "ifunc_allocates",
              "plugin_deepbind", "random_mappings"],
    "look": ["residency", "snapshot", "map", "held_in_mappings", "system", "api"],
    "process": ["live", "fork_child", "thread_names", "many_threads", "exec_image",
                "unwritable_folder", "thread_never_joined", "exec_other_loader", "api",
                "children_off", "children_off_other_preloads", "address_space_limited_by_itself",
                "run", "usage", "system", "over_time", "errors"],
    "record": ["sample", "misuse", "live", "live_mappings", "mapping_moved", "realloc_moves",
               "realloc_fails", "misuse_double_free", "misuse_free_inside", "mapping_replaced",
               "usable_size", "unfreed_of_every_size", "signal_handler_allocates", "freed",
               "sample", "proof", "over_time", "suite:misuse", "random_mappings", "api"],
    "scan": ["marks", "held_in_globals", "held_in_registers", "tree_lost", "interior_pointers",
             "two_hundred_threads", "held_in_mappings", "held_in_freed_memory", "api", "snapshot",
             "listeners", "faults_seccomp", "suite:reachability"],
    "stack": ["rules", "nodes", "walk", "stack_through_signal_frame", "stack_over_aligned_verified",
              "plugin_address_reused", "plugins_and_threads_verified",
              "longjmp_over_frames_verified", "stack_of_library_callbacks", "fibers_verified",
              "stack_from_generated_code", "stack_of_fault_handler", "full_of_stacks",
              "exception_through_allocation_verified", "descriptors_unchanged", "stacks"],
    "table": ["misuse", "suite:misuse", "live", "live_mappings", "mappings", "mapping_moved", "mapping_replaced",
              "mapping_of_files", "many_live_blocks", "fork_child", "storage_of_aligned",
              "unwritable_folder", "full_disk", "churn_stays_small", "storage_of_threads",
              "file_size_limited", "no_disk_at_all", "allocator_jemalloc",
              "address_space_limited_later", "random_mappings", "freed", "residency",
              "over_time", "run"],
}


def tests_of(file: str) -> list[str]:
    half, room = file.split("/")[:2]
    return (ANALYZER if half == "analyzer" else PRELOAD)[room]
