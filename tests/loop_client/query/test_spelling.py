"""A search finds a word in the spellings of its script, and not another word."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loop_client.query import excerpts, matching, parse
from loop_client.query.folding import folded, folded_pieces, one_spaced
from loop_client.query.spelling import pieces, spelt
from loop_client.query.text import visible
from tests.frames import item, items_frame

ROOT = Path(__file__).parents[3]

FOUND = [
    # case, and what Unicode folds to several letters
    ("strasse", "STRAẞE"), ("groß", "GROSS"), ("GROSS", "groß"), ("σας", "ΣΑΣ"), ("ΟΔΟΣ", "οδός"),
    ("istanbul", "İSTANBUL"), ("İstanbul", "istanbul"), ("i\u0307stanbul", "İstanbul"), ("ılık", "ILIK"), ("ilik", "ılık"),
    # accents that were not typed, strokes, ligatures
    ("cafe", "Café"), ("cafe", "cafe\u0301"), ("café", "CAFE\u0301"), ("ban", "bàn"), ("Viet", "Việt"),
    ("Việt", "Vie\u0323\u0302t"), ("Việt", "Vie\u0302\u0323t"), ("Việt", "Vi\u00ea\u0323t"), ("Việt", "Vi\u1eb9\u0302t"),
    ("smorrebrod", "smørrebrød"), ("smørrebrød", "SMØRREBRØD"), ("lodz", "Łódź"), ("Łódź", "ŁO\u0301DZ\u0301"),
    ("dakovo", "Đakovo"), ("aether", "Æther"), ("œuvre", "oeuvre"), ("coeur", "CŒUR"), ("office", "o\ufb03ce"),
    ("office", "o\ufb00ice"), ("office", "of\ufb01ce"), ("off", "o\ufb03ce"), ("ice", "o\ufb03ce"), ("of\ufb01ce", "OFFICE"),
    ("aesir", "ǽsir"), ("Passt", "Paßt"), ("haste", "ha\ufb06e"), ("assist", "aßi\ufb06"), ("angstrom", "Å\u200bngström"),
    # compatibility forms
    ("abc", "ＡＢＣ"), ("ＡＢＣ", "abc"), ("hello", "𝐇𝐞𝐥𝐥𝐨"), ("1st", "①ˢᵗ"), ("no 5", "№\u00a0５"), ("12", "⑫"), ("tm", "Loop™"),
    ("kg", "5㎏"), ("1/2", "½"), ("wait...", "wait…"), ("VIII", "Ⅷ"), ("株", "㈱"), ("アパート", "㌀"),
    # Greek and Cyrillic
    ("καλημερα", "Καλημέρα"), ("καλημέρα", "ΚΑΛΗΜΕΡΑ"), ("τω", "τῷ"), ("елка", "ЁЛКА"), ("ёлка", "елка"),
    ("замок", "за\u0301мок"), ("чай", "ЧАИ\u0306"), ("чаи\u0306", "чай"), ("Київ", "КИІ\u0308В"), ("ўсё", "У\u0306се"),
    # Arabic, Persian, Hebrew
    ("محمد", "مُحَمَّد"), ("مُحَمَّد", "محمد"), ("الله", "اللــه"), ("احمد", "أحمد"), ("إسلام", "اسلام"), ("على", "علي"),
    ("کتاب", "كتاب"), ("مدرسه", "مدرسة"), ("مسؤول", "مسوول"), ("123", "۱۲۳"), ("٣", "3"), ("لا", "ﻻ"), ("میخواهم", "می\u200cخواهم"),
    ("صلى الله عليه وسلم", "ﷺ"), ("ﷺ", "صلى الله عليه وسلم"), ("שלום", "שָׁלוֹם"), ("שָׁלוֹם", "שלום"), ("בית-ספר", "בית־ספר"), ("שלום", "\ufb2aָלו\u05b9ם"),
    # Devanagari, Thai, kana, Hangul
    ("कलम", "क़लम"), ("क़लम", "कलम"), ("क्षमा", "क्\u200dषमा"), ("น้ำ", "น้\u0e4dา"), ("น้\u0e4dา", "น้ำ"), ("น้ำ", "น\u0e4d\u0e49า"),
    ("バス", "ﾊﾞｽ"), ("ﾊﾞｽ", "バス"), ("バス", "ハ\u3099ス"), ("がく", "か\u3099く"), ("パン", "ﾊﾟﾝ"), ("データ", "ﾃﾞｰﾀ"),
    ("한국", unicodedata.normalize("NFD", "한국어")), (unicodedata.normalize("NFD", "한국"), "한국어"), ("ㅋㅋ", "ㅋㅋㅠㅠ"), ("葛城", "葛\U000e0100城"),
    # invisible characters, in the text and in what was typed
    *(("datenbank", f"Daten{hidden}bank") for hidden in "\u00ad\u200b\u200c\u200d\u200e\u2060\ufeff\u034f\u061c\u2066\ufe0f"),
    ("Daten\u00adbank", "Datenbank"), ("\ufeffdatenbank", "Datenbank"), ("👍", "👍🏽"), ("👍🏽", "👍"), ("❤️", "❤"), ("❤", "❤️"),
    ("timed out", "timed \u200b\u00a0out"),
    # hyphens, quotes, blanks
    *(("e-mail", f"e{hyphen}mail") for hyphen in "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63"),
    *(("e-mail", f"e{hyphen}mail") for hyphen in "\u02d7\u058a\u2796\u2e3a\u2e40"),
    *(("don't", f"don{quote}t") for quote in "\u055a\ua78c\u2039\u1ffd"),
    *((f"e{hyphen}mail", "e-mail") for hyphen in "\u2010\u2011\u2013\u2014\u2212"),
    *(("don't", f"don{quote}t") for quote in "’‘ʼ′´`＇‛"), *((f"don{quote}t", "don't") for quote in "’‘ʼ′´`"),
    *(('5"', f"5{quote}") for quote in "“”„″＂״"), ('צה"ל', "צה״ל"), ("timed out", "timed\u3000out"), ("timed\u3000out", "timed\n out"),
]  # fmt: skip

APART = [
    ("чаи", "чай"), ("чаи", "чаи\u0306"), ("чаит", "чаи\u0306т"), ("чай", "чаи"), ("мои", "мої"), ("мої", "моі"), ("усе", "ўсе"), ("г", "ѓ"),
    ("เก่า", "เก้า"), ("เก้า", "เก่า"), ("เกา", "เก่า"), ("กา", "กำ"), ("กำ", "กา"), ("มา", "ม้า"),
    ("कल", "कुल"), ("कुल", "कल"), ("कम", "काम"), ("क्म", "कम"),
    ("ハス", "バス"), ("ハス", "ハ\u3099ス"), ("バス", "ハス"), ("か", "が"), ("か", "か\u3099"), ("は", "ぱ"), ("ﾊｽ", "ﾊﾞｽ"),
    ("café", "cafe"), ("café", "cafè"), ("bán", "bàn"), ("bàn", "ban"), ("bê", "bế"), ("bê", "be\u0302\u0301"), ("bé", "bế"),
    ("smørrebrød", "smorrebrod"), ("Łódź", "Lodz"), ("øl", "ǿl"), ("öl", "oel"), ("über", "ueber"), ("ß", "s"), ("ılık", "ilik"),
    ("하", "한"), ("하", unicodedata.normalize("NFD", "한")), ("a=b", "a≠b"), ("a=", "a=\u0338"), ("¨", " "), ("´", " "),
    ("میخواهم", "می خواهم"), ("e-mail", "email"), ("dont", "don't"), ("timed out", "timedout"), ("ab", "a\u0001b"),
]  # fmt: skip


def is_found(typed: str, text: str) -> bool:
    """Whether a search for the word as a phrase finds the text."""
    frame = items_frame([item(message=text)])
    (found,) = {bool(len(matching(parse(typed), frame, np.arange(1)))), bool(re.search(spelt(typed), text))}
    return found


@pytest.mark.parametrize(("typed", "text"), FOUND)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_same_word_is_found(typed: str, text: str, form: str) -> None:
    """A word is found in any Unicode form of the text and the query, and by its own spelling."""
    other = unicodedata.normalize(form, text)  # type: ignore[arg-type] # one of the two

    assert re.search(spelt(typed), text)
    assert re.search(spelt(typed), other)
    assert re.search(spelt(unicodedata.normalize(form, typed)), other)  # type: ignore[arg-type]
    assert re.search(spelt(text), text)


@pytest.mark.parametrize(("typed", "text"), APART)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_another_word_is_not_found(typed: str, text: str, form: str) -> None:
    """A word with another mark, or a typed mark, is not found, in any Unicode form."""
    other = unicodedata.normalize(form, text)  # type: ignore[arg-type]

    assert not re.search(spelt(typed), text)
    assert not re.search(spelt(typed), other)
    assert not re.search(spelt(unicodedata.normalize(form, typed)), text)  # type: ignore[arg-type]


BASES = st.sampled_from("aeisoucSTlIимегкασαωعلايهكקםש1क३ハかก日=-'")
MARKS = st.sampled_from(
    "\u0301\u0306\u0323\u0308\u0302\u064b\u0651\u05b8\u093c\u3099\ufe0f\u00ad\u200b\u200d\u2060\U0001f3fd"
)
COMPLETE = st.sampled_from(
    [
        *'éèẽıİßﬁﬃøæœłđ üﬆṫйїёЙѓκάᾳςΣأٱىیکةهـמשׁ־क़ऩเกバﾊﾞがか한하ㅋ٣१①⑫½…–’"“«,´¨№㎏㌀ﷺ失敗👍',
        "ế",
        "e\u0323\u0302",
        "ハ\u3099",
        "कुल",
        "क्ष",
        "น้ำ",
        "กำ",
        "กั",
        "กา",
        "น\u0e4d\u0e49า",
        "\u1112\u1161\u11ab",
    ]
)
SAMPLES = st.lists(st.tuples(BASES, MARKS).map("".join) | BASES | COMPLETE, max_size=8).map("".join)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(ANY | SAMPLES)
def test_every_text_is_found_by_itself(text: str) -> None:
    """Every text is found by itself, in each Unicode form and with hidden characters."""
    assume(folded(text).strip())
    assume(all(len(folded(one)) < 2 or folded(mark) for one, mark in pairwise(text)))  # as an accent on ﬁ
    assume(sum(len(folded(one)) > 1 for one in text) < 3)  # for a long run not all spellings are tried
    typed = " ".join(text.split())

    for form in ("NFC", "NFD"):
        other = unicodedata.normalize(form, text)
        assert re.search(spelt(typed), other)
        assert re.search(spelt(" ".join(other.split())), text)
    assert re.search(spelt(typed), "\u200b".join(unicodedata.normalize("NFC", text)))


@given(SAMPLES, SAMPLES, SAMPLES)
def test_what_is_found_is_the_same_in_the_one_spelling(typed: str, before: str, after: str) -> None:
    """A search without accents equals a search of the folded text for the folded word."""
    typed = one_spaced(typed).strip()
    assume(typed and not unicodedata.combining(typed[0]))
    for text in (before + after, f"{before}{typed}{after}", f"{before} {typed.upper()} {after}"):
        assert bool(re.search(spelt(typed), text)) == (typed in one_spaced(text))


@given(ANY | SAMPLES)
def test_folding_is_done_at_once(text: str) -> None:
    """Folding is idempotent, also after changes of case, Unicode form or pieces."""
    plain = folded(text)

    assert folded(plain) == plain
    assert folded(text.casefold()) == plain or "\u0345" in unicodedata.normalize("NFD", text)  # a mark, or an iota
    for form in ("NFC", "NFD"):
        assert folded(unicodedata.normalize(form, text)) == plain
    assert "".join(piece for _, piece in folded_pieces(text)) == plain


@pytest.mark.parametrize(("typed", "text"), FOUND)
def test_an_excerpt_begins_at_the_match(typed: str, text: str) -> None:
    """An excerpt starts at the match, even if it has other letters than typed."""
    (shown,) = excerpts([f"{'— ' * 200}{text}{' behind' * 50}"], parse(f"“{typed}”"), 90)

    assert shown.startswith("…")
    assert shown.lstrip("…— ").startswith(" ".join(visible(text.strip()).split())[:1])
    assert shown.count("behind") >= 5


def test_a_long_phrase_is_found_where_it_stands_as_one() -> None:
    """A long phrase is found only as a whole, not by scattered pieces."""
    words = [f"wörd{number}" for number in range(20)]
    phrase = " ".join(words)
    typed = f'"{phrase.upper()}"'

    assert len(pieces(phrase)) > 2
    assert is_found(typed.strip('"'), f"so {phrase}\u200b.")
    frame = items_frame(
        [item(1, message=phrase), item(2, message=" ".join(words[10:] + words[:10])), item(3, message=phrase[:-1])]
    )
    assert list(frame["id"].iloc[matching(parse(typed), frame, np.arange(3))]) == ["fb_1"]
    assert list(frame["id"].iloc[matching(parse(f"-{typed}"), frame, np.arange(3))]) == ["fb_2", "fb_3"]


@given(ANY, ANY)
def test_nothing_that_is_typed_breaks_a_search(typed: str, text: str) -> None:
    """No characters, quotes or minus signs break a search."""
    frame = items_frame([item(message=text)])

    for query in (parse(typed), parse(f'"{typed}"'), parse(f"-{typed} -«{text}»")):
        assert len(matching(query, frame, np.arange(1))) in {0, 1}
        assert len(excerpts([text], query, 30)[0]) <= 30


LONG_WORK = """
import numpy as np
from loop_client.query.search import excerpts, matching, parse
from tests.frames import item, items_frame

for letters in ["1", "i", "a", "e\\u0301", "\\ubc14", "\\u30cf", "\\u0438", "\\ufdfa", "ffi", "s ", "\\u1ebf"]:
    typed = (letters * 200)[:190]
    texts = [letters * 20_000, letters[:1] * 20_000, (letters + "\\u0301") * 10_000, "\\u200b" * 20_000]
    frame = items_frame(item(number, message=text) for number, text in enumerate(texts))
    for query in (f'"{typed}x"', f'-"{typed}x"', " ".join(f"-{typed[:n]}x" for n in range(5, 20))):
        matching(parse(query), frame, np.arange(len(texts)))
        excerpts(texts, parse(query), 60)
"""


def test_no_spelling_blocks_the_process() -> None:
    """The time of a search grows with the text alone, not with the possible spellings."""
    subprocess.run([sys.executable, "-c", LONG_WORK], check=True, timeout=60, cwd=ROOT)
