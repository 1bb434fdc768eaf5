#!/usr/bin/env bash
# Vega's labelFlush moves the label of the first bar off its centre, and leaves the label of the last bar alone.
#
# Versions: Python 3.11.7, vl-convert-python 1.9.0.post1 with its Vega 6.2.0 and Vega-Lite 6.4.
# Expected: labelFlush keeps the first and the last label within the axis. Here both labels stand in the middle of
#   their bars, far from the ends, so neither moves, or both move alike.
# Behaviour: on a band scale without outer padding, the label of the first bar begins in the middle of the bar; all
#   others are centred, the last one too. With the smallest outer padding, the first one is centred as well. It seems
#   that the start of the bar is compared with the start of the axis, not the place of the label. Streamlit's theme
#   turns labelFlush on for every chart.
# Seen:
#> outer padding 0: Friday start, Monday middle, Sunday middle
#> outer padding 0.05: Friday middle, Monday middle, Sunday middle
#> outer padding 0, without labelFlush: Friday middle, Monday middle, Sunday middle
# Exit: 0 while the output is as above, else 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    vl-convert-python==1.9.0.post1

"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
import re

import vl_convert


def labels(padding, *, flush):
    axis = {"labelAngle": 0, "labelFlush": flush, "title": None}
    scale = {"paddingInner": 0.1, "paddingOuter": padding}
    spec = {
        "width": 400,
        "data": {"values": [{"day": day, "items": 1} for day in ("Monday", "Friday", "Sunday")]},
        "mark": "bar",
        "encoding": {
            "x": {"field": "day", "type": "ordinal", "axis": axis, "scale": scale},
            "y": {"field": "items", "type": "quantitative", "axis": None},
        },
    }
    drawn = vl_convert.vegalite_to_svg(spec, vl_version="6.4")
    found = re.findall(r'<text text-anchor="(\w+)"[^>]*>(\w+day)<', drawn)
    return ", ".join(f"{day} {anchor}" for anchor, day in found)


print("outer padding 0:", labels(0, flush=True))
print("outer padding 0.05:", labels(0.05, flush=True))
print("outer padding 0, without labelFlush:", labels(0, flush=False))
PYTHON

sed -n 's/^#> //p' "$0" | diff -u - "$folder/seen"
echo "as stated"
