"""Rows of a file that repeat an item or an earlier row are found, exactly or nearly, in bounded time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report import duplicates
from loop_client.report.duplicates import ITEM, NONE, Repeats, Rows, repeats
from loop_client.report.similar import FEWEST_WORDS, THRESHOLD, words_of
from loop_client.sandbox.sample import sample_items
from tests.frames import item, items_frame, snapshot_of

LONG = "The monthly invoice shows the wrong address"


def found(rows: list[tuple[str, str]], *items: tuple[str, str], item_ids: dict[int, str] | None = None) -> Repeats:
    """What these rows repeat, each a person and a message; `items`: of the account, with the ids fb_0, fb_1, …."""
    there = snapshot_of(items_frame(item(n, user_id=user, message=text) for n, (user, text) in enumerate(items)))
    users, messages = [user for user, _ in rows], [text for _, text in rows]
    return repeats(there, "rows", lambda: Rows(messages, users, item_ids or {}))


def test_the_same_person_and_message_are_the_same() -> None:
    """Of an item, else of the first row; another person's is not."""
    rows = [("u_1", "Hi"), ("u_2", "Hi"), ("u_2", "Hi"), ("u_2", "Hi"), ("u_3", "Bye"), ("u_4", "Bye")]
    assert found(rows, ("u_1", "Hi"), ("u_9", "Bye")).same.tolist() == [ITEM, NONE, 1, 1, NONE, NONE]


def test_an_items_own_id_is_the_same() -> None:
    """As in an export of this dashboard whose text was corrected; an id that is gone is not."""
    rows = [("u_1", "One"), ("u_1", "Two"), ("u_1", "Three")]
    assert found(rows, ("u_1", "Other"), item_ids={1: "fb_0", 2: "fb_77"}).same.tolist() == [NONE, ITEM, NONE]


def test_near_duplicates_are_found_whoever_wrote_them() -> None:
    """Of an item or an earlier row, never of a later one; what is the same is not named twice."""
    near = LONG.lower().replace("the wrong", "a wrong") + "!"
    assert found([("u_1", near), ("u_2", "No, nothing")], ("u_9", LONG)).near.tolist() == [ITEM, NONE]
    assert found([("u_1", LONG), ("u_2", "Other words here"), ("u_3", near), ("u_1", LONG)]).near.tolist() == [
        NONE,
        NONE,
        0,
        NONE,
    ]


def test_texts_with_less_in_common_are_not_near() -> None:
    """Below the bound of the inbox; of two words, both have to be the same, however rare the one is that they share."""
    assert found([("u_1", LONG), ("u_2", "The monthly invoice lists the wrong total")]).near.tolist() == [NONE, NONE]
    common = [(f"u_{number}", f"app {chr(97 + number) * 4}") for number in range(6)]
    brief = found([*common, ("u_7", "Great app"), ("u_8", "great"), ("u_9", "APP great!")]).near.tolist()
    assert brief[6:] == [NONE, NONE, 6]


def test_nothing_repeats_nothing() -> None:
    """No rows, no items, and texts without a word."""
    assert found([]).same.tolist() == []
    assert found([("u_1", "?"), ("u_2", "!"), ("u_3", "")], ("u_4", "…")).near.tolist() == [NONE] * 3


def alike(texts: list[str], place: int) -> set[int]:
    """The earlier texts of which one is a near-duplicate, compared with all of them."""
    rows, words, names = words_of(pa.array(texts, pa.large_string()))
    weights = np.log1p(len(texts) / np.maximum(np.bincount(words, minlength=len(names)), 1))
    has = np.isin(words, own := words[rows == place])
    shared, total = (np.bincount(rows[some], weights[words[some]], len(texts)) for some in (has, slice(None)))
    either = total + total[place] - shared
    scores = np.round(np.divide(shared, either, out=np.zeros(len(texts)), where=either > 0), 6)
    is_brief = np.minimum(np.bincount(rows, minlength=len(texts)), len(own)) < FEWEST_WORDS
    return {int(one) for one in np.flatnonzero(np.where(is_brief, scores == 1.0, scores >= THRESHOLD)) if one < place}


@given(st.lists(st.text("ab cdXé日本", max_size=12), max_size=12), st.integers(0, 12))
def test_whatever_is_found_is_a_near_duplicate(messages: list[str], first: int) -> None:
    """And it stands earlier."""
    first = min(first, len(messages))
    near = duplicates._near(pa.array(messages, pa.large_string()), first)  # noqa: SLF001 - what is measured
    for place, earlier in enumerate(near, first):
        assert earlier < 0 or earlier in alike(messages, place)


def test_nearly_all_near_duplicates_are_found() -> None:
    """Of sample feedback, compared with all pairs."""
    texts = [str(one["message"]) for one in sample_items(2_000, now=datetime(2026, 6, 1, tzinfo=UTC))]
    near = duplicates._near(pa.array(texts, pa.large_string()), 0)  # noqa: SLF001
    there = [place for place in np.random.default_rng(1).choice(2_000, 300, replace=False) if alike(texts, place)]

    assert len(there) > 150
    assert sum(near[place] >= 0 for place in there) >= 0.95 * len(there)


@pytest.mark.parametrize("words", [5, 150])
def test_many_rows_take_seconds_whatever_they_say(words: int) -> None:
    """A tenth of what a file may hold; all pairs would take minutes."""
    chosen = np.random.default_rng(1).integers(0, 2_000, (5_000, words))
    known = ["".join(chr(97 + number // 26**place % 26) for place in range(3)) for number in range(2_000)]
    texts = [" ".join(known[number] for number in row) for row in chosen]
    started = time.process_time()
    duplicates._near(pa.array(texts, pa.large_string()), 0)  # noqa: SLF001
    assert time.process_time() - started < 4
