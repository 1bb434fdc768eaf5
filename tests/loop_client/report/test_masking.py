"""Share-safe texts reveal neither a person nor a way to reach one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.masking import E_MAIL, NUMBER, READ, SHOWN, People, masked_beginning, masked_person, masked_text

SALT = bytes(range(32))
OTHER_SALT = bytes(range(1, 33))
PARTS = st.sampled_from(
    ["anna@example.com", "b.c+d@mail.example.org", "a@b", "+49 170 1234567", "(030) 12 34 56", "555-123", "٣٤٥٦٧٨"]
) | st.sampled_from(["123456", "u_1", "Anna", "12", "4", "17", "\u200b", "é", *'x@.- \n+"][!'])
TEXTS = st.lists(PARTS, max_size=12).map("".join) | st.text("a1@. -+_]\n", max_size=30) | st.text(max_size=30)


@given(TEXTS, st.lists(st.sampled_from(["u_1", "Anna", "12", "b.c+d@mail.example.org", "x", "4", " "]), max_size=3))
def test_nothing_that_reaches_a_person_survives(text: str, user_ids: list[str]) -> None:
    """No address, phone number, six digits in a row or given id remains, by the test's own patterns."""
    masked = masked_text(text, user_ids, SALT)

    assert not re.search(r"[\w.+-]+@\w[\w.-]*", masked)
    assert not re.search(r"\d{6}", masked)
    assert not re.search(r"\+?\(?\d(?:[ ().\n-]{0,2}\d){5}", masked)
    for user_id in user_ids:
        assert not re.search(rf"(?<!\w){re.escape(user_id)}(?!\w)", masked, re.IGNORECASE) or not user_id.strip()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Write to anna.b+loop@mail.example.org, thanks", f"Write to {E_MAIL}, thanks"),
        ("<anna@example.com>", f"<{E_MAIL}>"),
        ("anna\uff20example.com", E_MAIL),
        ("call +49 (170) 123-45 67 now", f"call {NUMBER} now"),
        ("invoice 4711008", f"invoice {NUMBER}"),
        ("٠١٢٣٤٥", NUMBER),
        ("1\u200b2\u200b3\u200b4\u200b5\u200b6", NUMBER),
        ("12 34 5.anna@x.y", f"12 34 {E_MAIL}"),
        ("u_1 wrote, U_1 said, u_12 and xu_1 not", "{u_1} wrote, {u_1} said, u_12 and xu_1 not"),
        ("costs 12345, at 10:30, 3 of 14", "costs 12345, at 10:30, 3 of 14"),
        ("123456u_1", f"{NUMBER}{{u_1}}"),
        ("see you @ noon", "see you @ noon"),
        ("我是u_1导出失败", "我是{u_1}导出失败"),
        ("ผมคือu_1 ครับ", "ผมคือ{u_1} ครับ"),
        ("see https://x.example/?email=anna%40example.com", f"see {E_MAIL}"),
        ("100 %40 off, 50%", "100 %40 off, 50%"),
        ("thanks @u_1, u_1@ too", "thanks @{u_1}, {u_1}@ too"),
        ("", ""),
    ],
)
def test_what_is_masked_and_what_stays(text: str, masked: str) -> None:
    """Addresses, numbers and ids are masked; other words and short numbers stay."""
    assert masked_text(text, ["u_1"], SALT) == masked.replace("{u_1}", masked_person("u_1", SALT))


@pytest.mark.parametrize("template", ["person {}, hello", "PERSON {} wrote", "person {}@ wrote", "a person {}"])
def test_an_id_that_looks_like_a_pseudonym_is_masked_too(template: str) -> None:
    """An id that looks like a pseudonym is masked too."""
    assert "bdfkmwzx" not in masked_text(template.format("bdfkmwzx"), ["bdfkmwzx"], SALT)


def test_what_stands_for_something_masked_is_not_masked_again() -> None:
    """A placeholder is not masked again, even if it is somebody's id."""
    pseudonyms = [masked_person(user_id, SALT) for user_id in ("number", "person")]

    masked = masked_text("number person 1234567", ["number", "person"], SALT)

    assert masked == f"{pseudonyms[0]} {pseudonyms[1]} {NUMBER}"


