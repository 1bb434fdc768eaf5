"""Near-duplicates are found and explained, without false matches."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.similar import MOST_COMPARED, THRESHOLD, NearDuplicates, WordIndex
from tests.benchmarks.generated import snapshot
from tests.frames import item, items_frame

MESSAGES = st.lists(
    st.lists(
        st.sampled_from(["CSV", "csv", "export", "fails", "a", "42", "日本語で", "失败了", "โหลด", "über", ".", "日"]),
        max_size=6,
    ).map(" ".join),
    min_size=1,
    max_size=12,
)


def duplicates(*messages: str, of: int = 0, **users: str) -> NearDuplicates:
    """The near-duplicates of one of these messages, by default each from another person."""
    frame = items_frame(
        item(number, message=message, user_id=users.get(f"n{number}", f"u_{number}"))
        for number, message in enumerate(messages)
    )
    return WordIndex(frame, np.arange(len(frame))).near_duplicates_of(of)


def places(found: NearDuplicates) -> list[int]:
    """The positions of the near-duplicates."""
    return [one.position for one in found.items]


def features(text: str) -> set[str]:
    """The words of a text and its pairs of unspaced characters, computed plainly."""
    lower = text.lower()
    unspaced = re.findall(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]|[^\W\d_]+", lower)
    return {word for word in unspaced if len(word) > 1} | {
        a + b for a, b in pairwise(unspaced) if len(a) == len(b) == 1 and min(a, b) > "\u0e00"
    }


@given(MESSAGES)
def test_the_measure_is_the_documented_one(messages: list[str]) -> None:
    """Two texts are near-duplicates exactly if a plain weighted Jaccard index says so."""
    words = [features(message) for message in messages]
    weight = {word: math.log1p(len(words) / sum(word in one for one in words)) for word in set().union(*words)}
    found = WordIndex(
        items_frame(item(n, message=message) for n, message in enumerate(messages)), np.arange(len(words))
    )

    for place, own in enumerate(words):
        scores = {one.position: one.score for one in found.near_duplicates_of(place).items}
        for other, theirs in enumerate(words):
            shared, either = (sum(weight[word] for word in some) for some in (own & theirs, own | theirs))
            score = round(shared / either, 6) if either else 0.0
            brief = min(len(own), len(theirs)) < 3
            alike = other != place and score >= (1 if brief else THRESHOLD)
            assert (other in scores) == alike
            assert scores.get(other, score) == pytest.approx(score, abs=1e-6) or not alike


@given(MESSAGES)
def test_near_duplicates_are_mutual_and_exclude_the_item_itself(messages: list[str]) -> None:
    """Near-duplicates are mutual with equal scores, and exclude the item itself."""
    found = WordIndex(items_frame(item(n, message=m) for n, m in enumerate(messages)), np.arange(len(messages)))
    scores = [
        {one.position: (one.score, one.shared_words) for one in found.near_duplicates_of(place).items}
        for place in range(len(messages))
    ]

    for place, own in enumerate(scores):
        assert place not in own
        assert all(scores[other][place] == value for other, value in own.items())


def test_a_number_or_a_greeting_makes_no_difference() -> None:
    """Near-duplicates are found despite numbers and greetings, best first, with the shared words."""
    found = duplicates(
        "The CSV export fails for invoice 4711.",
        "Dear team, the CSV export fails for invoice 99!",
        "I love the new colours of the inbox",
        "the csv EXPORT fails for invoice",
    )

    assert places(found) == [3, 1]
    assert found.items[0].score == 1.0
    assert set(found.items[0].shared_words) == {"the", "csv", "export", "fails", "for", "invoice"}
    assert found.count == 2


def test_people_are_counted_once_and_with_the_item_itself() -> None:
    """Each person is counted once, the item's own included."""
    text = "The export of large tables fails"

    assert duplicates(text, text, text, n0="a", n1="a", n2="a").people == 1
    assert duplicates(text, text, text, "Something else altogether here", n0="a", n1="b", n2="b").people == 2


def test_a_short_text_is_only_like_itself() -> None:
    """A short text, such as thanks, has only equal texts as near-duplicates."""
    found = duplicates("Thanks!", "thanks", "Thanks for the export", "Thanks a lot", "Great, thanks", "")

    assert places(found) == [1]
    assert duplicates("", "", "👍").count == 0


def test_texts_that_share_common_words_alone_are_not_alike() -> None:
    """Texts that share only common words are not near-duplicates."""
    common = [f"please can you have a look at {name}" for name in ("billing", "exports", "search", "invoices")] * 20
    found = duplicates("the dashboard is slow since the update", "please look at the slow dashboard", *common)

    assert 1 not in places(found)


