#!/usr/bin/env bash
# Streamlit calls on_select though nobody selected anything, if the script set a table's selection with lists as cells.
#
# Versions: Python 3.11.7, streamlit 1.67.0, pandas 3.1.1, playwright 1.65.2, Chromium 156.0.8078.108 (Debian 12).
# Expected: on_select is for what a reader selects, so a selection set by the script through session_state causes no
#   call. Lists and tuples, with or without the empty parts, are the same selection: st.dataframe returns the same for
#   each.
# Behaviour: the browser sends the selection back with the next run, whatever started it. It seems to be compared with
#   the value as it was set, not as it is returned: on_select is called unless all three parts are there and a cell is
#   a tuple. A selection that went through JSON, where cells are lists, always counts as new.
# Seen:
#> {'cells': [(1, 'name')], 'rows': [], 'columns': []}: calls of on_select 0, returned cells [(1, 'name')]
#> {'cells': [[1, 'name']], 'rows': [], 'columns': []}: calls of on_select 1, returned cells [(1, 'name')]
#> {'cells': [(1, 'name')]}: calls of on_select 1, returned cells [(1, 'name')]
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
    streamlit==1.67.0 pandas==3.1.1 playwright==1.65.2

cat >"$folder/page.py" <<'PYTHON'
import ast

import pandas as pd
import streamlit as st

calls = st.session_state.setdefault("calls", [])
runs = st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if runs == 1:
    st.session_state["table"] = {"selection": ast.literal_eval(st.query_params["selection"])}
names = pd.DataFrame({"name": ["first", "second"]})
table = st.dataframe(names, key="table", on_select=lambda: calls.append(1), selection_mode="single-cell")
st.button("Run again")
st.text(f"run {runs}: calls of on_select {len(calls)}, returned cells {table['selection']['cells']}")
PYTHON

"$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import socket
import subprocess
import sys
import time
import urllib.request
from urllib.parse import urlencode

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


def set_by_the_script(page, selection):
    """What the page says of a selection that its first run set, after one more run."""
    page.goto(f"{address}/?{urlencode({'selection': selection})}")
    page.get_by_text("run 1:").wait_for()
    page.get_by_test_id("stDataFrame").locator("canvas").first.wait_for()
    page.get_by_role("button", name="Run again").click()
    page.get_by_text("run 2:").wait_for()
    print(f"{selection}: {page.get_by_text('run 2:').inner_text().partition(': ')[2]}")


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
        for selection in (
            {"cells": [(1, "name")], "rows": [], "columns": []},
            {"cells": [[1, "name"]], "rows": [], "columns": []},
            {"cells": [(1, "name")]},
        ):
            set_by_the_script(browser.new_page(), selection)
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
