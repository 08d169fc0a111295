"""redis_load.py: redis-server under a tool while redis-benchmark sends it requests. The time is the
processor time of the server over its whole life: number and kind of the requests are the same for
every tool (their keys are drawn anew each time, from 50,000), and the client, which shares the
machine, cannot hide what the server does."""

import shutil
import socket
import subprocess
import time
from pathlib import Path

from measure import Run, disk_bytes, finish, read_result, start

TESTS = "set,get,lpush,lpop,sadd,hset,zadd"
REQUESTS, PIPELINE, KEYS, VALUE_BYTES = 100_000, 16, 50_000, 64
CLIENT_SECONDS_MAX = 3600  # in the checking mode the server takes minutes


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(64)


def wait_until_ready(process, port: int) -> bool:
    for _ in range(600):
        if process.poll() is not None:
            return False
        try:
            if ask(port, b"PING\r\n").startswith(b"+PONG"):
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


def send_requests(port: int) -> bool:
    words = ["redis-benchmark", "-h", "127.0.0.1", "-p", port, "-q", "-t", TESTS, "-n", REQUESTS,
             "-P", PIPELINE, "-r", KEYS, "-d", VALUE_BYTES]
    try:
        done = subprocess.run([str(word) for word in words], capture_output=True,
                              timeout=CLIENT_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def measure(tool, load, scratch: Path) -> Run:
    if not shutil.which("redis-benchmark"):
        return Run(failure="no redis-benchmark")
    port = free_port()
    words = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly",
             "no", "--dir", scratch]
    process = start(tool, load, words, scratch, subprocess.DEVNULL)
    served = wait_until_ready(process, port) and send_requests(port)
    if process.poll() is None:
        try:
            ask(port, b"SHUTDOWN NOSAVE\r\n")
        except OSError:
            pass
    if not finish(process, 60):
        return Run(failure="did not end")
    run = read_result(scratch)
    if not run.failure and not served:
        return Run(failure="requests failed")
    run.time_ns = run.cpu_ns
    run.trace_bytes = disk_bytes(tool.traces(scratch / "trace"))
    return run
