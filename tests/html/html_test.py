#!/usr/bin/env python3
"""html_test.py PROGRAMS FOLDER MAKE_LARGE_TRACE: report --format=html in a real browser: what it shows
is what the other reports say, it can be clicked, searched and used by keyboard, nothing in a trace can
become markup or script, it is small and quick, and readable for everybody. Pictures of the page are
left in the folder pictures of PROGRAMS, with an index."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
# pylint: disable=wrong-import-position
from call import Call, PROGRAMS, check, equal, preload, run_all
from browser import Browser

LARGE = sys.argv[2]
SHOP, HOSTILE = PROGRAMS / "page_shop", PROGRAMS / "page_hostile"
PICTURES = PROGRAMS / "pictures"
SCRATCH = tempfile.TemporaryDirectory(prefix="memtrace-test-")
FOLDER = Path(SCRATCH.name)
MAKING_SECONDS, ANSWER_MS = 5, 1500  # of 50,000 sites; the latter for a click, on a busy machine


class Once:
    """The browser and the pages, made when a case first asks for them."""

    made: dict = {}

    @classmethod
    def browser(cls):
        if "browser" not in cls.made:
            cls.made["browser"] = Browser().__enter__()
        return cls.made["browser"]

    @classmethod
    def shop(cls):
        if "shop" not in cls.made:
            cls.made["shop"] = trace("shop", SHOP, "900")
        return cls.made["shop"]


def trace(name, *command, **options) -> Path:
    path = FOLDER / f"{name}.mtrace"
    options = ":".join(["quiet=1", f"output={path}",
                        *(f"{key}={value}" for key, value in options.items())])
    subprocess.run([str(word) for word in command], check=True, cwd=FOLDER, env={
        **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": options})
    return path


def page_of(name, *words) -> Path:
    path = FOLDER / f"{name}.html"
    path.write_text(Call("report", "--format=html", *words).says(0).stdout, encoding="utf-8")
    return path


def report(path) -> dict:
    return json.loads(Call("report", "--format=json", "--verdict=all", path).says(0).stdout)


def shop(width=1440, scheme="light"):
    """The shop's page, opened anew."""
    browser = Once.browser()
    browser.screen(width, scheme)
    browser.open(page_of("shop", Once.shop()))
    return browser


def sum_of_sites(browser):
    """Sites and objects as the line above the table says."""
    text = browser.text(".all-sites .sum")
    found = re.match(r"([\d,]+) sites?, .* in ([\d,]+) objects?", text)
    check(found, f"sum: {text!r}")
    return tuple(int(number.replace(",", "")) for number in found.groups())


def silent(browser):
    equal("what the console says", browser.complaints(), [])


# ---- what it shows ----

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
    equal("expanded", browser.run("return document.querySelector('button.site').ariaExpanded"), "true")
    browser.press("Enter")  # the focus has stayed on it
    equal("open stacks", browser.count(".all-sites ol.stack"), 0)
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
    check(not browser.run("return document.querySelector('.under').checkVisibility()"), "zoomed out")
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
    page = page_of("counted", trace("counted", SHOP, "0", freed_by="on"))
    browser = Once.browser()
    browser.open(page)
    names = browser.texts("[data-choice=what] span")
    equal("what can be shown", names, ["leaked", "not freed", "in RAM", "ever allocated"])
    browser.click("[data-choice=what] label:nth-of-type(4) span")
    browser.run("document.querySelector('.flame canvas').focus()")
    browser.press("Down", "Down")
    check(browser.text(".flame-line").startswith("fill_cache · 2,048 objects"),
          browser.text(".flame-line"))
    browser.click("[data-choice=what] label:nth-of-type(3) span")
    browser.run("document.querySelector('.flame canvas').focus()")
    browser.press("Down", "Down")
    check(browser.text(".flame-line").startswith("map_buffer · 1.0 MiB"),
          browser.text(".flame-line"))
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
    label = browser.run("const label = [...document.querySelectorAll('.series label')].find((one) =>"
                        "one.textContent === 'RSS'); label.click(); return label.textContent")
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


def case_several_processes_are_a_tree():
    folder = FOLDER / "family"
    options = f"quiet=1:output={folder}/%e.%p.mtrace"
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


# ---- nothing but what it should be ----

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
        browser.run("document.querySelectorAll(arguments[0]).forEach((one) => one.focus())", selector)
    browser.run("for (let at = 0; at < 4; at++) document.querySelectorAll('button.site')[at].click()")
    names = browser.texts(".all-sites ol.stack code")
    check(any("</script><img src=x onerror=window.hit=1>" in name for name in names),
          f"names: {names}")
    browser.press("Tab")
    equal("script that ran", browser.run("return window.hit ?? null"), None)
    equal("images that came in", browser.count("img"), 0)
    silent(browser)


