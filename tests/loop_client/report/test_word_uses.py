"""Which items use a word, against a plain reading of each text; and that a sentence about one leads to just these."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from loop_client.mirror import Coverage
from loop_client.query import DrillDown, Filters, UsesOf, question_of
from loop_client.query.folding import folded
from loop_client.report import compared_periods, uses_of
from loop_client.report.changes import Selection, changes
from loop_client.report.clusters.terms import Stems, stem, terms_of
from loop_client.report.digest import Shown, digest_of
from loop_client.report.export import About
from tests.frames import item, items_frame, records, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loop_client.mirror import Snapshot
    from loop_client.query import Question
    from loop_client.report import Period
    from loop_client.report.changes import WordChanges

NOW = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
WORDS = ["timeout", "timed", "time", "out", "Log", "in", "login", "logs", "page", "put", "e", "4", "Zürich", "登录页面"]
TERMS = ["timeout", "time", "out", "login", "log", "page", "inpag", "zurich", "登录"]
TEXTS = st.lists(st.lists(st.sampled_from(WORDS), max_size=7).map(" - ".join), max_size=8)


def words_of(text: str) -> list[str]:
    """The stems of a text, read one by one; of the only text in Han, pairs of characters."""
    pairs = {"登录页面": ["登录", "录页", "页面"]}
    found = [pairs.get(word, [folded(word)]) for word in re.findall(r"[^\W\d]{2,}", text)]
    return [stem(word) for several in found for word in several]


def uses(words: Sequence[str], terms: Sequence[str]) -> bool:
    """Whether a text with these stems uses the terms one after the other, from any of its words on."""

    def from_here(rest: Sequence[str], wanted: Sequence[str]) -> bool:
        lengths = [length for length in (1, 2) if wanted and "".join(rest[:length]) == wanted[0] and rest[length - 1 :]]
        return not wanted or any(from_here(rest[length:], wanted[1:]) for length in lengths)

    return any(from_here(words[start:], terms) for start in range(len(words)))


@example(["time", "out"], ["timeout"])
@example(["log", "page"], ["log", "page"])
@example(["log in page"], ["login", "page"])
@example(["put time out of login page"], ["timeout"])
@given(TEXTS, st.lists(st.sampled_from(TERMS), min_size=1, max_size=2))
def test_a_text_uses_a_word_whatever_other_texts_say(texts: list[str], terms: list[str]) -> None:
    """Each text is read alone: a term is one of its words or two that follow each other, and a phrase is two terms."""
    expected = [row for row, text in enumerate(texts) if uses(words_of(text), terms)]

    assert Stems.of(pa.array(texts, pa.large_string())).using(terms).tolist() == expected


@given(TEXTS)
def test_whoever_has_a_term_uses_it(texts: list[str]) -> None:
    """What is counted to find new words is never more than what their links lead to."""
    array = pa.array(texts, pa.large_string())
    terms, stems = terms_of(array), Stems.of(array)
    for row, number in zip(terms.rows.tolist(), terms.numbers.tolist(), strict=True):
        assert row in stems.using([terms.names[number].as_py()])


def account(items: int, every: timedelta, said: Sequence[str], newest: int) -> Snapshot:
    """So many items of 300 people. The last words of every 5th of the newest ones are new."""
    messages = [f"All is well with team {chr(97 + number % 26)}x" for number in range(items)]
    for number in range(0, newest, 5):
        messages[number] += f", {said[number // 5 % len(said)]}"
    frame = items_frame([item(0)]).iloc[np.zeros(items, int)].reset_index(drop=True)
    frame["message"], frame["id"] = messages, [f"fb_{number}" for number in range(items)]
    frame["user_id"] = [f"u_{number * 7 % 300}" for number in range(items)]
    frame["source"] = pd.Categorical([["email", "chat"][number // 10 % 2] for number in range(items)])
    frame["created_at"] = [NOW - timedelta(seconds=11) - number * every for number in range(items)]
    frame["created_at"] = frame["created_at"].dt.as_unit("us")
    return snapshot_of(frame, Coverage(complete=True, since=NOW - timedelta(days=400), reconciled_at=NOW))


def new_words(snapshot: Snapshot, filters: Filters) -> tuple[WordChanges, list[Question], Period]:
    """The new words of the last 7 days, where the links of a digest's sentences about them lead, and these days."""
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    selection = Selection(snapshot, filters)
    said = changes(selection, both, NOW, None)
    digest = digest_of(said, Shown(selection), About({}, "", "", "UTC", NOW))
    (section,) = (one for one in digest.sections if one.name == "words")
    links = [question_of(parse_qs(line.rows.removeprefix("inbox?")), NOW.date()) for line in section.lines]
    return said.words, links, said.both[0]


