"""An alias selects what it is shown as: in filters, drill-downs, searches, links and saved views."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import shown_tag
from loop_client.query import (
    ABSENT,
    DrillDown,
    Filters,
    Name,
    current_name,
    current_parts,
    known_tags,
    offered,
    opened,
    option_counts,
    shortened,
)
from loop_client.report.changes import Selection
from tests.frames import item, items_frame, items_frames, snapshot_of

if TYPE_CHECKING:
    import pandas as pd

    from loop_client.mirror import Snapshot

LONG: Final = "long " * 60
RULES: Final = {"Exports": "exports", "billing": "Money", "unused": "Money", shown_tag(LONG): "long"}


def aliased(frame: pd.DataFrame) -> Snapshot:
    """A complete snapshot of these items, with the rules."""
    return snapshot_of(frame).aliased(RULES)


def small() -> Snapshot:
    """Four items: two that are shown with the same tag, one with another and one without."""
    tags = ["exports", "Exports", "billing", None]
    return aliased(items_frame([item(number, tag=tag) for number, tag in enumerate(tags)]))


NAMES: Final = ["exports", "Exports", "billing", "unused", "Money", "*md*", ABSENT["tag"]]
LOOK_LIKE_ABSENT: Final = {"(not set)", "No tag"}


@given(items_frames(), st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), st.booleans())
def test_an_alias_selects_what_it_is_shown_as(frame: pd.DataFrame, names: list[str], is_excluded: bool) -> None:  # noqa: FBT001
    """Filters and drill-downs by any names select the rows of a plain evaluation, and the cube counts as many."""
    snapshot = aliased(frame)
    wanted = {RULES.get(name, name) for name in names}
    filters = DrillDown(not_tag=tuple(names)) if is_excluded else Filters(tag=tuple(names))

    expected = []
    for number, sent in enumerate(frame["tag_raw"].astype(object)):
        name = RULES.get(sent, sent) if isinstance(sent, str) else ABSENT["tag"]
        if sent in LOOK_LIKE_ABSENT:
            name = f"“{sent}”"
        if (name in wanted) is not is_excluded:
            expected.append(number)
    assert filters.rows(snapshot).tolist() == expected
    assert int(filters.cells(snapshot)["items"].sum()) == len(expected)


def test_a_search_for_an_alias_finds_what_it_is_shown_as() -> None:
    """`tag:` and `-tag:` take an alias for the tag that it is shown as."""
    snapshot = small()

    assert Filters(text="tag:Exports").rows(snapshot).tolist() == [0, 1]
    assert Filters(text="-tag:Exports").rows(snapshot).tolist() == [2, 3]
    assert Filters(text="tag:unused csv").rows(snapshot).tolist() == [2]


def test_filters_offer_and_count_what_tags_are_shown_as() -> None:
    """An alias is no option, and its items are counted with those of its target."""
    snapshot = small()

    assert offered(snapshot)["tag"] == ["exports", "Money", ABSENT["tag"]]
    assert option_counts(snapshot, Filters())["tag"] == {"exports": 2, "Money": 1, ABSENT["tag"]: 1}
    assert known_tags(snapshot, ["Exports", "unused", "exprots"]) == {"exprots": None}


def test_a_link_gets_the_name_that_is_shown() -> None:
    """A pasted link that names an alias, also a long one by its short name, is brought up to date."""
    parts = {
        Name.TAG.value: ["Exports", "search", shortened(shown_tag(LONG))],
        Name.ONLY.value: ["tag:billing", "not-tag:Exports", "status:open", "nonsense"],
        Name.SOURCE.value: ["Exports"],
    }

    assert current_parts(parts, small()) == {
        "tag": ["exports", "search", "long"],
        "only": ["tag:Money", "not-tag:exports", "status:open", "nonsense"],
        "source": ["Exports"],
    }


def test_a_saved_view_of_an_alias_opens_what_it_is_shown_as() -> None:
    """A view that was saved before its tag became an alias selects the target's items."""
    found = opened("view=all&tag=Exports", small(), date(2026, 6, 19), str)

    assert found.question.filters.tag == ("exports",)
    assert found.question.rows(small()).tolist() == [0, 1]
    assert found.left_out == ()


def test_an_alias_of_a_name_that_looks_like_none_selects_it() -> None:
    """A target that is spelt like the word for no tag is called as lists call it."""
    assert current_name("tag", "none", {"none": "No tag"}) == "“No tag”"


def test_what_changed_is_counted_for_an_alias_as_for_its_tag() -> None:
    """An alias, in a filter or a search, selects the same rows of a comparison as the tag that it is shown as."""
    snapshot = aliased(items_frame([item(1, tag="Exports"), item(2, tag="exports"), item(3, tag="billing")]))

    for filters in (Filters(tag=("Exports",)), Filters(tag=("exports",)), Filters(text="tag:Exports")):
        assert len(Selection(snapshot, filters).always()) == 2
