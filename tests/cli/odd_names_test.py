#!/usr/bin/env python3
"""odd_names_test.py: names that steer: of functions, threads, phases, files, folders, arguments. Whatever
memtrace prints of them steers nothing, and stays what its format says it is."""

import json
import os
import re
import subprocess
import xml.etree.ElementTree as xml

from call import PROGRAMS, check, command, equal, preload, run_all
from exports import Case, WIDE

ODD_NAMES = PROGRAMS / "cli_odd_names"
ODD = b"odd\x1b]8;;x\x1b\\\n::error::\r\xc2\x9b31m\xe2\x80\xae\xff<b>\"'&%0A;"
WRONG = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")


class Odd(Case):
    """A trace of a program whose every name is odd, in a folder and of a name that are as well."""

    def __init__(self):
        super().__init__()
        self.place = os.path.join(os.fsencode(self.folder), ODD)
        os.mkdir(self.place)
        app = os.path.join(self.place, ODD)
        with open(app, "wb") as file:
            file.write(ODD_NAMES.read_bytes().replace(b"NEWLINE", b"a\nb\r\tc\n"))
        os.chmod(app, 0o755)
        self.trace = os.path.join(self.place, b"t" + ODD + b".mtrace")
        subprocess.run([app, ODD, b"]]>"], check=True, cwd=self.place, env={
            **os.environ, "LD_PRELOAD": preload(), "MEMTRACE_OPTIONS": "quiet=1:errors=on:output=a.mtrace"})
        os.rename(os.path.join(self.place, b"a.mtrace"), self.trace)

    def says(self, *words, status=0):
        done = subprocess.run([command(), *words], cwd=self.place, capture_output=True, check=False,
                              env={**os.environ, "LC_ALL": "C.UTF-8", "NO_COLOR": "1"})
        text = (done.stdout + done.stderr).decode(errors="replace")
        check(text.encode() == done.stdout + done.stderr, f"{words}: what is printed is not UTF-8: {text}")
        equal(f"status of {words}: {text[-500:]}", done.returncode, status)
        steers_nothing(f"stderr of {words}", done.stderr.decode())
        return done.stdout.decode()


def steers_nothing(what, text):
    found = WRONG.search(text)
    check(not found, f"{what}: {found and found[0].encode()!r} in {found and text[max(0, found.start() - 60):found.end() + 20]!r}")


def names_in(what, text):
    for number in range(1, 10):
        check(f"odd{number}" in text, f"{what}: odd{number} is missing")


def case_text_and_lines():
    case = Odd()
    for words in (("report", WIDE), ("report", WIDE, "--verbose"), ("report", WIDE, "--group-by=function"),
                  ("report", WIDE, "--group-by=file"), ("report", WIDE, "--group-by=scope"),
                  ("report", WIDE, "--color=always"), ("dump",), ("diff", WIDE, case.trace),
                  ("export", "--format=folded", WIDE), ("export", "--format=massif", WIDE)):
        text = case.says(*words, case.trace)
        if "--color=always" in words:
            text = re.sub("\x1b\\[[0-9;]*m", "", text)
        steers_nothing(words, text)
        if not {"--group-by=file", "--group-by=scope", "diff", "dump"} & set(words):
            names_in(words, text)
    for line in case.says("export", "--format=folded", WIDE, case.trace).splitlines():
        check(re.fullmatch(r".* \d+", line), line)


def case_errors():
    case = Odd()
    os.truncate(case.trace, 5)
    for word in ("report", "dump", "check", "map", "top", "snapshot", "pack"):
        done = subprocess.run([command(), word, case.trace], cwd=case.place, capture_output=True,
                              check=False)
        text = done.stderr.decode(errors="replace")
        steers_nothing(word, text)
        check(done.returncode in (2, 3, 24) and text.count("\n") == 1, f"{word}: {text}")


def case_check_and_its_files():
    case = Odd()
    files = {name: case.folder / name for name in ("junit", "sarif", "json", "baseline", "suppressions")}
    text = case.says("check", "--leaks=unfreed", f"--junit={files['junit']}", f"--sarif={files['sarif']}",
                     f"--json={files['json']}", f"--write-baseline={files['baseline']}", "--github",
                     f"--write-suppressions={files['suppressions']}", case.trace, status=23)
    steers_nothing("check", text)
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    check(len(commands) >= 9 and all(re.match(r"::(error|warning) (file=[^:,]*,line=\d+,)?title=memtrace::",
                                              line) for line in commands), f"{commands}")
    steers_nothing("junit", "\n".join(
        (element.text or "") + "".join(element.attrib.values())
        for element in xml.parse(files["junit"]).iter()))
    # Suppressions hold names byte by byte, for they are to match: they are read by memtrace alone.
    for name in ("sarif", "json", "baseline"):
        json.loads(files[name].read_bytes().decode())
    text = case.says("check", "--leaks=unfreed", f"--baseline={files['baseline']}", case.trace,
                     status=23)  # of the error: no baseline holds it
    steers_nothing("with a baseline", text)
    steers_nothing("report with suppressions", case.says(
        "report", WIDE, f"--suppressions={files['suppressions']}", case.trace))


def case_json_and_pages():
    case = Odd()
    for words in (("report", "--format=json"), ("export", "--format=speedscope"),
                  ("diff", "--format=json", case.trace)):
        text = case.says(*words, WIDE, case.trace)
        json.loads(text)
        names_in(words, text)
    page = case.says("report", "--format=html", WIDE, case.trace)
    steers_nothing("page", page)
    check("<b>\"'" not in page, "markup came in")


def case_map():
    case = Odd()
    steers_nothing("map", case.says("map", case.trace))
    json.loads(case.says("map", "--format=json", case.trace))


def case_run():
    case = Odd()
    done = subprocess.run([command(), "run", "-o", b"out" + ODD.replace(b'"', b""), os.path.join(case.place, ODD), ODD],
                          cwd=case.folder, capture_output=True, check=False)
    text = (done.stdout + done.stderr).decode(errors="replace")
    equal(f"status: {text}", done.returncode, 0)
    steers_nothing("run", text)
    names_in("run", text)


def case_links_on_terminals():
    """What is no letter stands in a link as its number, whatever the path."""
    case = Odd()
    master, slave = os.openpty()
    with subprocess.Popen([command(), "report", WIDE, case.trace], stdout=slave, cwd=case.place,
                          env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            text += piece
        process.wait()
    os.close(master)
    text = text.decode().replace("\r\n", "\n")
    for link in re.findall("\x1b]8;;([^\x1b]*)\x1b\\\\", text):
        check(re.fullmatch(r"(file://[A-Za-z0-9._~/%-]*)?", link), f"link {link!r}")
    steers_nothing("terminal", re.sub("\x1b]8;;[^\x1b]*\x1b\\\\|\x1b\\[[0-9;]*[mK]", "", text))


run_all(globals())
