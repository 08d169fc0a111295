# qemu-user: emulates x86-64 programs, python3 and sort with threads; qemu alone is traced
# version: qemu-x86_64 --version
# needs: qemu-x86_64 /usr/bin/python3
# shellcheck shell=sh disable=SC2016,SC1091
work() {
    seq 1 20000 | traced qemu-x86_64 -U LD_PRELOAD /usr/bin/sort -R --random-source=/bin/sh | md5sum
    PYTHONHASHSEED=0 traced qemu-x86_64 -U LD_PRELOAD /usr/bin/python3 -S -c '
import json, threading
found = []
threads = [threading.Thread(target=lambda n=n: found.append(len(json.dumps(list(range(n))))))
           for n in range(1, 9)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(sorted(found))'
}
