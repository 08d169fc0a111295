"""servers.py: redis-server and nginx as workloads: their files, and clients that load them on
loopback, take down what they were answered, and have them end. A port is free when it is chosen."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import Failure, Skip  # noqa: E402

PATIENCE_SECONDS = 120

# Without its cache of freed blocks jemalloc's counts are the program's; it prints the sums alone.
JEMALLOC = {"MALLOC_CONF": "tcache:false,stats_print:true,stats_print_opts:gdablxeh"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Failure(f"nothing listens on port {port}")


# ---- redis ----

def redis_files(folder: Path) -> None:
    port = free_port()
    (folder / "port").write_text(str(port))
    (folder / "redis.conf").write_text(f"""\
port {port}
bind 127.0.0.1
save ""
appendonly no
daemonize no
dir {folder}
""")


def drive_redis(folder: Path) -> bytes:
    if not shutil.which("redis-benchmark"):
        raise Skip("redis-benchmark is not installed")
    port = (folder / "port").read_text()
    wait_for(int(port))
    subprocess.run(["redis-benchmark", "-p", port, "-n", "3000", "-r", "500", "-q",
                    "-t", "set,get,incr,lpush,sadd,hset,zadd"], check=True, capture_output=True)

    def ask(*words):
        return subprocess.run(["redis-cli", "-p", port, *words], capture_output=True).stdout

    # Keys are drawn at random; what does not depend on them is compared.
    answers = ask("strlen", "key:000000000001") + ask("llen", "mylist") + ask("set", "k", "v")
    answers += ask("get", "k") + ask("eval", "return redis.call('get', KEYS[1])", "1", "k")
    ask("shutdown", "nosave")
    return answers


# ---- nginx ----

def nginx_files(folder: Path) -> None:
    port = free_port()
    (folder / "port").write_text(str(port))
    (folder / "www").mkdir()
    (folder / "www" / "small.html").write_text("<p>small</p>\n")
    (folder / "www" / "large.txt").write_text("a line of text\n" * 20000)
    folders = "".join(f"    {kind}_temp_path tmp;\n" for kind in
                      ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    for name, processes in (("nginx.conf", "master_process off;"),
                            ("workers.conf", "worker_processes 2;")):
        (folder / name).write_text(f"""\
daemon off;
{processes}
user {'root' if os.geteuid() == 0 else 'nobody'};
pid nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
{folders}    access_log off;
    gzip on;
    gzip_types text/plain;
    server {{
        listen 127.0.0.1:{port};
        root www;
        location /moved {{ return 301 /small.html; }}
    }}
}}
""")


def ask_nginx(port: int, count: int) -> bytes:
    answers = b""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for i in range(count):
        path = ("/small.html", "/large.txt", "/moved", "/missing")[i % 4]
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} if i % 8 == 1 else {})
        answer = connection.getresponse()
        body = answer.read()
        answers += b"%d %d\n" % (answer.status, len(body))
    connection.close()
    return answers


def end_nginx(folder: Path) -> None:
    """SIGQUIT: it ends when all requests are answered; the closed connections it may see first."""
    time.sleep(0.5)
    until = time.monotonic() + PATIENCE_SECONDS
    while not (folder / "nginx.pid").exists() and time.monotonic() < until:
        time.sleep(0.05)
    os.kill(int((folder / "nginx.pid").read_text()), signal.SIGQUIT)


def drive_nginx(folder: Path) -> bytes:
    """One connection, one request after the other: the same work each time."""
    port = int((folder / "port").read_text())
    wait_for(port)
    answers = ask_nginx(port, 200)
    end_nginx(folder)
    return answers


def drive_nginx_hard(folder: Path) -> bytes:
    port = int((folder / "port").read_text())
    wait_for(port)
    with ThreadPoolExecutor(8) as pool:
        answers = b"".join(pool.map(lambda _: ask_nginx(port, 100), range(16)))
    end_nginx(folder)
    return answers
