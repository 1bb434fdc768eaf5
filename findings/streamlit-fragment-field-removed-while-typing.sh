#!/usr/bin/env bash
# A text_input in a Streamlit fragment is removed from under its writer when another fragment reruns the whole app.
#
# Versions: Python 3.11.7, streamlit 1.67.0, playwright 1.65.2, Chromium 156.0.8078.108 (Debian 12).
# Expected: a full rerun draws the same keyed field again, so the browser keeps its element, its focus and its text,
#   whatever runs next. With live="0ms" each letter is sent at once, so nothing depends on leaving the field.
# Behaviour: when a letter comes during the full rerun, the field's fragment runs right after it. If nothing was sent to
#   the browser in between, the queue drops what the full rerun drew of that fragment, but keeps the message that the
#   full rerun has ended well; the browser then removes the field as stale. It comes back as a new element, without the
#   focus and without the text, and the rest of what is typed goes nowhere. Most texts of ten seconds meet it.
# Seen:
#> in a fragment: the field was replaced while somebody typed, and text was lost
#> in no fragment: the field stayed, and the text is whole
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


def form():
    st.text_input("Text", key="text", live="0ms")


@st.fragment(run_every=0.2)
def follow():
    if st.session_state.pop("redrawn", False):
        return
    st.session_state["redrawn"] = True
    st.rerun()


st.session_state.setdefault("redrawn", True)
st.fragment(form)() if st.query_params.get("in") == "fragment" else form()
follow()
st.text("ready")
PYTHON

"$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import sync_playwright

QUIET = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]
TEXT = "typed on " * 40
ROUNDS = {"fragment": 12, "page": 3}


def wait_until_healthy():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def is_kept(browser, where):
    """Whether the field is the same element after a long text was typed into it, and holds all of it."""
    page = browser.new_page()
    page.goto(f"{address}?in={where}")
    page.get_by_text("ready").wait_for()
    field = page.get_by_role("textbox", name="Text")
    element = field.element_handle()
    field.press_sequentially(TEXT, delay=30, timeout=120_000)
    page.wait_for_timeout(2000)
    stayed, whole = element.evaluate("field => field.isConnected"), field.input_value() == TEXT
    page.close()
    assert stayed == whole
    return stayed


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
        for where, name in (("fragment", "in a fragment"), ("page", "in no fragment")):
            kept = all(is_kept(browser, where) for _ in range(ROUNDS[where]))  # ends at the first round that lost it
            is_so = "stayed, and the text is whole" if kept else "was replaced while somebody typed, and text was lost"
            print(f"{name}: the field {is_so}")
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
