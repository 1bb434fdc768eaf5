#!/usr/bin/env bash
# A Streamlit page stays without the result of a click if the connection was lost just as the click's run began.
#
# Versions: Python 3.11.7, streamlit 1.67.0, playwright 1.65.2, Chromium 156.0.8078.108 (Debian 12).
# Expected: after a reconnect the page shows what the click did. The session is still there, and Streamlit asks for a
#   new run if the connection was lost during one.
# Behaviour: it knows of a run only from the run's second message. If the connection ends before that one arrives, the
#   page reconnects, but neither gets what was lost nor asks for it: it goes on showing the state before the click,
#   without any message, although the click was carried out.
# Seen:
#> lost after 0 messages of the run: connected, done on the server 1, shown 5 s later ['clicks: 0']
#> lost after 1 messages of the run: connected, done on the server 1, shown 5 s later ['clicks: 0']
#> lost after 2 messages of the run: connected, done on the server 1, shown 5 s later ['clicks: 1']
# Exit: 0 while the output is as above, 77 where there is no Chromium, else 1.
set -euo pipefail
if ! chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome); then
    echo "SKIPPED: no Chromium; on Debian and Ubuntu it is in the package chromium" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    streamlit==1.67.0 playwright==1.65.2

cat >"$folder/page.py" <<'PYTHON'
from pathlib import Path

import streamlit as st

clicks = st.session_state.setdefault("clicks", 0)
if st.button("Click"):
    clicks = st.session_state["clicks"] = clicks + 1
    with Path(__file__).with_name("done").open("a") as done:
        done.write("x")
st.text(f"clicks: {clicks}")
PYTHON

"$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

QUIET = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
done = Path(sys.argv[2]).with_name("done")


def wait_until_healthy():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def lost_after(page, passed):
    """What the page shows if all messages of the click's run but the first ones are lost with the connection."""
    ends, run = [], None

    def opened(browser_side):
        server_side = browser_side.connect_to_server()
        ends.append((browser_side, server_side))

        def forward(message):
            if run is not None and (run or ForwardMsg.FromString(message).WhichOneof("type") == "new_session"):
                run.append(message)
            if run is None or len(run) <= passed:
                browser_side.send(message)

        server_side.on_message(forward)

    done.write_text("")
    page.route_web_socket("**/_stcore/stream", opened)
    page.goto(address)
    page.get_by_text("clicks: 0").wait_for()
    page.wait_for_timeout(1000)
    run = []
    page.get_by_role("button", name="Click").click()
    page.wait_for_timeout(3000)
    assert len(run) > 3, "the run is over, and its messages were held back"
    run = None
    browser_side, server_side = ends[-1]
    server_side.close()
    browser_side.close()
    page.wait_for_timeout(5000)
    state = page.get_by_test_id("stApp").get_attribute("data-test-connection-state").lower()
    assert len(ends) == 2, "the page has reconnected once"
    shown = page.get_by_test_id("stText").all_inner_texts()
    count = len(done.read_text())
    print(f"lost after {passed} messages of the run: {state}, done on the server {count}, shown 5 s later {shown}")


with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]
address = f"http://127.0.0.1:{port}"
place = ["--server.address=127.0.0.1", f"--server.port={port}"]
server = subprocess.Popen(
    [sys.executable, "-m", "streamlit", "run", sys.argv[2], *place, *QUIET],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
try:
    wait_until_healthy()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox", "--disable-gpu"])
        for passed in (0, 1, 2):
            lost_after(browser.new_page(), passed)
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
