#!/usr/bin/env bash
# A backslash does not keep "--" or "->" in the label of a Streamlit element: they become a dash and an arrow.
#
# Versions: Python 3.11.7, streamlit 1.67.0, playwright 1.65.2, Chromium 156.0.8078.108 (Debian 12).
# Expected: labels are Markdown, and in Markdown a backslash before a sign makes it a letter. So a label in which each
#   sign of a text has a backslash shows the text as it was written, as it does for stars, brackets and links.
# Behaviour: Streamlit replaces pairs of signs after the Markdown was parsed, when backslashes are gone. "\-\-" is shown
#   as a dash, "\-\>" as an arrow, "\>\=" as one sign. In backticks they stay.
# Seen:
#> stars: *a* [b](c)
#> dashes: a — b
#> arrow: a → b
#> greater: a ≥ b
#> in backticks: a -- b -> c
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

st.button(r"stars: \*a\* \[b\]\(c\)")
st.button(r"dashes: a \-\- b")
st.button(r"arrow: a \-\> b")
st.button(r"greater: a \>\= b")
st.button("in backticks: `a -- b -> c`")
st.text("ready")
PYTHON

"$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request

from playwright.sync_api import sync_playwright

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{probe.getsockname()[1]}"
options = ["--server.address=127.0.0.1", f"--server.port={address.rpartition(':')[2]}", "--server.headless=true"]
server = subprocess.Popen(
    [sys.executable, "-m", "streamlit", "run", sys.argv[2], *options, "--browser.gatherUsageStats=false"],
    stdout=subprocess.DEVNULL,
    stderr=subprocess.DEVNULL,
)
try:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            break
        except OSError:
            time.sleep(0.2)
    else:
        sys.exit("the server did not start")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=sys.argv[1], args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(address)
        page.get_by_text("ready").wait_for()
        for label in page.locator("[data-testid=stButton] button").all_inner_texts():
            print(label)
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
