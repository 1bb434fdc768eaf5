"""A patched snapshot equals one built from scratch, in its rows, their order and its counts."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import Aliases, Coverage, Snapshot, columns, cube
from loop_client.mirror.rows import SHOWN, Row, table_of
from tests.frames import item, items_frame

IDS = [f"fb_{number}" for number in range(200)]
ROWS = st.builds(
    Row,
    id=st.sampled_from(IDS),
    user_id=st.sampled_from(["u_1", "u_2"]),
    message=st.sampled_from(["Same", "Other", ""]),
    sentiment=st.sampled_from([None, "negative", "positive", "mixed", ""]),
    source=st.sampled_from([None, "email", " "]),
    tag=st.sampled_from([None, "a", " a ", "", "b", "e\u0301", "\u00e9"]),
    status=st.sampled_from([None, "open", "resolved"]),
    created_at=st.just(0),
    extra=st.none(),
    first_seen=st.just(1),
    open_at=st.none(),
    resolved_by=st.none(),
    walk=st.just(0),
    missing=st.just(0),
    change=st.just(1),
)
STEPS = st.lists(st.tuples(st.lists(ROWS, max_size=90), st.sets(st.sampled_from(IDS), max_size=5)), max_size=5)


def timed(row: Row) -> Row:
    """The row with the time that belongs to its id; several ids share one."""
    return row._replace(created_at=int(row.id.removeprefix("fb_")) // 3 * 86_400_000_000 // 2)


def built(rows: list[Row], aliases: Aliases) -> Snapshot:
    """The snapshot of these rows, built from scratch."""
    ordered = sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)
    frame = columns.of_table(table_of(ordered), aliases)
    return Snapshot(frame, cube.cells_of(frame))


def counts(snapshot: Snapshot) -> Counter[tuple[str, ...]]:
    """Items per combination of dimensions, as text."""
    cells = snapshot.cells
    kinds = zip(*(cells[name].astype(str) for name in ("day", *cube.DIMENSIONS)), strict=True)
    counted: Counter[tuple[str, ...]] = Counter()
    for kind, number in zip(kinds, cells["items"], strict=True):
        counted[kind] += int(number)
    return +counted


@pytest.mark.parametrize("aliases", [{}, {"a": "b", "\u00e9": "new"}], ids=["no aliases", "aliases"])
@pytest.mark.parametrize("most_pieces", [1, 64])
@given(steps=STEPS)
def test_a_patched_snapshot_equals_one_built_from_scratch(
    most_pieces: int, aliases: Aliases, steps: list[tuple[list[Row], set[str]]]
) -> None:
    """Inserts, replacements and deletions anywhere lead to the snapshot built from scratch, with aliases too."""
    stored: dict[str, Row] = {}
    snapshot = Snapshot().aliased(aliases)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MOST_PIECES", most_pieces)
        for rows, deleted in steps:
            changed = {row.id: timed(row) for row in rows if row.id not in deleted}
            left_out = [(one, stored[one].created_at) for one in deleted if one in stored]
            stored = {one: row for one, row in (stored | changed).items() if one not in deleted}
            ordered = sorted(changed.values(), key=lambda row: (row.created_at, row.id), reverse=True)
            snapshot = snapshot.patched(table_of(ordered).select(list(SHOWN)), left_out, Coverage(), 1)

    expected = built(list(stored.values()), aliases)
    assert snapshot.frame.astype(object).fillna("-").equals(expected.frame.astype(object).fillna("-"))
    assert counts(snapshot) == counts(expected)
    assert list(snapshot.frame.dtypes.astype(str)) == list(columns.empty().dtypes.astype(str))


@pytest.mark.parametrize("few", [0, 2_000])
def test_a_page_of_rows_is_what_stands_at_its_positions(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows taken by position are those of the frame, whether taken one by one or at once."""
    monkeypatch.setattr(columns, "FEW", few)
    frame = items_frame([item(1), item(2, tag=None), item(3, sentiment=None)])
    taken = Snapshot(frame).rows(np.array([2, 0]))

    assert list(taken.dtypes) == list(frame.dtypes)
    assert taken.reset_index(drop=True).astype(object).equals(frame.iloc[[2, 0]].reset_index(drop=True).astype(object))