def case_the_policy_lets_no_other_script_run():
    browser = shop()
    browser.run("const made = document.createElement('script'); made.textContent = 'window.hit = 8';"
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
    for part in ("definitely lost", "brk heap", "Largest sites", "map_buffer", "Without JavaScript"):
        check(part in text, f"without scripts: no {part!r} in {text}")
    check("Flame graph" not in text, "an empty flame graph is shown")
    silent(browser)


# ---- large ones ----

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
    times = browser.run("""
        const times = {}, find = (selector) => document.querySelector(selector);
        const measure = (name, act) => {
          const start = performance.now();
          act();
          times[name] = Math.round(performance.now() - start);
        };
        measure("by objects", () => find("[data-choice=unit] label:nth-of-type(2) input").click());
        measure("sort by name", () => find("th[data-sort=name] button").click());
        measure("sort by bytes", () => find("th[data-sort=bytes] button").click());
        measure("open a site", () => find("button.site").click());
        measure("more rows", () => find(".more").click());
        for (const key of ["ArrowDown", "ArrowDown", "ArrowRight", "Enter", "Escape"])
          measure(key, () => find("canvas").dispatchEvent(new KeyboardEvent("keydown", {key})));
        return times""")
    browser.press("/")
    browser.press(*"lib.so+0x12")
    browser.wait_for("search", "return document.querySelector('.found').textContent")
    check(max(times.values()) < ANSWER_MS, f"milliseconds: {times}")
    print(f"50,000 sites: made in {seconds:.1f} s of processor time, milliseconds: {times}")
    silent(browser)


# ---- for everybody ----

CONTRAST = """
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const light = ([red, green, blue]) => {
  const part = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
};
const ground = (one) => {
  for (; one; one = one.parentElement) {
    const color = parse(getComputedStyle(one).backgroundColor);
    if ((color[3] ?? 1) > 0) return color;
  }
  return [255, 255, 255];
};
const found = [];
for (const one of document.querySelectorAll("body *")) {
  const isText = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (!isText || !one.checkVisibility() || one.closest("[hidden], .skip")) continue;
  const style = getComputedStyle(one);
  const text = light(parse(one.closest("svg") ? style.fill : style.color)), under = light(ground(one));
  const ratio = (Math.max(text, under) + 0.05) / (Math.min(text, under) + 0.05);
  if (ratio < 4.5) found.push(`${one.tagName}.${one.className} ${one.textContent}: ${ratio}`);
}
return found"""


def case_contrast():
    for scheme in ("light", "dark"):
        browser = shop(scheme=scheme)
        browser.click(".all-sites tr[data-site] button")
        equal(f"text of little contrast, {scheme}", browser.run(CONTRAST), [])


def case_theme_can_be_chosen():
    browser = shop()
    ground = "return getComputedStyle(document.documentElement).backgroundColor"
    light = browser.run(ground)
    browser.click("#theme")
    equal("light", (browser.text("#theme"), browser.run(ground)), ("theme: light", light))
    browser.click("#theme")
    equal("name", browser.text("#theme"), "theme: dark")
    check(browser.run(ground) != light, "dark is as light")


def case_names_for_those_who_cannot_see_it():
    browser = shop()
    equal("landmarks", [browser.count(name) for name in ("main", "h1", "header.masthead", "footer")],
          [1, 1, 1, 1])
    equal("without a name", browser.run("""
        return [...document.querySelectorAll("button, input, select, canvas, section, svg[role=img]")]
          .filter((one) => one.checkVisibility() && !(one.ariaLabel || one.labels?.length ||
            one.textContent.trim() || document.getElementById(one.getAttribute("aria-labelledby"))))
          .map((one) => one.outerHTML)"""), [])
    equal("ids that occur twice", browser.run("""
        const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
        return ids.filter((id, index) => ids.indexOf(id) !== index)"""), [])
    browser.press("Tab")
    equal("first stop", browser.run("return document.activeElement.textContent"),
          "Skip to the report")


def case_narrow_screens():
    browser = shop(400)
    wide = browser.run("""return [...document.querySelectorAll("body *")].filter((one) =>
        one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1 &&
        !one.closest(".heap table, .segments, .looks, #tip, .skip")).map((one) =>
        `${one.tagName}.${one.className}`)""")
    equal("wider than the screen", wide, [])


# ---- pictures ----

def make_pictures() -> Path:
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


def case_pictures():
    folder = make_pictures()
    for name, width, scheme in (("light", 1440, "light"), ("dark", 1440, "dark"),
                                ("narrow", 400, "light")):
        browser = shop(width, scheme)
        browser.click(".all-sites tr[data-site] button")
        browser.run("document.activeElement.blur(); scrollTo({top: 0, behavior: 'instant'})")
        browser.picture(folder / f"{name}.png")
        check((folder / f"{name}.png").stat().st_size > 20000, f"{name}: a picture of nothing")
    shop().paper(folder / "paper.pdf")
    pages = (folder / "paper.pdf").read_bytes().count(b"/Type /Page\n")
    check(1 < pages < 6, f"{pages} pages of paper")
    names = sorted(path.name for path in folder.glob("*.png"))
    (folder / "index.html").write_text("<!doctype html><title>memtrace report --format=html</title>" +
                                       "".join(f"<h2>{name}</h2><img src='{name}' width='720'>"
                                               for name in names) + "<p><a href='paper.pdf'>paper</a>")
    print(f"pictures: {folder}/index.html")


# ---- around it ----

def case_a_terminal_gets_no_page():
    done = subprocess.run(["script", "-qec", f"{os.environ['MEMTRACE_COMMAND']} export "
                           f"--format=html {Once.shop()}", "/dev/null"], capture_output=True,
                          text=True, check=False)
    check("<html" not in done.stdout and "-o FILE" in done.stdout, done.stdout[:300])


def case_a_trace_that_cannot_be_read():
    bad = FOLDER / "bad.mtrace"
    bad.write_bytes(b"no trace")
    call = Call("report", "--format=html", bad).says(3, "")
    call.one_line("bad.mtrace")
    call = Call("report", "--format=html", bad, Once.shop()).says(3)
    check(call.stdout.startswith("<!doctype html>") and call.stdout.endswith("</html>\n"),
          "the page of the other trace is whole")


try:
    run_all(globals())
finally:
    if "browser" in Once.made:
        Once.made["browser"].__exit__()
