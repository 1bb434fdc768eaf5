"""A person mentioned in any spelling is masked, by the pseudonym of the exact id if there is one."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from loop_client.query.folding import folded, one_spaced
from loop_client.report.masking import E_MAIL, MASK, NUMBER, People, masked_person, masked_text

SALT = bytes(range(32))
RUN_ON = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
LETTER = rf"[^\W{RUN_ON}]"
AT = "@\uff20\ufe6b"
PART = rf"[^\s{AT}<>()\[\]{{}},;\"]"
ADDRESS = re.compile(rf"(?<!{PART}){PART}+(?:(?:[{AT}]|%40)+{PART}+)+")
HIDDEN = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\u20e3\ufe0f\ufeff"
LONG_NUMBER = re.compile(
    r"\+?\(?[\d²³¹⁰⁴-⁹₀-₉①-⑨⓪](?:"
    rf"[\s().+/\\\-_*#~|·•\u2010-\u2015\u2212{HIDDEN}]{{0,4}}[\d²³¹⁰⁴-⁹₀-₉①-⑨⓪]){{5,}}"
)
NAMES = st.lists(
    st.sampled_from([*"aAnNéÉüßıİsS1K\u212a-_. @失นй\u0345ι", "e\u0301", "nn", "ss", "и\u0306", "\u200b", "ﬁ", "fi"]),
    min_size=1,
    max_size=4,
).map("".join)
TEXTS = st.lists(
    NAMES
    | st.sampled_from([" ", ", ", "\n", "12 34 56", "a@b.c", "123456", "‑", "person bdfkmwzx", "[number]", "\u00ad"]),
    max_size=8,
).map("".join)


def masked_before(text: str, user_ids: list[str]) -> str:
    """The earlier masking, which folded only case: whatever it hides must stay hidden."""
    ids = {user_id.casefold(): user_id for user_id in user_ids if user_id.strip()}
    if text.isascii():
        ids = {key: one for key, one in ids.items() if not one.isascii() or key in text.casefold()}
    if not ids:
        return LONG_NUMBER.sub(NUMBER, ADDRESS.sub(E_MAIL, text))
    known = "|".join(re.escape(one) for one in sorted(ids.values(), key=lambda one: (-len(one), one)))
    alone = re.compile(rf"(?<!(?:{LETTER}|[{AT}]))({known})(?!(?:{LETTER}|[{AT}]))", re.IGNORECASE)
    left = re.compile(rf"{MASK.pattern}|(?<!{LETTER})({known})(?!{LETTER})", re.IGNORECASE)

    def pseudonym(match: re.Match[str]) -> str:
        return "person bbbbbbbb" if match[1] else match[0]

    return left.sub(pseudonym, LONG_NUMBER.sub(NUMBER, ADDRESS.sub(E_MAIL, alone.sub(pseudonym, text))))


def shown(masked: str) -> list[str]:
    """The unmasked pieces of a text."""
    return re.split(r"\[e-mail\]|\[number\]|person [b-df-hj-np-tv-xz]{8}", masked)


@given(TEXTS, st.lists(NAMES, max_size=4))
@example("\u0345", ["ι"])
@example("m b, José m b", ["josé m", "m b"])
@example("STRASSE ß", ["ß", "ss", "straße"])
def test_nothing_appears_that_was_masked(text: str, user_ids: list[str]) -> None:
    """Masking shows nothing that the earlier masking hid."""
    before, masked = shown(masked_before(text, user_ids)), masked_text(text, user_ids, SALT)
    for user_id in user_ids:
        masked = masked.replace(masked_person(user_id, SALT).removeprefix("person "), "bbbbbbbb")
    place, start = 0, 0

    for piece in map(str.strip, shown(masked)):  # without blanks around the id
        while (found := before[place].find(piece, start)) < 0:
            place, start = place + 1, 0
        start = found + len(piece)


@given(TEXTS, st.lists(NAMES, max_size=4))
@example(" a", [" a"])
def test_those_who_are_named_are_enough(text: str, user_ids: list[str]) -> None:
    """Masking the ids named in a text equals masking all ids."""
    named = People.of(user_ids).named_in(text)

    assert set(named) <= set(user_ids)
    assert masked_text(text, [one for one in user_ids if one in named], SALT) == masked_text(text, user_ids, SALT)


@pytest.mark.parametrize(
    ("user_id", "mention"),
    [
        ("José", "jose"),
        ("jose", "JOSÉ"),
        ("Café", unicodedata.normalize("NFD", "café")),
        ("anna-smith", "Anna‑Smith"),
        ("anna-smith", "anna\u00ad-\u200bsmith"),
        ("anna", "an\u200bna"),
        ("anna smith", "Anna\u00a0\n Smith"),
        ("u_1", "ｕ_１"),
        ("straße", "STRASSE"),
        ("İbrahim", "ibrahim"),
        ("Łukasz", "lukasz"),
        ("o'neil", "O’Neil"),
        ("محمد", "مُحَمَّد"),
        ("ёлкин", "Елкин"),
        ("バス", "ﾊﾞｽ"),
        (" anna\n", "anna"),
        ("\u3000josé", "Jose"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "by {}, thanks", "“{}”", "是{}的", "@{}"])
def test_a_mention_in_another_spelling_is_masked(user_id: str, mention: str, around: str) -> None:
    """A mention is masked completely, with its own marks and hidden characters."""
    pseudonym = masked_person(user_id, SALT)
    named = People.of([user_id, "other"]).named_in(around.format(mention))

    assert named == [user_id]
    assert masked_text(around.format(mention), named, SALT) == around.format(pseudonym)


@pytest.mark.parametrize(
    ("user_id", "mention"),
    [
        ("cus-123456", "cus‑123456"),
        ("josé-123456", "JOSE-123456"),
        ("José <jose@example.com>", "jose <jose@example.com>"),
        ("12 34 56 café", "12 34 56 cafe"),
    ],
)
def test_an_id_with_a_number_or_an_address_is_masked_completely(user_id: str, mention: str) -> None:
    """An id that contains a number or an address is masked completely, in any spelling."""
    pseudonym = masked_person(user_id, SALT)

    for text in (f"by {mention}, thanks", f"by {mention}\u200b", f"99 {mention} 99"):
        masked = masked_text(text, People.of([user_id]).named_in(text), SALT)
        assert re.fullmatch(r"(by |99 )?\[]?(, thanks|\u200b| 99)?", masked.replace(pseudonym, "[]")), masked


@pytest.mark.parametrize("mention", ["Anna", "anna", "ANNA", "Änna", "A\u0308nna"])
def test_the_alias_is_that_of_the_very_id(mention: str) -> None:
    """Of ids that differ only in case, accents or form, the exact one gives the pseudonym."""
    people = ["Anna", "anna", "Änna", "A\u0308nna", "ANNA"]

    for ids in (people, people[::-1], People.of(people).named_in(f"{mention} told me")):
        assert masked_text(f"{mention} told me", ids, SALT) == f"{masked_person(mention, SALT)} told me"


@pytest.mark.parametrize(
    ("mention", "owner"),
    [("AnnA", "ANNA"), ("ÄNNA", "Änna"), ("a\u0308NNA", "Änna"), ("ånna", "ANNA"), ("an\u00adna", "anna")],
)
def test_who_else_is_meant_is_the_nearest(mention: str, owner: str) -> None:
    """A mention in another spelling always gets the nearest id's pseudonym: by form, by case, then the first."""
    people = ["Anna", "anna", "Änna", "ANNA"]

    for ids in (people, people[::-1]):
        assert masked_text(mention, ids, SALT) == masked_person(owner, SALT)


