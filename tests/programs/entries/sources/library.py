"""library.py: real work for python3 on what every python3 has: its standard library."""

import ast
import collections
import hashlib
import json
import random
import sqlite3
import subprocess
import sys
import threading
import tokenize
import zlib
from pathlib import Path

FOLDER = Path(json.__file__).parent.parent
FILES = sorted(FOLDER.glob("*.py"))[:90]


def nodes_of(texts):
    kinds = collections.Counter()
    for text in texts:
        tree = ast.parse(text)
        kinds.update(type(node).__name__ for node in ast.walk(tree))
        compile(tree, "text", "exec")
    return kinds


def words_of(paths, found):
    for path in paths:
        with tokenize.open(path) as file:
            count = sum(1 for _ in tokenize.generate_tokens(file.readline))
        found[path.name] = count


def stored(kinds):
    database = sqlite3.connect(":memory:")
    database.execute("create table kind(name text, count integer)")
    database.executemany("insert into kind values (?, ?)", sorted(kinds.items()))
    rows = database.execute("select name, count from kind order by count desc, name limit 8")
    return list(rows)


def main():
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    kinds = nodes_of(texts[:40])
    found = {}
    threads = [threading.Thread(target=words_of, args=(FILES[i::4], found)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    packed = [zlib.compress(text.encode()) for text in texts]
    assert [zlib.decompress(data).decode() for data in packed] == texts
    numbers = random.Random(1).sample(range(10**6), 50000)
    back = json.loads(json.dumps({"numbers": numbers, "words": found}))
    asked = [subprocess.run([sys.executable, "-S", "-c", f"print({i} ** 50)"], check=True,
                            capture_output=True).stdout for i in range(5)]
    print(stored(kinds))
    print(len(found), sum(back["words"].values()), sorted(back["numbers"])[::10000])
    print(hashlib.sha256(b"".join(asked)).hexdigest(), sum(map(len, packed)) > 0)


main()