@given(st.text("ab cÄ.,!?\n日", max_size=40))
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    """A text without digits, addresses and ids is unchanged."""
    assert masked_text(text) == text


def test_an_id_that_is_an_address_gets_its_pseudonym() -> None:
    """An id that is an address becomes its pseudonym, so that people stay distinct."""
    masked = masked_text("I am anna@example.com", ["anna@example.com"], SALT)

    assert masked == f"I am {masked_person('anna@example.com', SALT)}"


def test_the_longest_id_wins() -> None:
    """An id that contains another one is masked as a complete id."""
    assert masked_text("by team anna", ["team", "team anna"], SALT) == f"by {masked_person('team anna', SALT)}"


def test_a_pseudonym_is_stable_short_and_harmless() -> None:
    """A pseudonym is stable, short, and of letters only, so that masking twice changes nothing."""
    pseudonym = masked_person("u_41ce", SALT)

    assert pseudonym == masked_person("u_41ce", bytes(SALT))
    assert re.fullmatch("person [b-z]{8}", pseudonym)
    assert masked_text(pseudonym) == pseudonym
    assert masked_person("\ud800", SALT)


def test_people_are_distinguished() -> None:
    """Ten thousand people have distinct pseudonyms."""
    assert len({masked_person(f"u_{number}", SALT) for number in range(10_000)}) == 10_000


def test_a_pseudonym_depends_on_all_bytes_of_the_salt() -> None:
    """A pseudonym depends on every byte of the salt, and a guessable salt is refused."""
    assert masked_person("u_1", SALT) != masked_person("u_1", OTHER_SALT)
    assert masked_person("u_1", SALT * 9) != masked_person("u_1", SALT * 9 + b"x")
    with pytest.raises(ValueError, match="16 random bytes"):
        masked_person("u_1", b"short")
    with pytest.raises(ValueError, match="16 random bytes"):
        masked_text("by u_1", ["u_1"])


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "1 " * 500_000, "1 1 1 1 1 x " * 80_000, "@" * 1_000_000, "a@" * 500_000]
)
def test_a_megabyte_is_masked_to_its_end(text: str) -> None:
    """Masking takes linear time, even for a megabyte made to defeat the patterns."""
    masked = masked_text(text, ["u_1"], SALT)

    assert not re.search(r"[^\s@]@[^\s@]|(?:1 ){6}", masked)


IDS = st.lists(
    st.sampled_from(["u_1", "u_12", "Anna", "anna smith", "cust-1", "oauth2|9f-3e", "42", " "]), unique=True, max_size=5
)


WORDS = st.sampled_from(["u_1", "u_12", "ANNA", "Anna Smith", "cust-1", "(oauth2|9f-3e)", "42", "so", ","])


@given(IDS, st.lists(WORDS))
def test_whoever_a_text_names_is_found(user_ids: list[str], words: list[str]) -> None:
    """The people named in a text are found in any case, and masking them equals masking all ids."""
    text = " ".join(words)
    named = People.of(user_ids).named_in(text)

    assert masked_text(text, named, SALT) == masked_text(text, user_ids, SALT)
    assert set(named) <= set(user_ids)
    assert len(named) <= len(words) * 2


@pytest.mark.parametrize("before", ["", " " * READ, "1" * (READ - 20), "x" * (READ - 300), "12 " * 600, "a " * 900])
@pytest.mark.parametrize("cut", [6, 12, 17, 40])
def test_a_beginning_is_that_of_the_masked_text(before: str, cut: int) -> None:
    """What may be shown of a masked beginning has no part of an address that the cut divides, and is not empty."""
    after = " ".ljust(READ - len(before) - cut)
    text = f"{before}{after}anna.canary@example.com{' and more' * 400}"

    assert masked_beginning(text, masked_text)[:SHOWN] == masked_text(text.lstrip())[:SHOWN]