@given(NAMES.filter(lambda one: one.isalpha()), st.sampled_from(["\u00ad", "\u200b", "\u2060", ""]), st.data())
def test_no_variation_of_an_id_gets_through(user_id: str, hidden: str, data: st.DataObject) -> None:
    """An id is masked in any case and Unicode form, with hidden characters between its letters."""
    form = data.draw(st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
    other = data.draw(st.sampled_from([user_id, user_id.upper(), user_id.lower(), user_id.casefold()]))
    mention = unicodedata.normalize(form, hidden.join(other))  # type: ignore[arg-type]
    assume(folded(mention) == folded(user_id).strip())

    masked = masked_text(f"so {mention} said", [user_id], SALT)

    assert re.fullmatch(rf"so {masked_person(user_id, SALT)}\W* said", masked), one_spaced(masked)


@pytest.mark.parametrize(
    "number", ["０３ー１２３４ー５６７８", "030－123－456", "（０３０）１２３４", "12\u206a34\u061c56", "12־34־56"]
)
def test_a_number_with_the_signs_of_other_keyboards_is_masked(number: str) -> None:
    """Numbers in full width, with any hyphens and hidden characters, are masked."""
    assert masked_text(f"call {number}.") in {f"call {NUMBER}.", f"call （{NUMBER}."}


@pytest.mark.parametrize("text", ["call 12345678anna now", "a@b.example,anna", "+49 (30) 123 456anna"])
def test_an_id_right_behind_what_is_masked_is_named(text: str) -> None:
    """An id right after a masked number or address is found."""
    assert People.of(["anna", "bert"]).named_in(text) == ["anna"]
    assert "anna" not in masked_text(text, People.of(["anna", "bert"]).named_in(text), SALT)


LETTERS = st.text("ab -'áÁé1", min_size=1, max_size=4)


@given(st.text("ab -'áÁé1", max_size=8), st.lists(LETTERS, min_size=1, max_size=3))
@example(" á-a", ["Á", "á-", "é"])
@example("--Á1a-", ["-", "--"])
def test_an_id_at_the_end_of_a_text_is_no_longer_than_the_text(text: str, user_ids: list[str]) -> None:
    """Of ids that start alike, the shorter one is found at the end of a text."""
    masked = masked_text(text, user_ids, SALT)

    assert masked or not text
