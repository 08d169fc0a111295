#!/usr/bin/env python3
"""made_test.py: pages of several processes, of groups, of traces that cannot be read, of sources
that have changed; of 5,000 sites, which are small, and of 50,000, which are quick."""

import json
import os
import resource
import subprocess
import sys
import time

from pages import (Call, FOLDER, Once, SHOP, check, equal, page_of, preload, run_with_a_browser,
                   silent, sum_of_sites, trace)


LARGE = sys.argv[2]
MAKING_SECONDS, ANSWER_MS = 5, 1500  # of 50,000 sites, in processor time; the latter for a click


def case_several_processes_are_a_tree():
    folder = FOLDER / "family"
    options = f"quiet=1:peak=on:output={folder}/%e.%p.mtrace"
    subprocess.run([SHOP, "50", "child"], check=True, env={
        **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": options})
    output = FOLDER / "family.html"
    Call("export", "--format=html", "-o", output, folder).says(0, "")
    browser = Once.browser()
    browser.open(output)
    traces = len(list(folder.iterdir()))
    equal("processes", browser.count(".process-choice"), traces)
    equal("children", browser.count("#processes ul ul .process-choice"), traces - 1)
    equal("articles in view", browser.count("article:not([hidden])"), 1)
    browser.click("#processes ul ul li:last-child .process-choice")
    equal("chosen", browser.texts(".process-choice[aria-current=true] code"), [f"{SHOP} 50"])
    equal("articles in view", browser.count("article:not([hidden])"), 1)
    silent(browser)


def case_groups():
    browser = Once.browser()
    browser.open(page_of("groups", "--group-by=function", Once.shop()))
    equal("groups", set(browser.texts(".all-sites tr[data-site] button")),
          {"map_buffer", "parse_order", "copy_name", "fill_cache"} &
          {site["stack"][0]["function"] for site in json.loads(Call(
              "report", "--format=json", "--group-by=function", Once.shop()).stdout)["sites"]})
    silent(browser)


def case_sources_that_have_changed_are_not_believed():
    folder = FOLDER / "changed"
    folder.mkdir()
    source = folder / "changed.c"
    source.write_text("#include <stdlib.h>\nint main(void) { return malloc(7) == 0; }\n")
    program = folder / "changed"
    subprocess.run(["cc", "-g", "-O0", "-fno-builtin", "-o", program, source], check=True)
    path = trace("changed", program)
    check("malloc(7)" in page_of("changed", "--verdict=all", path).read_text(), "its source line")
    os.utime(source, (time.time() + 9, time.time() + 9))
    check("malloc(7)" not in page_of("changed", "--verdict=all", path).read_text(),
          "a line of a source that was changed later")


def case_a_terminal_gets_no_page():
    for command, advice in (("export", "-o FILE"), ("report", ">report.html")):
        done = subprocess.run(["script", "-qec", f"{os.environ['MEMTRACE_COMMAND']} {command} "
                               f"--format=html {Once.shop()}", "/dev/null"], capture_output=True,
                              text=True, check=False)
        equal("status", done.returncode, 2)
        check("<html" not in done.stdout and advice in done.stdout, done.stdout[:300])


def case_a_trace_that_cannot_be_read():
    bad = FOLDER / "bad.mtrace"
    bad.write_bytes(b"no trace")
    call = Call("report", "--format=html", bad).says(3, "")
    call.one_line("bad.mtrace")
    call = Call("report", "--format=html", bad, Once.shop()).says(3)
    check(call.stdout.startswith("<!doctype html>") and call.stdout.endswith("</html>\n"),
          "the page of the other trace is whole")


def case_five_thousand_sites_are_small():
    path = FOLDER / "small.mtrace"
    subprocess.run([LARGE, path, "200000", "5000"], check=True)
    size = page_of("small", path).stat().st_size
    check(size < 2 << 20, f"{size:,} bytes for 5,000 sites")


def case_fifty_thousand_sites_are_quick():
    path = FOLDER / "large.mtrace"
    subprocess.run([LARGE, path, "500000", "50000"], check=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    page = page_of("large", path)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    check(seconds < MAKING_SECONDS, f"made in {seconds:.1f} s of processor time")
    browser = Once.browser()
    browser.screen(1440)
    browser.open(page)
    equal("sites", sum_of_sites(browser)[0], 50000)
    times = {name: browser.effort_ms(script) for name, script in {
        "by objects": "document.querySelector('[data-choice=unit] [value=objects]').click()",
        "sort by name": "document.querySelector('th[data-sort=name] button').click()",
        "sort by bytes": "document.querySelector('th[data-sort=bytes] button').click()",
        "open a site": "document.querySelector('button.site').click()",
        "more rows": "document.querySelector('.more').click()",
        **{key: f"document.querySelector('canvas').dispatchEvent("
                f"new KeyboardEvent('keydown', {{key: '{key}'}}))"
           for key in ("ArrowDown", "ArrowRight", "Enter", "Escape")},
        "search": "const input = document.querySelector('input[type=search]');"
                  "input.value = 'lib.so+0x12'; input.dispatchEvent(new Event('input'));"
                  "return new Promise((done) => setTimeout(done, 400))"}.items()}
    check("%" in browser.text(".found"), "nothing was found")
    check(max(times.values()) < ANSWER_MS, f"milliseconds: {times}")
    print(f"50,000 sites: made in {seconds:.1f} s of processor time, milliseconds: {times}")
    silent(browser)


run_with_a_browser(globals())
