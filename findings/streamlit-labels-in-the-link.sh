#!/usr/bin/env bash
# Streamlit writes the labels of a widget into its link, and reads a label with an older number as a new option.
#
# Versions: Python 3.11.7, streamlit 1.67.0, pandas 3.1.1.
# Expected: format_func only changes what is shown, as its documentation says, so the link of a multiselect with
#   bind="query-params" has the options. A link from yesterday selects the same today, whatever numbers the labels have.
# Behaviour: a link with an option is read, and rewritten with the label. The label is read back as its option only
#   while it is the same. With accept_new_options, one with yesterday's number is taken as a value that somebody typed,
#   and is rewritten with its own label: the link grows by a number each time that the numbers have changed.
# Seen:
#> labels with 3, link 'exports': value ['exports'], link then 'exports (3)'
#> labels with 3, link 'exports (3)': value ['exports'], link then 'exports (3)'
#> labels with 4, link 'exports (3)': value ['exports (3)'], link then 'exports (3) (4)'
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check streamlit==1.67.0 pandas==3.1.1

cat >"$folder/page.py" <<'PYTHON'
import streamlit as st

count = st.session_state["count"]
st.multiselect(
    "Tag",
    ["billing", "exports"],
    format_func=lambda tag: f"{tag} ({count})",
    key="tag",
    bind="query-params",
    accept_new_options=True,
)
PYTHON

"$folder/venv/bin/python" - "$folder/page.py" >"$folder/seen" 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import sys

from streamlit.testing.v1 import AppTest

for count, link in ((3, "exports"), (3, "exports (3)"), (4, "exports (3)")):
    app = AppTest.from_file(sys.argv[1], default_timeout=60)
    app.session_state["count"] = count
    app.query_params["tag"] = link
    app.run()
    value, then = app.session_state["tag"], app.query_params["tag"]
    print(f"labels with {count}, link {link!r}: value {value}, link then {then!r}")
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
