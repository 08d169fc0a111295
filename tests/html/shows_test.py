#!/usr/bin/env python3
"""shows_test.py: what the page shows is what the other reports say, and it can be clicked, searched
and used by keyboard."""

import json
import re

from pages import (Call, Once, check, equal, page_of, report, run_with_a_browser, shop, silent,
                   sum_of_sites)


def case_figures_are_those_of_the_report():
    browser, found = shop(), report(Once.shop())
    leaks = [site for site in found["sites"] if site["verdict"] in ("definite", "indirect")]
    equal("leaked", sum_of_sites(browser),
          (len(leaks), sum(site["objects"] for site in leaks)))
    browser.click("[data-choice=what] label:nth-of-type(2) span")
    equal("not freed", sum_of_sites(browser),
          (len(found["sites"]), sum(site["objects"] for site in found["sites"])))
    largest = max(site["bytes"] for site in found["sites"])
    equal("largest", browser.text(".all-sites tbody tr td.number"), f"{largest:,}")
    for word, verdict in (("definitely lost", "definite"), ("still reachable", "reachable")):
        row = next(text for text in browser.texts(".summary tr") if word in text)
        check(f"{found['verdicts'][verdict]['bytes']:,}" in row, f"{word}: {row}")
    silent(browser)


def case_a_site_opens_to_its_stack_and_source():
    browser = shop()
    browser.click(".all-sites tr[data-site] button")
    stack = browser.texts(".all-sites ol.stack li code")
    check(stack[0] == "map_buffer" and stack[-1] == "main", f"stack: {stack}")
    source = browser.texts(".all-sites ol.stack pre")
    check(any("mmap(NULL, 3 << 20" in line for line in source), f"source: {source}")
    check("shop.c:" in browser.text(".all-sites ol.stack li .place"), "place")
    equal("expanded", browser.run("return document.querySelector('button.site').ariaExpanded"),
          "true")
    browser.press("Enter")  # the focus has stayed on it
    equal("open stacks", browser.count(".all-sites ol.stack"), 0)
    silent(browser)


def case_table_is_sorted_and_filtered():
    browser = shop()
    browser.click("[data-choice=what] label:nth-of-type(2) span")
    browser.click(".all-sites th[data-sort=objects] button")
    objects = [int(text.replace(",", "")) for text in
               browser.texts(".all-sites tr[data-site] td:nth-child(3)")]
    equal("by objects", objects, sorted(objects, reverse=True))
    browser.click(".all-sites th[data-sort=objects] button")
    equal("sorted", browser.run("return document.querySelector('th[data-sort=objects]')"
                                ".getAttribute('aria-sort')"), "ascending")
    browser.run("const select = document.querySelector('.verdicts'); select.value = 'reachable';"
                "select.dispatchEvent(new Event('change'))")
    equal("verdicts", set(browser.texts(".all-sites td.verdict")), {"reachable"})
    silent(browser)


def case_flame_graph_by_keyboard():
    browser = shop()
    canvas = ".flame canvas"
    browser.run("document.querySelector(arguments[0]).focus()", canvas)
    browser.press("Down", "Down")
    line = browser.text(".flame-line")
    check(line.startswith("map_buffer · 3.0 MiB"), f"the widest callee of main: {line}")
    browser.press("Right")
    check("parse_order" in browser.text(".flame-line"), browser.text(".flame-line"))
    browser.press("Enter")
    equal("chip", browser.text(".under"), "below parse_order ×")
    sites = browser.texts(".all-sites tr[data-site] button")
    equal("sites below", set(sites), {"parse_order", "copy_name"})
    browser.press("Escape", "Escape")
    check(browser.run("return document.querySelector('.under').hidden"), "zoomed out")
    silent(browser)


def case_flame_graph_by_mouse():
    browser = shop()
    browser.click_at(".flame canvas", 200, 50)  # the third row from above
    equal("chip", browser.text(".under"), "below map_buffer ×")
    browser.click(".flame .unzoom")
    equal("sites", sum_of_sites(browser)[0] > 1, True)
    pixels = browser.run("const canvas = document.querySelector('canvas');"
                         "const data = canvas.getContext('2d').getImageData(0, 0, canvas.width,"
                         "canvas.height).data; return new Set(new Uint32Array(data.buffer)).size")
    check(pixels > 10, f"{pixels} colours in the flame graph")
    silent(browser)