def test_a_tag_is_shown_in_one_spelling() -> None:
    """Spaces and Unicode composition of a tag are normalized, and the original is in `tag_raw`."""
    frame = items_frame([item(1, tag=" e\u0301  x "), item(2, tag="\u00e9 x"), item(3, tag="  ")])

    assert frame["tag"].astype(object).fillna("-").to_list() == ["\u00e9 x", "\u00e9 x", "-"]
    assert list(frame["tag_raw"]) == [" e\u0301  x ", "\u00e9 x", "  "]


def test_a_tag_is_shown_as_its_alias_says() -> None:
    """Any spelling of an alias is shown as its target, also after other rules; the original is in `tag_raw`."""
    frame = items_frame([item(1, tag=" e\u0301"), item(2, tag="b"), item(3, tag=None), item(4, tag="c")])
    snapshot = Snapshot(frame, cube.cells_of(frame), 7).aliased({"c": "d"})

    shown = snapshot.aliased({"\u00e9": "b", "unused": "b"})

    assert shown.frame["tag"].astype(object).fillna("-").to_list() == ["b", "b", "-", "c"]
    assert shown.frame["tag_raw"].astype(object).fillna("-").to_list() == [" e\u0301", "b", "-", "c"]
    assert shown.cells.groupby("tag", observed=True)["items"].sum().to_dict() == {"b": 2, "c": 1}
    assert shown.version == 9


def test_a_blank_name_is_none() -> None:
    """A blank sentiment, source or tag counts as absent, in a new frame and in a patched one."""
    blank = [item(number, sentiment=text, source=text, tag=text) for number, text in enumerate(["", " \t", None])]
    rows = [Row.of(one, 1) for one in [*blank, item(3)]]
    anew = columns.of_table(table_of(rows))

    patched, _, _ = columns.patched(columns.of_table(table_of(rows[3:])), table_of(rows[:3]), [])

    for frame in (anew, patched):
        named = frame.set_index("id")
        for name, value in (("sentiment", "negative"), ("source", "in-app-widget"), ("tag", "exports")):
            assert named[name].isna().to_dict() == {"fb_0": True, "fb_1": True, "fb_2": True, "fb_3": False}
            assert list(named[name].cat.categories) == [value]


def test_a_moment_is_reached_when_all_items_since_are_loaded() -> None:
    """Coverage reaches only times after `since`, and for open items also any time once they were reconciled."""
    reached = datetime(2026, 6, 19, tzinfo=UTC)
    part = Coverage(since=reached)

    assert part.reaches(reached + timedelta(microseconds=1))
    assert not part.reaches(reached)
    assert not part.reaches(None)
    assert not part.reaches(None, ["open"])
    assert Coverage(reconciled_at=reached).reaches(None, ["open"])
    assert not Coverage(reconciled_at=reached).reaches(None, ["open", "resolved"])


def test_equal_cells_are_added_up_in_the_end() -> None:
    """Cells of the cube are merged, so that patches do not let it grow without bound."""
    snapshot = Snapshot()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cube, "LOOSE", 10)
        for number in range(100):
            row = Row.of(item(number), 1)
            snapshot = snapshot.patched(table_of([row]).select(list(SHOWN)), [], Coverage(), number)

    assert len(snapshot.cells) <= 12
    assert int(snapshot.cells["items"].sum()) == 100


def test_more_tags_than_a_byte_can_number_keep_their_names() -> None:
    """With over 256 tags each item has its own tag, and an absent one stays absent."""
    snapshot, tags = Snapshot(), [None, *(f"tag {number}" for number in range(300))]
    for start in range(0, 300, 100):
        items = [item(number, tag=tags[number]) for number in range(start + 99, start - 1, -1)]
        rows = table_of(Row.of(one, 1) for one in items).select(list(SHOWN))
        snapshot = snapshot.patched(rows, [], Coverage(), start)

    shown = dict(zip(snapshot.frame["id"], snapshot.frame["tag"].astype(object).fillna("-"), strict=True))
    assert shown == {f"fb_{number}": tags[number] or "-" for number in range(300)}
    assert len(counts(snapshot)) == 300