@pytest.mark.parametrize(
    ("text", "alike", "other"),
    [
        ("导出大型表格时失败了", "导出大型表格时总是失败了。", "请增加深色模式"),
        ("エクスポートが失敗します", "エクスポートが毎回失敗します", "ダークモードが欲しいです"),
        ("การส่งออกล้มเหลวทุกครั้ง", "การส่งออกล้มเหลวทุกครั้งเลย", "ชอบหน้าตาใหม่มาก"),
        ("Экспорт таблиц не работает", "экспорт больших таблиц не работает", "Нужна тёмная тема сегодня"),
        ("निर्यात बार बार विफल होता है", "निर्यात बार विफल होता है", "मुझे डार्क मोड चाहिए"),
        ("التصدير يفشل مع الجداول الكبيرة", "التصدير يفشل مع الجداول", "أحب الوضع الداكن الجديد كثيرا"),
    ],
)
def test_scripts_with_and_without_blanks(text: str, alike: str, other: str) -> None:
    """Scripts are compared by words if they have spaces, else by pairs of characters."""
    assert places(duplicates(text, alike, other)) == [1]


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Das Café öffnet über die Straße", "DAS CAFE OFFNET UBER DIE STRASSE"),
        ("The o\ufb03ce export crashed", "the office ex\u00adport crashed"),
        ("Ｔｈｅ ｅｘｐｏｒｔ ｆａｉｌｓ ａｇａｉｎ", "The export fails again"),
        ("データをエクスポートできません", "ﾃﾞｰﾀをｴｸｽﾎﾟｰﾄできません"),
        ("التَّصدير يفشل دائماً هنا", "التصدير يفشل دائما هنا"),
        ("Ёлка ещё не приёхала", "елка еще не приехала"),
    ],
)
def test_words_are_compared_as_in_a_search(text: str, other: str) -> None:
    """Case, accents, Unicode form and hidden characters are ignored."""
    assert duplicates(text, other).items[0].score == 1.0


def test_another_word_makes_a_difference() -> None:
    """A mark that makes another word counts, as in й, Thai, Devanagari and Japanese."""
    assert duplicates("мой твой чай", "мои твои чаи").count == 0
    assert duplicates("कल कल कुल", "कुल काल कील").count == 0
    assert duplicates("バスがない", "ハスかない").count == 0


def test_shared_words_are_shown_as_the_item_has_them() -> None:
    """Shared words are shown with the item's accents, in lower case."""
    found = duplicates("Das Café öffnet spät", "das CAFE offnet spat heute")

    assert set(found.items[0].shared_words) == {"das", "café", "öffnet", "spät"}


def test_pairs_do_not_cross_from_one_text_to_the_next() -> None:
    """Pairs of characters do not cross from one text to the next."""
    assert duplicates("甲乙丙丁", "甲乙丙丁", "戊").items[0].score == 1.0


def test_words_are_shown_in_full() -> None:
    """Shared words are shown with their vowel signs."""
    assert "विफल" in duplicates(*["निर्यात बार बार विफल होता है"] * 2).items[0].shared_words
    assert "ター" in duplicates(*["データセンター"] * 2).items[0].shared_words


def test_the_rarest_shared_words_explain_a_near_duplicate() -> None:
    """At most eight shared words are shown, the rarest first."""
    text = "the invoice of the export has a wrong total amount and currency for germany"
    shared = duplicates(text, text, *["the export is of use and has it all"] * 9).items[0].shared_words

    assert len(shared) == 8
    assert {"invoice", "wrong", "total", "amount", "currency", "germany"} <= set(shared)


def test_the_first_thousand_characters_are_compared() -> None:
    """Only the first thousand characters of a text are compared."""
    start = "The export of large tables fails " * 40

    assert duplicates(start, start + " ".join(f"other{chr(97 + n)}" for n in range(26))).items[0].score == 1.0


def test_an_item_outside_the_rows_is_compared_too() -> None:
    """An open item outside the rows is compared with them."""
    text = "The export of large tables fails"
    frame = items_frame(item(number, message=text) for number in range(6))

    found = WordIndex(frame, np.array([5, 1, 3])).near_duplicates_of(2)

    assert (places(found), found.compared) == ([1, 3, 5], 3)


def test_the_newest_are_compared() -> None:
    """Only the newest 20,000 are compared, in whatever order, and their number is reported."""
    frame = snapshot(MOST_COMPARED + 50).frame

    found = WordIndex(frame, np.arange(len(frame))[::-1])

    assert found.positions[-1] == MOST_COMPARED - 1
    assert found.near_duplicates_of(0).compared == MOST_COMPARED - 1
    assert found.near_duplicates_of(MOST_COMPARED + 9).compared == MOST_COMPARED - 1


def test_as_many_are_listed_as_requested() -> None:
    """The best ones are listed, the newest first among equals, and all are counted."""
    frame = items_frame(item(number, message="The export of large tables fails") for number in range(99))

    found = WordIndex(frame, np.arange(99)).near_duplicates_of(4, most=5)

    assert (places(found), found.count) == ([0, 1, 2, 3, 5], 98)
    outside = WordIndex(frame, np.arange(1, 99)).near_duplicates_of(0, most=5)
    assert (places(outside), outside.count) == ([1, 2, 3, 4, 5], 98)


def test_nothing_to_compare_with() -> None:
    """One item alone, or no rows, has no near-duplicates."""
    frame = items_frame([item(1)])

    assert WordIndex(frame, np.arange(0)).near_duplicates_of(0) == NearDuplicates((), 0, 1, 0)