def case_search_holds_for_graph_and_table():
    browser = shop()
    browser.press("/")
    browser.press(*"PARSE_ord")
    browser.wait_for("search", "return document.querySelector('.found').textContent")
    equal("sites", set(browser.texts(".all-sites tr[data-site] button")),
          {"parse_order", "copy_name"})
    share = browser.text(".found")
    browser.write("input[type=search]", "zz")
    browser.wait_for("search", "return document.querySelector('.found').textContent === 'nothing'")
    check(re.search(r"KiB, (<1|\d+)%", share), f"share: {share}")
    silent(browser)


def case_measures():
    browser, found = shop(), report(Once.shop())
    names = browser.texts("[data-choice=what] span")
    equal("what can be shown", names, ["leaked", "not freed", "in RAM", "at the peak",
                                       "ever allocated", "temporary"])

    def widest(what, unit):
        browser.run("document.querySelector(`[data-choice=what] [value=${arguments[0]}]`).click();"
                    "document.querySelector(`[data-choice=unit] [value=${arguments[1]}]`).click();"
                    "document.querySelector('.flame canvas').focus()", what, unit)
        browser.press("Home", "Down", "Down")
        return browser.text(".flame-line")
    for what, unit, line in (("allocated", "objects", "fill_cache · 2,048 objects"),
                             ("peak", "bytes", "fill_cache · 5.9 MiB"),
                             ("resident", "bytes", "map_buffer · 1.0 MiB")):
        said = widest(what, unit)
        check(said.startswith(line), f"{what}, {unit}: {said}")
    browser.run("document.querySelector('[data-choice=what] [value=allocated]').click()")
    all_of_them = sum_of_sites(browser)[1]
    equal("objects ever allocated", all_of_them, found["totals"]["allocations"])
    check("temporary" in browser.run("return document.querySelector('[data-choice=what]"
                                     " label:last-of-type').textContent"), "the last choice")
    browser.open(page_of("peak", "--at=peak", Once.shop()))
    chosen = browser.run("return document.querySelector('[data-choice=what] :checked').value")
    equal("chosen by --at", chosen, "peak")
    silent(browser)


def case_timeline():
    browser = shop()
    names = browser.texts(".mark-name")
    for name in ("phase load", "phase serve", "phase shutdown", "end"):
        check(name in names, f"marks: {names}")
    drawn = browser.count(".plot .line.resident")
    browser.run("document.querySelector('.plot svg').focus()")
    browser.press("End")
    line = browser.text(".plot-line")
    check(re.search(r"after [\d,]+ ms · live blocks .* RSS", line), f"the last look: {line}")
    label = browser.run("const labels = [...document.querySelectorAll('.series label')];"
                        "const label = labels.find((one) => one.textContent === 'RSS');"
                        "label.click(); return label.textContent")
    equal("label", label, "RSS")
    equal("lines", (drawn, browser.count(".plot .line.resident")), (1, 0))
    browser.click(".timeline summary")
    rows = browser.wait_for("table", "return document.querySelectorAll('.looks tbody tr').length")
    check(rows >= 2, f"{rows} rows")
    silent(browser)


def case_heap():
    browser = shop()
    found = json.loads(Call("map", "--format=json", Once.shop()).says(0).stdout)
    pins = [pin["address"] for pin in found["heaps"][0]["pins"]]
    equal("pins", browser.texts(".heap td.mono"), pins)
    check(browser.count(".heap path.pin") > 0, "pins in the picture")
    check("fill_cache" in browser.text(".heap td.name"), browser.text(".heap td.name"))
    names = browser.texts(".segments th[scope=row]")
    check("brk heap" in names and "mapped: anonymous" in names, f"segments: {names}")
    silent(browser)


run_with_a_browser(globals())
