"""Each colour is readable on its background in both themes, and distinguishable with colour blindness."""

from __future__ import annotations

import math
import tomllib
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pages.components.overview import vega_specs
from pages.server import style_sheet

THEMES = tomllib.loads((Path(__file__).parents[4] / ".streamlit" / "config.toml").read_text())["theme"]
CAPTION = 0.6
"""The opacity of captions in Streamlit."""

TINT = 0.1
"""The opacity of the primary colour behind a selected element in Streamlit."""

BLUE = THEMES["light"]["primaryColor"]
"""The form's button in both themes, from `browser.css`."""

FILLS = {**vega_specs.FILLS, "another": vega_specs.OTHER}

SEEN = {
    "as most see": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Linear RGB with colour blindness: Machado, Oliveira, Fernandes 2009, severity 1.0."""

TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
WHITE = [0.95047, 1.0, 1.08883]


def over(colour: str, background: str, part: float | None = None) -> str:
    """#rrggbb of a colour, blended by its own alpha or `part`, on a background."""
    alpha = part if part is not None else int(colour[7:] or "ff", 16) / 255
    pairs = [(int(colour[i : i + 2], 16), int(background[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(upper * alpha + lower * (1 - alpha)):02x}" for upper, lower in pairs)


def linear(colour: str) -> list[float]:
    """Linear red, green and blue of #rrggbb, 0-1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio, 1-21."""
    light, dark = sorted((float(np.dot(TO_XYZ[1], linear(colour))) for colour in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, seen: str) -> list[float]:
    """CIE L*a*b* of a colour."""
    xyz = np.array(TO_XYZ) @ np.clip(np.array(SEEN[seen]) @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return [116 * y - 16, 500 * (x - y), 200 * (y - z)]


def texts(theme: str) -> dict[str, tuple[str, str]]:
    """Name → text colour and background."""
    page = THEMES[theme]
    sidebar = {**page, **page["sidebar"]}
    pairs = {"link": (page["linkColor"], page["backgroundColor"]), "chosen": ("#ffffff", sidebar["primaryColor"])}
    for where, colours in (("page", page), ("sidebar", sidebar)):
        for ground in ("backgroundColor", "secondaryBackgroundColor"):
            pairs[f"text, {where}, {ground}"] = (colours["textColor"], colours[ground])
    grounds = (page["backgroundColor"], page["dataframeHeaderBackgroundColor"], sidebar["backgroundColor"])
    pairs |= {f"caption on {ground}": (over(page["textColor"], ground, CAPTION), ground) for ground in grounds}
    own, ground = page["primaryColor"], page["backgroundColor"]
    pairs["chosen view"] = (own, over(own, ground, TINT))
    pairs["button"] = ("#ffffff", BLUE)
    return pairs


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    """Every text in our own colours has a contrast of at least 4.5:1."""
    found = {what: round(contrast(*colours), 2) for what, colours in texts(theme).items()}

    assert {what: ratio for what, ratio in found.items() if ratio < 4.5} == {}


KINDS = (*vega_specs.FILLS, "another")
HEAT = vega_specs.heat_spec()["mark"]
DRAWN = {
    "volume": vega_specs.volume_spec(KINDS),
    "shares": vega_specs.volume_spec(KINDS, "share"),
    "breakdown": vega_specs.breakdown_spec(KINDS),
    "heat, fullest": {"mark": {"fill": HEAT["fill"]}, "encoding": {}},
    "heat, outline": {"mark": {"stroke": HEAT["stroke"]}, "encoding": {}},
    "ages": vega_specs.ages_spec(),
}


def seen_by(spec: dict[str, Any], ground: str) -> set[str]:
    """The outlines, or else fills, of a chart's marks, at the least opacity with which they are drawn."""
    mark, encoding = spec["mark"], spec["encoding"]
    edge = "stroke" if "stroke" in mark or "stroke" in encoding else "fill"
    colours = encoding[edge]["scale"]["range"] if edge in encoding else [mark.get(edge) or mark["color"]]
    faded = [encoding[name] for name in ("opacity", f"{edge}Opacity") if name in encoding]
    least = min([1.0, *(part for one in faded for part in opacities(one))])
    return {over(colour, ground, least * int(colour[7:] or "ff", 16) / 255) for colour in colours}


def opacities(encoded: dict[str, Any]) -> list[float]:
    """All values of an encoding of opacity."""
    conditions = [one["value"] for one in encoded.get("condition", [])]
    return [
        *conditions,
        *([encoded["value"]] if "value" in encoded else []),
        *encoded.get("scale", {}).get("range", []),
    ]


@pytest.mark.parametrize("chart", DRAWN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_stand_out(theme: str, chart: str) -> None:
    """Every bar has a contrast of at least 3:1 on the page, even a pale one of a partial bucket.

    In the heat map, where paler means fewer, that applies to the fullest field and to the outline.
    """
    ground = THEMES[theme]["backgroundColor"]
    found = {colour: round(contrast(colour, ground), 2) for colour in seen_by(DRAWN[chart], ground)}

    assert {what: ratio for what, ratio in found.items() if ratio < 3} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_own_colour_stands_out(theme: str) -> None:
    """The accent colour of selection and focus has a contrast of at least 3:1."""
    assert BLUE.lower() in style_sheet.SHEET.read_text()
    for colour in (THEMES[theme]["primaryColor"], BLUE):
        assert contrast(colour, THEMES[theme]["backgroundColor"]) >= 3


@pytest.mark.parametrize("seen", SEEN)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sentiments_are_distinguishable(theme: str, seen: str) -> None:
    """Filled bars differ by at least ΔE 25, also with colour blindness."""
    ground = THEMES[theme]["backgroundColor"]
    filled = {name: over(colour, ground) for name, colour in FILLS.items()}
    pairs = combinations(filled, 2)
    found = {f"{one}, {other}": math.dist(lab(filled[one], seen), lab(filled[other], seen)) for one, other in pairs}

    assert {pair: round(apart) for pair, apart in found.items() if apart < 25} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_bar_is_filled(theme: str) -> None:
    """Every bar has a fill, the palest one at least ΔE 10 from the page."""
    ground = THEMES[theme]["backgroundColor"]
    filled = {name: over(colour, ground) for name, colour in FILLS.items()}
    found = {name: math.dist(lab(fill, "as most see"), lab(ground, "as most see")) for name, fill in filled.items()}

    assert {name: round(apart) for name, apart in found.items() if apart < 10} == {}
