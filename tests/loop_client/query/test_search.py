"""A search finds exactly the typed text, and shows where."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client.mirror import columns
from loop_client.mirror.rows import Row, table_of
from loop_client.query import LONGEST_TEXT, Query, excerpts, matching, parse
from loop_client.query.folding import one_spaced
from loop_client.query.search import Term
from loop_client.query.spelling import PIECE
from loop_client.query.text import BIDI_CONTROLS
from tests.frames import TAGS, item, items_frame, items_frames

if TYPE_CHECKING:
    import pandas as pd

ROOT = Path(__file__).parents[3]
ANY_TEXT = st.text(st.characters(), max_size=40) | st.text('a "“»’-:usertagid\ud800\0é\u0301', max_size=60)
WORDS = st.text(
    st.characters(exclude_categories=["Cs", "Z", "C", "M"], exclude_characters='-"“”„«»'), min_size=1, max_size=12
)


def found(query: str, *messages: str) -> list[str]:
    """The messages that the query finds."""
    frame = items_frame(item(number, message=message) for number, message in enumerate(messages))
    return list(frame["message"].iloc[matching(parse(query), frame, np.arange(len(frame)))])


def test_each_form_is_read_as_documented() -> None:
    """Words, phrases, fields and exclusions are parsed as documented, each once."""
    text = 'csv -pdf "timed out" -"no way" user:u_1 TAG:"in app" -id:fb_9 -user:"a b" csv'

    assert parse(text).terms == (
        Term("csv"),
        Term("pdf", wanted=False),
        Term("timed out"),
        Term("no way", wanted=False),
        Term("u_1", "user"),
        Term("in app", "tag"),
        Term("fb_9", "id", wanted=False),
        Term("a b", "user", wanted=False),
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
        ("5” disk", [Term("5”"), Term("disk")]),
        ("mail:bob", [Term("mail:bob")]),
        ("a" * (LONGEST_TEXT + 50), [Term("a" * LONGEST_TEXT)]),
        ("\ud800", [Term("\ufffd")]),
        ("\u200b", []),
        ('\u0301 "\u00ad \u064b" -\ufe0f', []),
        ("\u200euser:u_1 \u200b-word", [Term("u_1", "user"), Term("word", wanted=False)]),
        ("–word −more — –", [Term("word", wanted=False), Term("more", wanted=False), Term("—"), Term("–")]),
        ('user:" a  b " tag:" a  b "', [Term(" a  b ", "user"), Term("a b", "tag")]),
        ("user：u_1 ＂timed out＂", [Term("u_1", "user"), Term("timed out")]),
    ],
)
def test_odd_input_is_a_query_too(text: str, terms: list[Term]) -> None:
    """Odd input is parsed as words, and empty input as an empty query."""
    assert parse(text) == Query(tuple(terms))


@pytest.mark.parametrize(
    "phrase",
    [
        "“timed out”",
        "„timed out“",
        "＂timed out＂",
        "〝timed out〟",
        "«timed out»",
        "»timed out«",
        "« timed out »",
        "“timed out",
    ],
)
def test_the_quotes_of_phones_and_languages_make_a_phrase(phrase: str) -> None:
    """Typographic quotes make a phrase like straight ones."""
    assert parse(f"csv {phrase}").terms == (Term("csv"), Term("timed out"))
    assert parse(f"-{phrase}").terms == (Term("timed out", wanted=False),)
    assert parse(f"tag:{phrase}").terms == (Term("timed out", "tag"),)


@given(ANY_TEXT, items_frames())
def test_any_text_is_a_query(text: str, items: pd.DataFrame) -> None:
    """Any text is a query, which finds a subset of the rows in their order."""
    positions = np.arange(len(items))[::2]

    found_rows = matching(parse(text), items, positions)

    assert set(found_rows) <= set(positions)
    assert list(found_rows) == sorted(found_rows)
    assert excerpts(["some text"], parse(text))[0]


@given(st.lists(WORDS, min_size=1, max_size=3), st.data())
def test_a_word_is_found_in_any_case_and_composition(words: list[str], data: st.DataObject) -> None:
    """A message is found by its own text in any case and Unicode form."""
    written = []
    for word in words:
        other = data.draw(st.sampled_from([word, word.upper(), word.lower(), word.casefold(), word.swapcase()]))
        assume(_folded(other) == _folded(word) == _folded(unicodedata.normalize("NFC", word)))
        composed = data.draw(st.booleans())
        written.append(unicodedata.normalize("NFC" if composed else "NFD", other))
    message = f"x {' '.join(written)} x"
    typed = f'"{" ".join(words)}"'

    assert found(typed, message) == [message]
    far = f"{'- ' * 200}{message}"
    (shown,) = excerpts([far], parse(typed), 90)
    assert shown.startswith("…")
    assert _folded("".join(" " if one.isspace() else one for one in written[0])) in _folded(shown)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


@given(st.text("aB1 $.(\n日", max_size=3), items_frames())
def test_a_phrase_is_found_where_it_stands(text: str, items: pd.DataFrame) -> None:
    """For letters without accents a phrase is found by a plain search of the folded text."""
    typed = one_spaced(text).strip()

    found_rows = items["message"].iloc[matching(parse(f'"{text}"'), items, np.arange(len(items)))]

    wanted = [one for one in items["message"] if typed in one_spaced(one)]
    assert list(found_rows) == wanted


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("strasse", "Große STRAẞE"),
        ("groß", "GROSS"),
        ("σας", "ΓΙΑ ΣΑΣ"),
        ("привет", "ПРИВЕТ"),
        ("istanbul", "İstanbul"),
        ("office", "the o\ufb03ce"),
        ("office", "the o\ufb00ice"),
        ("office", "the of\ufb01ce"),
        ("o\ufb03ce", "the OFFICE"),
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
        ("don't", "I don’t know"),
        ("don’t", "I DON'T know"),
        ("don’t", "I don’t know"),
        ("'\u0301", "’\u0301"),
    ],
)
def test_a_spelling_is_found(query: str, message: str) -> None:
    """A word is found in any script and case, without its accents, and never as a pattern."""
    assert found(query, message) == [message]


@pytest.mark.parametrize(
    ("query", "message"),
    [("café", "cafe"), ("smørrebrød", "smorrebrod"), (r"\d", "5"), ('"timed out"', "timedout"), ("csv pdf", "csv")],
)
def test_another_word_is_not_found(query: str, message: str) -> None:
    """A typed accent counts, and every word must be found."""
    assert found(query, message) == []


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("export", ["fb_1", "fb_2"]),
        ("export -fails", ["fb_2"]),
        ('-"export fails" -refund', ["fb_2"]),
        ("user:ANNA", []),
        ('user:anna user:"B b"', ["fb_1", "fb_3"]),
        ("user:ann", []),
        ("-user:anna", ["fb_2", "fb_3"]),
        ("tag:Billing", ["fb_3"]),
        ("tag:billing", []),
        ('tag:"In  App"', ["fb_1"]),
        ("tag:app", []),
        ('tag:"(not set)"', ["fb_2"]),
        ("-tag:Billing", ["fb_1", "fb_2"]),
        ('-tag:"(not set)" -tag:Billing', ["fb_1"]),
        ("id:fb_2", ["fb_2"]),
        ("id:FB_2", []),
        ("-id:fb_2 export", ["fb_1"]),
        ("", ["fb_1", "fb_2", "fb_3"]),
    ],
)
def test_fields_and_unwanted_terms(query: str, ids: list[str]) -> None:
    """A field must equal one of its values, and excluded terms must be absent."""
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
def test_a_subset_is_searched_like_all_rows(text: str, step: int) -> None:
    """A search among some rows, in any order, finds those that a search of all rows finds, also after a patch."""
    items = [item(n, message=f"Message {n}", user_id=f"u_{n % 3}", tag=TAGS[n % len(TAGS)]) for n in range(40)]
    first, news = items_frame(items[8:]), table_of(Row.of(one, 2) for one in (items[0], items[7]))
    frame, _, _ = columns.patched(first, news, [(items[20].id, first["created_at"].array.asi8[12])])
    everywhere = set(matching(parse(text), frame, np.arange(len(frame))))
    some = np.arange(len(frame))[::step]

    assert 0 < len(everywhere) < len(frame)
    assert list(matching(parse(text), frame, some)) == [place for place in some if place in everywhere]


@given(st.lists(st.text("aéB \n\u202e日", max_size=150), max_size=3), ANY_TEXT, st.integers(1, 60))
def test_an_excerpt_is_one_bounded_line(messages: list[str], typed: str, length: int) -> None:
    """An excerpt is one line of bounded length without hidden characters."""
    lines = excerpts(messages, parse(typed), length)

    assert len(lines) == len(messages)
    for line in lines:
        assert len(line) <= length
        assert not set(line) & {"\n", "\r", "\t", *BIDI_CONTROLS}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("The EXPORT timed\nout. Exports!", "The EXPORT timed out. Exports!"),
        ("  an  export \n", "an export"),
        ("é" * 5 + " export", "ééééé export"),
        ("é " * 30 + "export", "…é é é é é é export"),
        ("before " * 50 + "export" + " behind" * 50, "…efore before export behind behind behi…"),
        ("before " * 3 + "\nexport", "…efore before export"),
        ("export" + " behind" * 50, "export behind behind behind behind behi…"),
        ("export" + " " * 500 + "behind", "export…"),
    ],
)
def test_an_excerpt_shows_the_first_match_in_its_context(message: str, shown: str) -> None:
    """An excerpt shows the first match in the text's own spelling, with an ellipsis at each cut."""
    assert excerpts([message], parse('export "timed out" -pdf'), 40) == [shown]


