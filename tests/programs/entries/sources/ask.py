"""ask.py PORT|SOCKET: waits until somebody listens there, sends what is on stdin, prints the answer."""

import socket
import sys
import time

place, said = sys.argv[1], sys.stdin.buffer.read()
for patience in range(600):
    try:
        if place.isdigit():
            asked = socket.create_connection(("127.0.0.1", int(place)))
        else:
            asked = socket.socket(socket.AF_UNIX)
            asked.connect(place)
        break
    except OSError:
        time.sleep(0.05)
else:
    sys.exit(f"nobody listens at {place}")
asked.sendall(said)
asked.shutdown(socket.SHUT_WR)
while text := asked.recv(65536):
    sys.stdout.buffer.write(text)
