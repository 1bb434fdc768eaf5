"""A typed text finds what it says, whatever it is, and shows where."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client.mirror import columns
from loop_client.mirror.store import Row, table_of
from loop_client.report.search import LONGEST, Query, Term, excerpt, matching, parse
from loop_client.report.text import BIDI_CONTROLS
from tests.frames import TAGS, item, items_frame, items_frames

if TYPE_CHECKING:
    import pandas as pd

ANY_TEXT = st.text(st.characters(), max_size=40) | st.text('a "-:usertagid\ud800\0é\u0301', max_size=60)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "C"], exclude_characters='"'), min_size=1, max_size=12)


def found(query: str, *messages: str) -> list[str]:
    """Those of the messages that the query finds."""
    frame = items_frame(item(number, message=message) for number, message in enumerate(messages))
    return list(frame["message"].iloc[matching(parse(query), frame, np.arange(len(frame)))])


def test_each_form_is_read_as_documented() -> None:
    """Words, phrases, fields and what is unwanted, quoted or not, once each."""
    text = 'csv -pdf "timed out" -"no way" user:u_1 TAG:"in app" -id:fb_9 -user:"a b" csv'

    assert (
        parse(text).terms
        == (
            Term("csv"),
            Term("pdf", wanted=False),
            Term("timed out"),
            Term("no way", wanted=False),
            Term("u_1", "user"),
            Term("in app", "tag"),
            Term("fb_9", "id", wanted=False),
            Term("a b", "user", wanted=False),
            Term("csv").__class__("csv"),
        )[:-1]
    )
    assert parse(text).words == ("timed out", "csv")


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ('  ""  ', []),
        ('"not closed', [Term("not closed")]),
        ("-", [Term("-")]),
        ("--a", [Term("-a", wanted=False)]),
        ("user:", [Term("user:")]),
        ("user: bob", [Term("user:"), Term("bob")]),
        ('tag:"', []),
        ('5" disk', [Term('5"'), Term("disk")]),
        ("mail:bob", [Term("mail:bob")]),
        ("a" * (LONGEST + 50), [Term("a" * LONGEST)]),
        ("\ud800", [Term("\ufffd")]),
    ],
)
def test_odd_input_is_a_query_too(text: str, terms: list[Term]) -> None:
    """What is not understood is a word, and what is empty asks for nothing."""
    assert parse(text) == Query(tuple(terms))


@given(ANY_TEXT, items_frames())
def test_any_text_is_a_query(text: str, items: pd.DataFrame) -> None:
    """Nothing that is typed raises, and what it finds are some of the rows asked for, in their order."""
    positions = np.arange(len(items))[::2]

    kept = matching(parse(text), items, positions)

    assert set(kept) <= set(positions)
    assert list(kept) == sorted(kept)
    assert excerpt("some text", parse(text))


@given(st.lists(WORDS, min_size=1, max_size=3), st.data())
def test_a_word_is_found_in_any_case_and_composition(words: list[str], data: st.DataObject) -> None:
    """A message finds itself, however its letters are cased or put together."""
    written = []
    for word in words:
        other = data.draw(st.sampled_from([word, word.upper(), word.lower(), word.casefold(), word.swapcase()]))
        assume(_folded(other) == _folded(word) == _folded(unicodedata.normalize("NFC", word)))
        composed = data.draw(st.booleans())
        written.append(unicodedata.normalize("NFC" if composed else "NFD", other))
    message = f"x {' '.join(written)} x"
    typed = f'"{" ".join(words)}"'

    assert found(typed, message) == [message]
    assert any(is_match for _, is_match in excerpt(message, parse(typed), 500))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


@given(st.text("aB1 $.(\n日", max_size=3), items_frames())
def test_a_phrase_is_found_where_it_stands(text: str, items: pd.DataFrame) -> None:
    """For letters without accents or special cases, it is a plain search of the lower case, blanks made one."""
    typed = " ".join(text.split()).lower()

    kept = items["message"].iloc[matching(parse(f'"{text}"'), items, np.arange(len(items)))]

    wanted = [one for one in items["message"] if typed in _plain(one)]
    assert list(kept) == wanted


def _plain(text: str) -> str:
    blanks_made_one = "".join(" " if one.isspace() else one for one in text)
    while "  " in blanks_made_one:
        blanks_made_one = blanks_made_one.replace("  ", " ")
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFD", blanks_made_one).casefold())
    return "".join(one for one in bare if not "\u0300" <= one <= "\u036f")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("strasse", "Große STRAẞE"),
        ("groß", "GROSS"),
        ("σας", "ΓΙΑ ΣΑΣ"),
        ("привет", "ПРИВЕТ"),
        ("istanbul", "İstanbul"),
        ("office", "the o\ufb03ce"),
        ("cafe", "Un CAFÉ"),
        ("cafe", "cafe\u0301"),
        ("café", "Cafe\u0301"),
        ("resume", "my re\u0301sume\u0301s"),
        ("İSTANBUL", "İstanbul"),
        ("한국", unicodedata.normalize("NFD", "한국어")),
        (unicodedata.normalize("NFD", "한국"), "한국어"),
        ("がく", unicodedata.normalize("NFD", "がくせい")),
        ("ᾴ", "ᾴ"),
        ("失败", "导出失败。"),
        ('"timed out"', "it timed\n\u00a0 out"),
        ("$5", "costs $5 (net)"),
        (r"\d", r"as \d says"),
        ("port", "exports"),
    ],
)
def test_a_spelling_is_found(query: str, message: str) -> None:
    """Any script, any case, accents that were not typed, blanks of any kind; never as a pattern."""
    assert found(query, message) == [message]


@pytest.mark.parametrize(
    ("query", "message"),
    [("café", "cafe"), ("smørrebrød", "smorrebrod"), (r"\d", "5"), ('"timed out"', "timedout"), ("csv pdf", "csv")],
)
def test_another_word_is_not_found(query: str, message: str) -> None:
    """An accent that was typed counts, letters of their own are, and every word must be there."""
    assert found(query, message) == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("export", ["fb_1", "fb_2"]),
        ("export -fails", ["fb_2"]),
        ('-"export fails" -refund', ["fb_2"]),
        ("user:ANNA", ["fb_1"]),
        ('user:anna user:"b b"', ["fb_1", "fb_3"]),
        ("user:ann", []),
        ("-user:anna", ["fb_2", "fb_3"]),
        ("tag:billing", ["fb_3"]),
        ('tag:"in app"', ["fb_1"]),
        ("tag:app", []),
        ('tag:"(not set)"', ["fb_2"]),
        ("-tag:billing", ["fb_1", "fb_2"]),
        ('-tag:"(not set)" -tag:billing', ["fb_1"]),
        ("id:fb_2", ["fb_2"]),
        ("-id:fb_2 export", ["fb_1"]),
        ("", ["fb_1", "fb_2", "fb_3"]),
    ],
)
def test_fields_and_unwanted_terms(query: str, ids: list[str]) -> None:
    """A field is compared whole; of several values of it, any passes; what is unwanted is left out."""
    frame = items_frame(
        [
            item(1, message="The export fails", user_id="anna", tag=" In  App"),
            item(2, message="Export it", user_id="annabel", tag=None),
            item(3, message="My refund", user_id="B b", tag="Billing"),
        ]
    )

    assert list(frame["id"].iloc[matching(parse(query), frame, np.arange(3))]) == ids


@pytest.mark.parametrize("text", ["tag:exports", "user:u_1", "1", "-user:u_1 1"])
@pytest.mark.parametrize("step", [1, 2, 3, -1, -2])
def test_a_subset_is_searched_like_the_whole(text: str, step: int) -> None:
    """What is found among some rows, in whatever order they come, is what is found among all, also after a patch."""
    items = [item(n, message=f"Message {n}", user_id=f"u_{n % 3}", tag=TAGS[n % len(TAGS)]) for n in range(40)]
    first, news = items_frame(items[8:]), table_of(Row.of(one, 2) for one in (items[0], items[7]))
    frame, _, _ = columns.patched(first, news, [(items[20].id, first["created_at"].array.asi8[12])])
    everywhere = set(matching(parse(text), frame, np.arange(len(frame))))
    some = np.arange(len(frame))[::step]

    assert 0 < len(everywhere) < len(frame)
    assert list(matching(parse(text), frame, some)) == [place for place in some if place in everywhere]


@given(st.text("aéB \n\u202e日", max_size=150), ANY_TEXT, st.integers(1, 60))
def test_an_excerpt_is_one_bounded_line(text: str, typed: str, length: int) -> None:
    """It is never longer than asked for, never breaks and hides nothing."""
    shown = excerpt(text, parse(typed), length)

    line = "".join(piece for piece, _ in shown)
    assert len(line) <= length
    assert not set(line) & {"\n", "\r", "\t", *BIDI_CONTROLS}


def test_an_excerpt_marks_every_match() -> None:
    """All words of the query are marked in the line, in the text's own spelling."""
    assert excerpt("The EXPORT timed\nout. Exports!", parse('export "timed out" -pdf'), 60) == [
        ("The ", False),
        ("EXPORT", True),
        (" ", False),
        ("timed out", True),
        (". ", False),
        ("Export", True),
        ("s!", False),
    ]


def test_an_excerpt_begins_near_the_first_match() -> None:
    """Text before and behind is cut, with an ellipsis on either side; the match stays."""
    shown = excerpt("before " * 50 + "needle" + " behind" * 50, parse("needle"), 40)

    assert shown == [("…efore before ", False), ("needle", True), (" behind behind behi", False), ("…", False)]


def test_an_excerpt_without_a_match_is_the_first_line() -> None:
    """A query that asks for a person or nothing still shows the text."""
    assert excerpt("one two\nthree", parse("user:u_1"), 20) == [("one two three", False)]
