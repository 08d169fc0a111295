"""inputs.py: what the real programs work on, written into a folder from a fixed seed: the same
bytes on every machine, so that numbers of two machines differ by the machine alone."""

import json
import random
import subprocess
from pathlib import Path

WORDS = ("amber birch cedar delta ember fjord grove heron iris jade kelp lotus maple night ocean "
         "pearl quartz river stone tide umbra vale willow xenon yarrow zephyr").split()


def words(source: random.Random, count: int) -> str:
    return " ".join(source.choice(WORDS) for _ in range(count))


def write_json(path: Path, source: random.Random) -> None:
    records = [{"id": i, "name": words(source, 2), "score": source.randrange(1000),
                "tags": [source.choice(WORDS) for _ in range(source.randrange(6))],
                "place": {"x": source.random(), "y": source.random(), "label": words(source, 3)}}
               for i in range(16_000)]
    path.write_text(json.dumps(records))


def write_xml(path: Path, source: random.Random) -> None:
    with path.open("w") as file:
        file.write("<?xml version='1.0'?>\n<library>\n")
        for i in range(64_000):
            file.write(f" <book id='b{i}' shelf='{source.choice(WORDS)}'>"
                       f"<title>{words(source, 4)}</title><author>{words(source, 2)}</author>"
                       f"<year>{source.randrange(1800, 2020)}</year></book>\n")
        file.write("</library>\n")


def write_sql(path: Path, source: random.Random) -> None:
    with path.open("w") as file:
        file.write("create table book(id integer primary key, title text, shelf text, year int);\n"
                   "create table loan(book int, reader text, days int);\nbegin;\n")
        for i in range(50_000):
            file.write(f"insert into book values({i}, '{words(source, 3)}', "
                       f"'{source.choice(WORDS)}', {source.randrange(1800, 2020)});\n"
                       f"insert into loan values({source.randrange(i + 1)}, "
                       f"'{words(source, 2)}', {source.randrange(60)});\n")
        file.write("commit;\ncreate index by_shelf on book(shelf, year);\n"
                   "select shelf, count(*), group_concat(substr(title, 1, 4)) from book"
                   " group by shelf order by 1;\n"
                   "select reader, sum(days), max(title) from loan join book on book = id"
                   " group by reader order by 2 desc, 1 limit 500;\n")


PERL = r"""
use strict;
my ($seed, %lines, @kept) = (20261120);
sub next_number { $seed = ($seed * 1103515245 + 12345) % 2147483648; return int($seed / 65536) }
for my $i (1 .. 90000) {
    my $key = join "-", map { chr(97 + next_number() % 26) x (1 + next_number() % 5) } 1 .. 4;
    push @{$lines{substr $key, 0, 2}}, {key => $key, number => $i, list => [1 .. $i % 4]};
    push @kept, $key if $i % 7 == 0;
}
my $text = join "\n", map { "$_ " . join ",", map { $_->{key} =~ s/-/+/gr } @{$lines{$_}} }
    sort keys %lines;
my %count;
$count{$_}++ for split /[+,\s]+/, $text;
print "$_ $count{$_}\n" for sort keys %count;
print scalar(@kept), "\n";
"""

PYTHON = r"""
import json, random
source = random.Random(20261120)
class Node:
    def __init__(self, key):
        self.key, self.children = key, {}
    def add(self, word):
        node = self
        for letter in word:
            node = node.children.setdefault(letter, Node(letter))
    def size(self):
        return 1 + sum(child.size() for child in self.children.values())
root = Node("")
words = ["".join(source.choice("abcdefgh") for _ in range(8)) for _ in range(18000)]
for word in words:
    root.add(word)
text = json.dumps([{"word": word, "parts": [word[:3], word[3:]]} for word in words])
back = json.loads(text)
groups = {}
for record in back:
    groups.setdefault(record["parts"][0], []).append(record["word"])
print(root.size(), len(groups), sorted(groups)[::50])
"""

CXX = r"""
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>
template <int N> struct record { std::string name; std::vector<double> values; char room[N]; };
"""


def write_cxx(path: Path) -> None:
    with path.open("w") as file:
        file.write(CXX)
        for n in range(1, 7):
            file.write(f"""
double work_{n}(std::istream &in)
{{
    std::map<std::string, std::unique_ptr<record<{n}>>> by_name;
    std::unordered_map<int, std::set<std::pair<int, record<{n}> *>>> groups;
    for (std::string word; in >> word;) {{
        auto &slot = by_name[word];
        if (!slot)
            slot = std::make_unique<record<{n}>>();
        slot->values.push_back(word.size() * {n});
        groups[word.size()].emplace(word[0], slot.get());
    }}
    std::vector<std::function<double(double)>> steps;
    for (const auto &[size, group] : groups)
        steps.emplace_back([size, count = group.size()](double x) {{ return x * size + count; }});
    std::stable_sort(steps.begin(), steps.end(), [](auto &a, auto &b) {{ return a({n}) < b({n}); }});
    double sum = 0;
    for (auto &step : steps)
        sum = step(sum);
    return sum;
}}
""")


def write_repository(path: Path, source: random.Random) -> None:
    """2,000 commits over 60 files, made by git fast-import with fixed names and dates."""
    texts = {f"part{i % 6}/{WORDS[i % 26]}{i}.txt": [words(source, 6) for _ in range(40)]
             for i in range(60)}
    stream = []
    for commit in range(2000):
        message = f"{words(source, 4)}\n\n{words(source, 12)}\n"
        stream.append(f"commit refs/heads/main\ncommitter A Writer <writer@example.org> "
                      f"{1_600_000_000 + 3600 * commit} +0000\ndata {len(message)}\n{message}")
        changed = list(texts) if commit == 0 else source.sample(sorted(texts), 3)
        for name in changed:
            texts[name][source.randrange(40)] = words(source, 7)
            body = "\n".join(texts[name]) + "\n"
            stream.append(f"M 644 inline {name}\ndata {len(body)}\n{body}\n")
    subprocess.run(["git", "init", "-q", "--bare", path], check=True, capture_output=True)
    subprocess.run(["git", "-C", path, "fast-import", "--quiet"], check=True,
                   input="".join(stream).encode())
    subprocess.run(["git", "-C", path, "symbolic-ref", "HEAD", "refs/heads/main"], check=True)


def write_all(folder: Path) -> None:
    write_json(folder / "records.json", random.Random(1))
    write_xml(folder / "library.xml", random.Random(2))
    write_sql(folder / "books.sql", random.Random(3))
    (folder / "work.pl").write_text(PERL)
    (folder / "work.py").write_text(PYTHON)
    write_cxx(folder / "work.cc")
    write_repository(folder / "repository", random.Random(4))