@pytest.mark.parametrize(("typed", "written"), [("don't", "don’t"), ("don’t", "don't"), ("“don't do”", "don’t\ndo")])
def test_an_excerpt_shows_a_match_with_another_apostrophe(typed: str, written: str) -> None:
    """An excerpt shows a match with the text's own apostrophe."""
    (shown,) = excerpts([f"{'- ' * 100}{written} behind"], parse(typed), 40)

    assert shown.endswith(f"- {' '.join(written.split())} behind")


@pytest.mark.parametrize("words", [("pear", "pineapple"), ("pineapple", "pear")])
def test_an_excerpt_begins_at_the_first_of_several_words(words: tuple[str, str]) -> None:
    """An excerpt starts at the first matching word of the text, whatever the order in the query."""
    first, second = words
    message = f"{'x ' * 200}{first}{' y' * 200} {second}"

    for typed in ("pear pineapple", "pineapple pear"):
        assert f" {first} " in excerpts([message], parse(typed))[0]


def test_a_long_phrase_is_not_found_in_pieces() -> None:
    """A long phrase is found only where all its pieces stand together."""
    phrase = "".join(chr(97 + number % 26) + chr(97 + number // 26) for number in range(60))
    apart = f"{phrase[PIECE:]} / {phrase[: 2 * PIECE]}"  # each piece is in one of the two

    assert found(f'"{phrase}"', phrase, apart) == [phrase]


def test_an_excerpt_without_a_match_is_the_first_line() -> None:
    """An excerpt for a query without words is the first line."""
    assert excerpts(["one two\nthree"], parse("user:u_1"), 20) == ["one two three"]
    assert excerpts(["one two\nthree"], parse("four"), 20) == ["one two three"]


LONG_WORK = """
import re
import numpy as np
from loop_client.query.search import excerpts, matching, parse
from loop_client.query.spelling import spelt
from tests.frames import item, items_frame

for typed, message in [
    ("ffi" * 66, "ffi" * 65 + "y" + "ffi" * 65),
    ("s" * 151 + "x", "s" * 300_000),
    ('"' + "s " * 90 + 'x"', "s\\n" * 150_000),
    ("\u0390\u03b0" * 60, "\u0390\u03b0" * 59 + "x"),
]:
    query, frame = parse(f"{typed} tag:{typed[:60]}x"), items_frame([item(message=message, tag="ffi" * 60)])
    assert not len(matching(query, frame, np.arange(1)))
    assert len(excerpts([message] * 50, query, 60)) == 50
assert re.compile(spelt("ffi" * 66)).search("ffi" * 65 + "y") is None  # each text is spelt in one way only
"""


def test_no_query_blocks_the_process() -> None:
    """The time of a search grows with the text, not with the possible spellings."""
    subprocess.run([sys.executable, "-c", LONG_WORK], check=True, timeout=60, cwd=ROOT)
