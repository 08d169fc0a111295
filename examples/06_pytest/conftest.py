"""conftest.py: makes each test a scope of memtrace (memtrace.h), fixtures included, so that reports
say which test leaked. Without the tracer it does nothing."""

import ctypes

import pytest

TRACER = ctypes.CDLL(None)  # the whole process: what is preloaded is part of it
IS_TRACED = hasattr(TRACER, "__memtrace_scope_begin")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    scope = TRACER["__memtrace_scope_begin"](item.nodeid.encode()) if IS_TRACED else 0
    yield
    if IS_TRACED:
        TRACER["__memtrace_scope_end"](scope, None, ctypes.c_size_t(0))
