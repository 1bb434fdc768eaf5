#!/usr/bin/env bash
# Each new AppTest of Streamlit reads the metadata of every installed package, several times each.
#
# Versions: Python 3.11.7, streamlit 1.67.0.
# Expected: a test of a script without components looks for components at most once per process, since installed packages
#   do not change in between; what AppTest costs does not depend on what else is installed.
# Behaviour: the first run of each new AppTest scans all distributions for manifests of components, and reads each METADATA
#   about four times, once per attribute that it asks for. With 120 packages it is 0.3 s of CPU per app, more than
#   most scripts take: half of the time of a suite of 650 page tests. Later runs of the same AppTest scan nothing.
# Seen:
#> first app: more than 3 reads of each package's metadata
#> first app, run again: none
#> second app: more than 3 reads of each package's metadata
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check streamlit==1.67.0

"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/log" <<'PYTHON'
import importlib.metadata
import sys

from streamlit.testing.v1 import AppTest

reads = []
sys.addaudithook(lambda event, args: event == "open" and reads.append(str(args[0])))
packages = len(list(importlib.metadata.distributions()))
assert packages > 20


def metadata_reads(app):
    """How often a run of a script reads the metadata of a package, on average."""
    reads.clear()
    app.run()
    assert not app.exception
    times = sum(path.endswith("METADATA") for path in reads) / packages
    return "more than 3 reads of each package's metadata" if times > 3 else f"{times:.1f} reads" if times else "none"


first, second = (AppTest.from_string("import streamlit as st\nst.text('hello')") for _ in range(2))
print(f"first app: {metadata_reads(first)}")
print(f"first app, run again: {metadata_reads(first)}")
print(f"second app: {metadata_reads(second)}")
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
