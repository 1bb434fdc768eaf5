#!/usr/bin/env bash
# A Streamlit selectbox that accepts new options drops what was typed on Tab or a click elsewhere.
#
# Versions: Python 3.11.7, streamlit 1.67.0, playwright 1.65.2, Chromium 156.0.8078.108 (Debian 12).
# Expected: leaving the field takes the text as a new option, just as leaving a text_input takes its text: nothing
#   else was typed, and no option of the list matches.
# Behaviour: only Enter takes the text. Tab, or a click on the next field, empties the box at once without a message
#   and without a call of on_change, so whoever fills in a form by keyboard sends it without the value.
# Seen:
#> Enter: value 'blue', shown 'blue', calls of on_change 1
#> Tab: value None, shown '', calls of on_change 0
#> click on the next field: value None, shown '', calls of on_change 0
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
import streamlit as st

calls = st.session_state.setdefault("calls", [])
options = ["red", "green"]
colour = st.selectbox("Colour", options, index=None, accept_new_options=True, on_change=lambda: calls.append(1))
st.text_input("Next field")
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.button("Run again")
st.text(f"run {runs}: value {colour!r}, calls of on_change {len(calls)}")
PYTHON

"$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import sync_playwright

QUIET = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]


def wait_until_healthy():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def typed_and_left(page, how):
    """What the page knows of a typed word after its field was left and the script has run once more."""
    page.goto(address)
    page.get_by_text("run 1:").wait_for()
    box = page.get_by_role("combobox", name="Colour")
    box.click()
    box.press_sequentially("blue", delay=30)
    if how == "click on the next field":
        page.get_by_label("Next field").click()
    else:
        box.press(how)
    page.get_by_role("button", name="Run again").click()
    page.get_by_text("run 3:" if how == "Enter" else "run 2:").wait_for()
    value, calls = page.get_by_text("run ").last.inner_text().partition(": ")[2].split(", ")
    print(f"{how}: {value}, shown {box.input_value()!r}, {calls}")


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
        for how in ("Enter", "Tab", "click on the next field"):
            typed_and_left(browser.new_page(), how)
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
