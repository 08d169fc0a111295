#!/usr/bin/env python3
"""safe_test.py: nothing in a trace can become markup or script, nothing is loaded, no other script
runs; and without any the page has its sums and largest sites."""

import re
import shutil
import time

from pages import (FOLDER, HOSTILE, Once, check, equal, make_pictures, page_of,
                   run_with_a_browser, shop, silent, trace)


def case_nothing_in_a_trace_becomes_markup():
    folder = FOLDER / "<"
    folder.mkdir()
    program = folder / "script><img src=x onerror=window.hit=5>"
    shutil.copy(HOSTILE, program)
    path = trace("hostile", program, "</title><script>window.hit=6</script>",
                 "\"'><svg/onload=window.hit=7>", "--><!--", "\033]0;title\a\033[2J",
                 b"\xff\xfe".decode(errors="surrogateescape"), "]]>", "&lt;b&gt;")
    page = page_of("hostile", path)
    text = page.read_text()
    check(not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), "control characters in the page")
    equal("scripts", len(re.findall(r"<script", text)), 2)
    browser = Once.browser()
    for is_on in (False, True):
        browser.has_scripts(is_on)
        browser.open(page)
        browser.has_scripts(True)
        equal("images and drawings that came in", browser.count("img, svg[onload], b[onload]"), 0)
        equal("script that ran", browser.run("return window.hit ?? null"), None)
    check("</title><script>" in browser.run("return document.title"), "the title is text")
    browser.click("[data-choice=what] label:nth-of-type(2) span")
    for selector in (".all-sites tr[data-site] button", ".flame canvas"):
        browser.run("document.querySelectorAll(arguments[0]).forEach((one) => one.focus())",
                    selector)
    browser.run("for (let at = 0; at < 4; at++)"
                "document.querySelectorAll('button.site')[at].click()")
    names = browser.texts(".all-sites ol.stack code")
    check(any("</script><img src=x onerror=window.hit=1>" in name for name in names),
          f"names: {names}")
    browser.press("Tab")
    equal("script that ran", browser.run("return window.hit ?? null"), None)
    equal("images that came in", browser.count("img"), 0)
    silent(browser)


def case_the_policy_lets_no_other_script_run():
    browser = shop()
    browser.run("const made = document.createElement('script');"
                "made.textContent = 'window.hit = 8';"
                "document.body.append(made);"
                "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=window.hit=9>')")
    time.sleep(0.2)
    equal("script that ran", browser.run("return window.hit ?? null"), None)
    said = browser.complaints()
    check(said and all("Content Security Policy" in line for line in said), f"console: {said}")


def case_nothing_is_loaded():
    text = page_of("shop", Once.shop()).read_text()
    addresses = set(re.findall(r"https?://[^\"'\s)]*", text))
    equal("addresses in the page", addresses, {"http://www.w3.org/2000/svg"})
    browser = shop()
    equal("loaded", browser.run("return performance.getEntriesByType('resource').length"), 0)


def case_without_scripts():
    browser = Once.browser()
    browser.screen(1440)
    browser.has_scripts(False)
    browser.open(page_of("shop", Once.shop()))
    browser.picture(make_pictures() / "without_scripts.png")
    browser.has_scripts(True)  # of this very page none has run
    text = browser.text("main")
    for part in ("definitely lost", "brk heap", "Largest sites", "map_buffer",
                 "Without JavaScript"):
        check(part in text, f"without scripts: no {part!r} in {text}")
    check("Flame graph" not in text, "an empty flame graph is shown")
    silent(browser)


run_with_a_browser(globals())
