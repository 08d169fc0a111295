#!/usr/bin/env python3
"""clean_runs.py [--table] [NAME…]: runs command lines of installed programs under Valgrind and
under memtrace. Where Valgrind finds nothing that is definitely or indirectly lost, memtrace must
find nothing either; at least MINIMUM must be such runs. Those that Valgrind itself calls leaky are
listed with both counts. Child processes count with their parent."""

import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "programs"))
import inputs  # noqa: E402
from harness import Skip, check, main, scratch  # noqa: E402
from references import ask_memtrace, ask_valgrind, has_valgrind  # noqa: E402

MINIMUM = 50
LOST = ("definite", "indirect")

# The words of each; they run in a folder that has the files of inputs.py.
RUNS = """
awk BEGIN{for(i=0;i<999;i++)a[i%97]=a[i%97]i;print(length(a[3]))}
b2sum work.json
base64 work.json
basename /usr/bin/awk
bash -c x=(1_2_3);for_i_in_"${x[@]}";do_echo_$i;done
bc --version
bzip2 -c work.json
cat work.json work.xml
cksum work.json
cmp work.json work.xml
comm work.json work.xml
cp work.json copy.json
curl --version
cut -c1-9 work.xml
date -u
dd if=work.json of=copied bs=512 count=9 status=none
df .
diff work.json work.xml
dirname /usr/bin/awk
du -a .
echo done
env -i A=b true
expand work.py
expr 6 * 7
factor 123456789012345678
file work.xml
find . -name *.json -size +1k
fmt work.py
fold -w 40 work.py
gawk {n[$1]++}END{for(k_in_n)s+=n[k];print(s)} work.py
git -C repository log --oneline --stat
git -C repository status
git -C repository diff HEAD~3
git --version
grep -c name work.json
grep -E (a+)+b work.xml
gzip -c work.json
head -n 3 work.py
id
join work.py work.py
jq -c [.[]|select(.id%7==0)|.name]|length work.json
ldd /bin/true
ln -s work.py link
ls -laR .
make --version
md5sum work.json
mkdir made
nl work.py
nproc
od -An -tx1 -N64 work.json
openssl dgst -sha256 work.json
openssl enc -base64 -in work.py
openssl version
paste work.py work.py
perl -e my%h=map{$_=>[$_]}1..3000;print(scalar(keys%h))
perl work.pl
pr work.py
printenv HOME
printf %s-%d\\n a 7
ps
python3 -c import_json;print(len(json.dumps(list(range(3000)))))
readelf -h /bin/true
nm -D /bin/true
objdump -h /bin/true
realpath .
rev work.py
rm work.sql
sed -E s/([0-9]+)/<\\1>/g work.json
seq 1 3000
sha256sum work.json
shuf -i 1-999
sort -n work.py
split -l 3 work.py
sqlite3 :memory: create_table_t(a,b);insert_into_t_values(1,2),(3,4);select_sum(a*b)_from_t;
stat work.py
strings work.json
tac work.py
tail -n 3 work.py
tar cf work.tar work.json work.xml
tee teed
test -f work.py
touch touched
tr a-z A-Z
true
tsort work.py
uname -a
uniq work.py
wc work.json
who
xargs echo
xmllint --noout work.xml
xmllint --xpath count(//e[n]) work.xml
xz -c work.json
zstd -c work.json
""".strip().splitlines()


def words_of(line):
    """The words of a run: an underscore inside a program text stands for a space."""
    words = line.split()
    is_code = {"bash", "gawk", "python3", "sqlite3"}
    if words[0] not in is_code:
        return words
    return [word if word.startswith("work") else word.replace("_", " ") for word in words]


def fill(folder: Path):
    for make in (inputs.python, inputs.perl, inputs.json_file, inputs.xml_file, inputs.sql,
                 inputs.repository):
        make(folder)


def lost(answers):
    """(objects, bytes, the Seen) of what is lost, over all processes."""
    found = [one for seen in answers.values() for one in seen if one.verdict in LOST]
    return sum(one.objects for one in found), sum(one.size for one in found), found


def judge(line, prepared):
    """(line, ours, Valgrind's); None where the program is missing or a process of it ends without
    a scan (_exit)."""
    words = words_of(line)
    if not shutil.which(words[0]):
        return None
    environment = {**inputs.GIT_VARIABLES, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    with scratch() as name:
        theirs_in = shutil.copytree(prepared, Path(name) / "theirs")
        _, theirs = ask_valgrind(words, theirs_in, environment=environment)
        ours_in = shutil.copytree(prepared, Path(name) / "ours")
        _, reports = ask_memtrace(words, ours_in, environment=environment)
    ours = {pid: seen for pid, (_, seen) in reports.items()}
    if not theirs or any(one.verdict == "unclassified" for seen in ours.values() for one in seen):
        return None
    return line, lost(ours), lost(theirs)


def in_words(count):
    return f"{count[1]:,} bytes in {count[0]:,}"


def test():
    if not has_valgrind():
        raise Skip("Valgrind is not installed")
    names = [word for word in sys.argv[1:] if not word.startswith("--")]
    chosen = [line for line in RUNS if not names or line.split()[0] in names]
    with scratch() as prepared, ThreadPoolExecutor(os.cpu_count()) as pool:
        fill(Path(prepared))
        answers = [answer for answer in pool.map(lambda line: judge(line, prepared), chosen)
                   if answer]
    clean = [answer for answer in answers if answer[2][0] == 0]
    for line, ours, theirs in answers:
        if "--table" in sys.argv or theirs[0]:
            print(f"{line}: memtrace {in_words(ours)}, Valgrind {in_words(theirs)}")
    wrong = [f"{line}: memtrace {in_words(ours)}, Valgrind none: {ours[2][:3]}"
             for line, ours, _ in clean if ours[0]]
    check(not wrong, "\n".join(wrong))
    check(names or len(clean) >= MINIMUM, f"only {len(clean)} runs are clean to Valgrind")
    print(f"{len(clean)} runs clean to both, {len(answers) - len(clean)} leaky to Valgrind")


main(test)
