"""inputs.py: what the workloads work on. Each function writes into an empty folder; the same bytes
every time, so that two runs can be compared to the last allocation."""

import json
import os
import subprocess
from pathlib import Path

GIT_VARIABLES = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
}


def python(folder: Path) -> None:
    (folder / "work.py").write_text("""\
import collections, json, re
groups = collections.defaultdict(list)
for i in range(3000):
    groups[i % 97].append({"key": str(i), "value": [i] * 3})
text = json.dumps(groups)
print(len(text), len(json.loads(text)), len(re.findall(r'"value": \\[(\\d+), \\1', text)))
""")


def perl(folder: Path) -> None:
    (folder / "work.pl").write_text("""\
my %groups;
for my $i (1 .. 10000) {
    push @{$groups{"k" . $i % 997}}, {n => $i, s => "x" x ($i % 50)};
    $groups{"k" . $i % 997} = [] if $i % 7 == 0;
}
my $sum = 0;
$sum += @{$groups{$_}} for sort keys %groups;
my @found = join(",", map { $_ * 3 } 1 .. 3000) =~ /(\\d+5),/g;
print "$sum ", scalar @found, "\\n";
""")


def json_file(folder: Path) -> None:
    rows = [{"id": i, "name": f"n{i * 7}", "tags": [f"a{i % 13}", "b"], "value": i * 1.5}
            for i in range(2000)]
    (folder / "work.json").write_text(json.dumps(rows))


def xml_file(folder: Path) -> None:
    rows = "".join(f'<e id="{i}"><n>name {i * 7}</n><v u="m">{i * i}</v></e>' for i in range(3000))
    (folder / "work.xml").write_text(f"<r>{rows}</r>")


def sql(folder: Path) -> None:
    (folder / "work.sql").write_text("""\
create table t(id integer primary key, name text, value real);
with recursive c(x) as (select 1 union all select x + 1 from c where x < 10000)
insert into t select x, 'name ' || (x * 7 % 1009), x * 1.5 from c;
create index by_name on t(name);
select name, count(*), sum(value) from t group by name order by 3 desc limit 5;
delete from t where id % 3 = 0;
select count(*) from t;
""")


def repository(folder: Path) -> None:
    def git(*words):
        subprocess.run(["git", "-C", str(folder / "repository"), *words], check=True,
                       env={"PATH": os.environ["PATH"], **GIT_VARIABLES})

    (folder / "repository").mkdir()
    git("init", "-q", ".")
    for key, value in (("gc.auto", "0"), ("pack.threads", "1"), ("gc.writeCommitGraph", "false")):
        git("config", key, value)
    for i in range(12):
        for name in "abc":
            with open(folder / "repository" / name, "a") as file:
                file.write(f"line {i} of {name}\n" * (i + 1))
        git("add", ".")
        git("commit", "-qm", f"change {i}")


def cxx(folder: Path) -> None:
    (folder / "work.cc").write_text("""\
#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

template <class Key, class Value>
using Index = std::map<Key, std::vector<std::shared_ptr<Value>>>;

struct Node {
    std::string name;
    std::vector<int> values;
};

int count(const std::vector<Node> &nodes)
{
    Index<std::string, Node> index;
    for (const Node &node : nodes)
        index[node.name].push_back(std::make_shared<Node>(node));
    std::vector<std::string> names;
    for (auto &[name, found] : index)
        if (std::any_of(found.begin(), found.end(), [](auto &n) { return n->values.size() > 3; }))
            names.push_back(name + "!");
    std::sort(names.begin(), names.end());
    return static_cast<int>(names.size());
}
""")


def shell(folder: Path) -> None:
    (folder / "work.sh").write_text("""\
for i in 1 2 3 4; do
    letter=$(echo $i | tr 1-4 a-d)
    found[$i]="$letter$(seq 1 $i | wc -l)"
done
echo "${found[@]}"
(exit 3) || echo "a child ended with $?"
printf '%s\\n' {1..300} | sort -rn | head -3
/bin/echo done
""")
