#!/usr/bin/env bash
# One Vega-Lite chart has its axis labels in vl-convert and none in Streamlit, if axis.values are numbers.
#
# Versions: Python 3.11.7, streamlit 1.67.0, vl-convert-python 1.9.0.post1 (its Vega-Lite 6.4), playwright 1.65.2,
#   Chromium 156.0.8078.108 (Debian 12).
# Expected: axis.values of a temporal axis takes milliseconds since 1970, as the data and the domain of the scale do,
#   and two renderers of Vega-Lite 6 draw the same labels.
# Behaviour: vl-convert draws them; Streamlit draws none and warns of nothing. Vega-Lite turns each number into the
#   expression datetime(NUMBER). Where expressions are compiled, that is a moment; Streamlit interprets them, and
#   there a single number seems to be taken for a year. Both draw the same times as texts, or as numbers in one
#   expression.
# Seen:
#> numbers: 3 labels in vl-convert, 0 in Streamlit
#> texts: 3 labels in vl-convert, 3 in Streamlit
#> expression: 3 labels in vl-convert, 3 in Streamlit
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
    streamlit==1.67.0 playwright==1.65.2 vl-convert-python==1.9.0.post1

cat >"$folder/page.py" <<'PYTHON'
import streamlit as st
from specs import SPECS

for spec in SPECS.values():
    st.vega_lite_chart(spec)
PYTHON

cat >"$folder/specs.py" <<'PYTHON'
from datetime import UTC, datetime

DAYS = [datetime(2026, 6, day, tzinfo=UTC) for day in (1, 8, 15)]
NUMBERS = [1000 * int(day.timestamp()) for day in DAYS]
VALUES = {"numbers": NUMBERS, "texts": [day.isoformat() for day in DAYS], "expression": {"expr": str(NUMBERS)}}


def spec(values):
    axis = {"values": values, "format": "%d %b", "title": None}
    return {
        "width": 400,
        "data": {"values": [{"day": day, "items": 1} for day in NUMBERS]},
        "mark": "point",
        "encoding": {
            "x": {"field": "day", "type": "temporal", "scale": {"type": "utc"}, "axis": axis},
            "y": {"field": "items", "type": "quantitative", "axis": None},
        },
    }


SPECS = {name: spec(values) for name, values in VALUES.items()}
PYTHON

PYTHONPATH="$folder" "$folder/venv/bin/python" - "$chromium" "$folder/page.py" >"$folder/seen" <<'PYTHON'
import re
import socket
import subprocess
import sys
import time
import urllib.request

import vl_convert
from playwright.sync_api import sync_playwright
from specs import SPECS

QUIET = ["--server.headless=true", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]


def wait_until_healthy():
    for _ in range(300):
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def labels_in_streamlit(page):
    """How many labels the axis of each chart has."""
    page.goto(address)
    charts = page.get_by_test_id("stVegaLiteChart")
    for place in range(len(SPECS)):
        charts.nth(place).locator("svg [aria-label^='day:']").nth(2).wait_for()  # its three points are drawn
    return [charts.nth(place).locator("svg .role-axis-label text").count() for place in range(len(SPECS))]


def labels_in_vl_convert(spec):
    drawn = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    return len(re.findall(r"<text[^>]*>\d\d Jun<", drawn))


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
        for (name, spec), count in zip(SPECS.items(), labels_in_streamlit(browser.new_page()), strict=True):
            print(f"{name}: {labels_in_vl_convert(spec)} labels in vl-convert, {count} in Streamlit")
        browser.close()
finally:
    server.terminate()
    server.wait(timeout=30)
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