def opened(snapshot: Snapshot, question: Question) -> list[dict[str, Any]]:
    """The items that a link leads to, once the uses of its word are looked up."""
    only = question.drill_down
    assert only.word is not None
    word = uses_of(snapshot, only.word, question.filters, replace(only, word=None))
    rows = replace(question, drill_down=replace(only, word=word)).rows(snapshot)
    return records(snapshot.frame.iloc[rows])


@pytest.mark.parametrize("filters", [Filters(), Filters(source=("email",))])
@pytest.mark.parametrize(
    ("said", "word"),
    [
        (["as it timed out", "by a timeout"], "timed out / timeout"),
        (["the turn-stile jams"], "turn stile"),
        (['per "Ünïcode" *md* [x](http://y)'], "per ünïcode"),
        (["登录页面"], "登录 录页"),
    ],
)
def test_a_sentence_about_a_word_leads_to_the_items_that_it_counts(
    said: list[str], word: str, filters: Filters
) -> None:
    """The items behind a link are those of its period that use the word, read one by one, by as many people as said."""
    snapshot = account(1_200, timedelta(minutes=20), said, 500)
    words, links, period = new_words(snapshot, filters)
    items = [
        row
        for row in records(snapshot.frame)
        if period.start <= row["created_at"] < period.end and row["source"] in (filters.source or row["source"])
    ]

    assert words.risen[0].word == word
    for one, question in zip(words.risen, links, strict=True):
        assert one.only.word is not None
        terms = one.only.word.terms.split()
        expected = [row["id"] for row in items if uses(words_of(row["message"]), terms)]
        rows = opened(snapshot, question)

        assert [row["id"] for row in rows] == expected
        assert len({row["user_id"] for row in rows}) == one.people


def test_a_period_that_is_read_in_part_leads_to_the_items_that_were_read() -> None:
    """Where only the newest items are read, in full minutes, the link has just these, all of them, and their time."""
    snapshot = account(40_000, timedelta(seconds=25), ["a turnstile jams"], 22_000)
    words, (question,), _ = new_words(snapshot, Filters())
    (one,) = words.risen
    rows = opened(snapshot, question)
    read = [row for row in records(snapshot.frame.iloc[:30_000]) if row["created_at"] > one.only.after]

    assert one.only.after == question.drill_down.after is not None
    assert words.share == pytest.approx(20_000 / 22_822, abs=0.001)
    assert 19_990 < len(read) <= 20_000
    assert [row["id"] for row in rows] == [row["id"] for row in read if "jams" in row["message"]]
    assert len({row["user_id"] for row in rows}) == one.people


def test_older_items_than_20_000_are_not_read_for_a_word() -> None:
    """Of more items only the newest are read, and the answer says of how many; other filters are applied first."""
    snapshot = account(40_500, timedelta(seconds=25), ["a turnstile jams"], 40_500)
    whole = uses_of(snapshot, UsesOf("turnstil"), Filters(), DrillDown())
    half = uses_of(snapshot, UsesOf("turnstil"), Filters(source=("email",)), DrillDown())
    few = uses_of(snapshot, UsesOf("turnstil"), Filters(source=("email",)), DrillDown(since=date(2026, 6, 19)))

    assert (whole.read, whole.of, len(whole.ids), whole.is_cut) == (20_000, 40_500, 4_000, True)
    assert (half.read, half.of, half.is_cut) == (20_000, 20_250, True)
    assert (few.read, few.of, few.is_cut) == (2_088, 2_088, False)  # 14 h 30, an item each 25 s


def test_a_word_that_nobody_uses_has_no_items() -> None:
    """A word that is in no text is used by nobody, also where there are no texts."""
    for snapshot in (account(10, timedelta(minutes=1), ["x"], 5), snapshot_of(items_frame([]))):
        assert uses_of(snapshot, UsesOf("zebra crossing"), Filters(), DrillDown()).ids == frozenset()


def test_a_very_long_word_is_not_said() -> None:
    """What is longer than a link's word can be is no word, such as a key that many paste."""
    snapshot = account(1_200, timedelta(minutes=20), ["x" * 201], 500)

    assert new_words(snapshot, Filters())[0].risen == ()
