#!/usr/bin/env python3
"""run.py [-C FOLDER] [PROJECT…]: the test suites of real projects under the gate. Each is fetched
as a source package of Debian's, built with its tests by CMake, and each of its tests, as CTest
lists them, is run three times: alone, under `memtrace check`, and, where Valgrind is installed,
under memcheck. Ends with a table of what was lost. FOLDER (./real-projects) takes all that is
fetched and built.

Needs apt-get, dpkg-dev, cmake, a compiler and the network, once; no rights beyond the folder."""

import argparse
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

# Source package, the folder in it that has CMakeLists.txt, and what CMake is told.
PROJECTS = {
    "cjson": (".", ["-DENABLE_CJSON_UTILS=ON"]),
    "expat": ("expat", ["-DEXPAT_BUILD_DOCS=OFF"]),
    "jansson": (".", ["-DJANSSON_BUILD_DOCS=OFF"]),
    "libyaml": (".", []),
}
SOURCES = "deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)"  # as apt fills it in
TIMEOUT_SECONDS = 900


# ---- sources ----

def apt(folder, tool, *words):
    """apt-get or apt-cache with lists of its own, so that the system's stay as they are: the
    sources of all packages of Debian or Ubuntu that the system knows. Returns status and stdout."""
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    known = [subprocess.run(["apt-get", "indextargets", "--format", SOURCES, f"Origin: {origin}",
                             "Created-By: Packages"], check=True, capture_output=True,
                            text=True).stdout for origin in ("Debian", "Ubuntu")]
    sources.write_text("\n".join(sorted(set("".join(known).splitlines()))) + "\n", encoding="utf-8")
    done = subprocess.run([tool, "-q", "-o", f"Dir::Etc::sourcelist={sources}",
                           "-o", "Dir::Etc::sourceparts=/dev/null",
                           "-o", f"Dir::State::lists={folder / 'lists'}", *words], cwd=folder,
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.returncode, done.stdout


def download(folder, project):
    """The newest source that the archive really has: of security updates some have lost theirs."""
    if not list((folder / "lists").glob("*Sources*")):
        apt(folder, "apt-get", "update")
    _, known = apt(folder, "apt-cache", "showsrc", project)
    for version in dict.fromkeys(re.findall(r"^Version: (\S+)", known, re.M)):
        if apt(folder, "apt-get", "source", "--download-only", f"{project}={version}")[0] == 0:
            return
    sys.exit(f"the source of {project} cannot be fetched")


def source_of(folder, project):
    """Unpacked, fetched only once."""
    place = folder / project
    if not place.exists():
        download(folder, project)
        description = next(folder.glob(f"{project}_*.dsc"))
        subprocess.run(["dpkg-source", "--no-check", "--skip-patches", "-x", description, place],
                       check=True, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return place


def build(folder, project):
    """The build folder, with the tests."""
    inner, options = PROJECTS[project]
    source = source_of(folder, project) / inner
    where = folder / f"{project}-build"
    with open(folder / f"{project}.log", "w", encoding="utf-8") as log:
        for step in (["cmake", "-S", source, "-B", where, "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                      *options], ["cmake", "--build", where]):
            subprocess.run(step, check=True, stdout=log, stderr=log)
    return where


# ---- tests ----

@dataclass
class Ran:
    """What all tests of a project came to, run in one way."""

    failed: int = 0
    seconds: float = 0
    allocations: int = 0
    objects: int = 0  # definitely or indirectly lost
    bytes: int = 0
    places: list[str] = field(default_factory=list)


def tests_of(where):
    listed = json.loads(subprocess.run(["ctest", "--show-only=json-v1"], cwd=where, check=True,
                                       capture_output=True, text=True).stdout)
    for test in listed["tests"]:
        properties = {entry["name"]: entry["value"] for entry in test.get("properties", [])}
        if "command" in test:
            yield test["name"], test["command"], properties.get("WORKING_DIRECTORY", where)


def run(ran, words, folder):
    began = time.monotonic()
    done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=TIMEOUT_SECONDS, check=False)
    ran.seconds += time.monotonic() - began
    return done


def run_alone(ran, _, command, folder, __):
    ran.failed += run(ran, command, folder).returncode != 0


def run_gate(ran, name, command, folder, scratch):
    """The gate's own report says what was lost; its status must say the same."""
    report = scratch / f"{name}.json"
    done = run(ran, ["memtrace", "check", f"--json={report}", "--keep=none", "--", *command],
               folder)
    if not report.exists():
        sys.exit(f"{name}: {done.stderr.decode(errors='replace')}")
    found = json.loads(report.read_text(encoding="utf-8"))
    lost = 0
    for process in found if isinstance(found, list) else [found]:
        ran.allocations += process["totals"]["allocations"]
        for site in process["sites"]:
            if site["verdict"] in ("definite", "indirect") and not site["suppressed_by"]:
                lost += site["objects"]
                ran.bytes += site["bytes"]
    ran.objects += lost
    ran.places += re.findall(r"^(?!memtrace: )\S.* lost.*$",
                             done.stderr.decode(errors="replace"), re.M)
    ran.failed += done.returncode not in (0, 23)
    if (done.returncode == 23) != (lost > 0) and done.returncode in (0, 23):
        sys.exit(f"{name}: status {done.returncode}, but {lost} objects are lost")


def run_valgrind(ran, name, command, folder, scratch):
    log = scratch / f"{name}.valgrind"
    done = run(ran, ["valgrind", "--leak-check=full", f"--log-file={log}", *command], folder)
    ran.failed += done.returncode != 0
    for size, count in re.findall(r"(?:definitely|indirectly) lost: ([\d,]+) bytes in ([\d,]+)",
                                  log.read_text(encoding="utf-8")):
        ran.bytes += int(size.replace(",", ""))
        ran.objects += int(count.replace(",", ""))


# ---- the table ----

def has(program):
    return subprocess.run(["which", program], capture_output=True, check=False).returncode == 0


def show(project, count, ways):
    alone, gate, valgrind = ways
    lost = [f"{way.objects:,} ({way.bytes:,} bytes)" if way else "not installed"
            for way in (gate, valgrind)]
    times = " / ".join(f"{way.seconds:.1f}" if way else "-" for way in ways)
    print(f"| {project} | {count} | {alone.failed} / {gate.failed} | {gate.allocations:,} | "
          f"{lost[0]} | {lost[1]} | {times} s |")
    for place in dict.fromkeys(gate.places):
        print(f"    {place}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("-C", metavar="FOLDER", type=Path, default=Path("real-projects"))
    parser.add_argument("projects", nargs="*", metavar="PROJECT", default=list(PROJECTS))
    options = parser.parse_args()
    folder = options.C.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    print("| project | tests | failed alone / gate | allocations | memtrace: lost | "
          "Valgrind: lost | alone / gate / Valgrind |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for project in options.projects:
        where = build(folder, project)
        reports = folder / f"{project}-reports"
        reports.mkdir(exist_ok=True)
        ways = [(run_alone, Ran()), (run_gate, Ran()),
                (run_valgrind, Ran() if has("valgrind") else None)]
        count = 0
        for name, command, place in tests_of(where):
            count += 1
            for way, ran in ways:
                if ran:
                    way(ran, name, command, place, reports)
        show(project, count, [ran for _, ran in ways])


if __name__ == "__main__":
    main()
