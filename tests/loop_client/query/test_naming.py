"""A name matches in any Unicode form, and no other name that looks alike."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.query import matching, parse, selected
from tests.frames import item, items_frame

if TYPE_CHECKING:
    import pandas as pd

NFC, NFD = (unicodedata.normalize(form, "Café") for form in ("NFC", "NFD"))
COLUMNS = {"tag": "tag", "source": "source", "status": "status", "sentiment": "sentiment", "user": "user_id"}
NAMES = st.text("aAé\u0301e\u212aKk ·x", min_size=1, max_size=3).filter(str.strip)


def ids(frame: pd.DataFrame, positions: np.ndarray) -> list[str]:
    """The items at these positions."""
    return sorted(frame["id"].iloc[positions])


@pytest.mark.parametrize("column", COLUMNS.values())
@pytest.mark.parametrize(("stored", "requested"), [(NFC, NFD), (NFD, NFC), ("\u212a1", "K1"), ("K1", "\u212a1")])
def test_a_name_is_found_in_any_normal_form(column: str, stored: str, requested: str) -> None:
    """A name is found in any Unicode normal form."""
    frame = items_frame([item(1, **{column: stored}), item(2, **{column: "cafe"}), item(3, **{column: "CAFÉ"})])

    assert ids(frame, selected(frame, {column: (requested,)})) == ["fb_1"]
    assert ids(frame, selected(frame, {column: (requested.upper() + "x", requested)})) == ["fb_1"]


@pytest.mark.parametrize("column", ["source", "status", "sentiment", "user_id"])
def test_the_very_name_is_meant_where_there_is_one(column: str) -> None:
    """Of two names that differ only in their Unicode form, each selects only its own items."""
    frame = items_frame([item(1, **{column: NFC}), item(2, **{column: NFD})])

    assert ids(frame, selected(frame, {column: (NFC,)})) == ["fb_1"]
    assert ids(frame, selected(frame, {column: (NFD,)})) == ["fb_2"]
    place = np.flatnonzero(frame["id"] == "fb_2")
    assert ids(frame, selected(frame, {column: (NFC,)}, among=place)) == []


def test_a_tag_is_found_as_the_api_holds_it() -> None:
    """A tag is found in any spelling that is shown the same, and excluded so too."""
    frame = items_frame([item(1, tag=NFD), item(2, tag="in  app "), item(3, tag="In app"), item(4, tag=None)])

    for requested in (NFD, NFC, f" {NFC}"):
        assert ids(frame, selected(frame, {"tag": (requested,)})) == ["fb_1"]
        assert ids(frame, selected(frame, {"not-tag": (requested, "In app")})) == ["fb_2", "fb_4"]
        assert ids(frame, matching(parse(f'tag:"{requested}"'), frame, np.arange(4))) == ["fb_1"]
    assert ids(frame, selected(frame, {"tag": (" in app",)})) == ["fb_2"]
    assert ids(frame, selected(frame, {"tag": ("(not set)", "in  app")})) == ["fb_2", "fb_4"]


@given(st.lists(NAMES, min_size=1, max_size=6), NAMES)
def test_the_filter_and_the_search_find_the_same_person(names: list[str], requested: str) -> None:
    """Filter and search find the same items of a person or a tag, by a plain comparison."""
    frame = items_frame(item(number, id=f"{name}{number}", user_id=name, tag=name) for number, name in enumerate(names))
    every = np.arange(len(frame))
    wanted = [name for name in names if name == requested] or [
        name for name in names if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", requested)
    ]

    found = selected(frame, {"user_id": (requested,)})

    assert sorted(frame["user_id"].iloc[found]) == sorted(wanted)
    assert list(matching(parse(f'user:"{requested}"'), frame, every)) == list(found)
    assert set(matching(parse(f'-user:"{requested}"'), frame, every)) == set(every) - set(found)
    assert list(matching(parse(f'tag:"{requested}"'), frame, every)) == list(selected(frame, {"tag": (requested,)}))
    one = frame["id"].iloc[0]
    assert list(frame["id"].iloc[matching(parse(f'id:"{one}"'), frame, every)]) == [one]


@pytest.mark.parametrize("requested", ["user:Anna", "user:anna", "user:ANNA", "id:fb_aB", "id:fb_Ab", "tag:X", "tag:x"])
def test_case_makes_another_name(requested: str) -> None:
    """Names that differ in case are different names."""
    frame = items_frame(
        item(id=name, user_id=user, tag=tag)
        for name, user, tag in [("fb_aB", "Anna", "X"), ("fb_Ab", "anna", "x"), ("fb_AB", "ANNA", "y")]
    )

    assert len(matching(parse(requested), frame, np.arange(3))) == 1


def test_what_is_no_text_is_nobodys_name() -> None:
    """Invalid UTF-8 from a shell, as surrogates, matches no name."""
    frame = items_frame([item(1)])

    assert ids(frame, selected(frame, {"user_id": ("\udcff",)})) == []
    assert ids(frame, selected(frame, {"user_id": ("\udcff", "u_1")})) == ["fb_1"]
    assert ids(frame, selected(frame, {"tag": ("\udcff",)})) == []
