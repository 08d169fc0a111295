"""pages.py: what the tests of the page share: traces, their pages, and one browser for all cases of
a test. Their arguments are the folder of the programs and, where it is needed, make_large_trace."""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))
# pylint: disable=wrong-import-position,unused-import
from call import Call, PROGRAMS, check, equal, preload, run_all
from browser import Browser

SHOP, HOSTILE = PROGRAMS / "page_shop", PROGRAMS / "page_hostile"
PICTURES = PROGRAMS / "pictures"
SCRATCH = tempfile.TemporaryDirectory(prefix="memtrace-test-")
FOLDER = Path(SCRATCH.name)


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
    options = ":".join(["quiet=1", "peak=on", f"output={path}",
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
    browser.wait_for("pictures", "return document.querySelector('.mark-name') && "
                                 "document.querySelector('.heap path.pin') && true")
    return browser


def sum_of_sites(browser):
    """Sites and objects as the line above the table says."""
    text = browser.text(".all-sites .sum")
    found = re.match(r"([\d,]+) sites?, .* in ([\d,]+) objects?", text)
    check(found, f"sum: {text!r}")
    return tuple(int(number.replace(",", "")) for number in found.groups())


def silent(browser):
    equal("what the console says", browser.complaints(), [])


def make_pictures() -> Path:
    PICTURES.mkdir(exist_ok=True)
    return PICTURES


def run_with_a_browser(cases):
    try:
        run_all(cases)
    finally:
        if "browser" in Once.made:
            Once.made["browser"].__exit__()
