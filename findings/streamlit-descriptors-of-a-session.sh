#!/usr/bin/env bash
# A Streamlit session takes four file descriptors, and three of them stay open after its tab has been closed.
#
# Versions: Python 3.11.7, streamlit 1.67.0, uvicorn 0.54.0, starlette 1.10.0, websockets 17.4; Linux.
# Expected: a session takes one descriptor, its WebSocket, and gives it back when the tab is closed.
# Behaviour: each session creates an asyncio event loop when it connects, before any script runs: one epoll descriptor
#   and a pair of sockets. A closed session is stored for a reconnection (for two minutes, at most 128 sessions),
#   together with its event loop. A limit of 1,024 descriptors is reached by about 250 open tabs, not by 1,000.
# Seen:
#> 10 tabs open: 40 descriptors more
#> 10 tabs closed: 30 descriptors more
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    streamlit==1.67.0 uvicorn==0.54.0 starlette==1.10.0 websockets==17.4

echo 'import streamlit as st; st.write("ready")' >"$folder/page.py"
"$folder/venv/bin/python" - "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

TABS = 10
QUIET = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
place = ["--server.address=127.0.0.1", f"--server.port={port}"]
server = subprocess.Popen(
    [sys.executable, "-m", "streamlit", "run", sys.argv[1], *place, *QUIET],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)


def wait_until_healthy():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def tab():
    """What a browser opens for a tab; used as a context manager."""
    stream = f"ws://127.0.0.1:{port}/_stcore/stream"
    return connect(stream, subprotocols=["streamlit"], origin=f"http://127.0.0.1:{port}")


def descriptors():
    """How many the server has once the number has been the same for three seconds."""
    known, since = -1, time.monotonic()
    while time.monotonic() - since < 3:
        now = len(list(Path(f"/proc/{server.pid}/fd").iterdir()))
        if now != known:
            known, since = now, time.monotonic()
        time.sleep(0.1)
    return known


try:
    wait_until_healthy()
    with tab():  # what the server opens once for all sessions is open then
        before = descriptors()
        with ExitStack() as tabs:
            for _ in range(TABS):
                tabs.enter_context(tab())
            print(f"{TABS} tabs open: {descriptors() - before} descriptors more")
        print(f"{TABS} tabs closed: {descriptors() - before} descriptors more")
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
