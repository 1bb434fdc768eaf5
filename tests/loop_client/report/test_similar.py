"""The words by which texts are near-duplicates are those of a search, in any script."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.report.similar import THRESHOLD, words_of

MESSAGES = st.lists(
    st.lists(
        st.sampled_from(["CSV", "csv", "export", "fails", "a", "42", "日本語で", "失败了", "โหลด", "über", ".", "日"]),
        max_size=6,
    ).map(" ".join),
    min_size=1,
    max_size=12,
)


def features(text: str) -> set[str]:
    """The words of a text and its pairs of unspaced characters, computed plainly."""
    lower = text.lower()
    unspaced = re.findall(r"[\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]|[^\W\d_]+", lower)
    digits = "".join(re.findall(r"\d", text)) if len(unspaced) < 3 else ""
    numbers = {f"#{digits}"} if digits else set()
    return (
        numbers
        | {word for word in unspaced if len(word) > 1}
        | {a + b for a, b in pairwise(unspaced) if len(a) == len(b) == 1 and min(a, b) > "\u0e00"}
    )


def score(*texts: str) -> float:
    """The score of the first two of these texts."""
    rows, words, names = words_of(pa.array(texts, pa.large_string()))
    weights = np.log1p(len(texts) / np.maximum(np.bincount(words, minlength=len(names)), 1))
    one, other = words[rows == 0], words[rows == 1]
    either = float(weights[np.union1d(one, other)].sum())
    return float(weights[np.intersect1d(one, other)].sum()) / either if either else 0.0


@given(MESSAGES)
def test_the_words_are_those_of_a_plain_comparison(messages: list[str]) -> None:
    """Each once, by number."""
    rows, words, names = words_of(pa.array(messages, pa.large_string()))
    own = [features(message) for message in messages]
    assert [{names[int(word)].as_py() for word in words[rows == row]} for row in range(len(messages))] == [
        {"uber" if one == "über" else one for one in text} for text in own
    ]
    assert len(rows) == sum(map(len, own))
    assert math.isfinite(score(*messages, ""))


def test_a_number_or_a_greeting_makes_no_difference() -> None:
    """They weigh nothing, or little."""
    assert score("The CSV export fails for invoice 4711.", "the csv EXPORT fails for invoice") == 1.0
    assert score("The CSV export fails for invoice 4711.", "Dear team, the CSV export fails for invoice 99!") > 0.6


def test_texts_that_share_common_words_alone_are_not_alike() -> None:
    """Such as polite phrases."""
    common = [f"please can you have a look at {name}" for name in ("billing", "exports", "search", "invoices")] * 20
    assert score("the dashboard is slow since the update", "please look at the slow dashboard", *common) < THRESHOLD


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
    assert score(text, alike, other) >= THRESHOLD > score(text, other, alike)


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
    assert score(text, other) == 1.0


def test_another_word_makes_a_difference() -> None:
    """A mark that makes another word counts, as in й, Thai, Devanagari and Japanese."""
    assert score("мой твой чай", "мои твои чаи") < THRESHOLD
    assert score("कल कल कुल", "कुल काल कील") < THRESHOLD
    assert score("バスがない", "ハスかない") < THRESHOLD


def test_pairs_do_not_cross_from_one_text_to_the_next() -> None:
    """Pairs of characters do not cross from one text to the next."""
    assert score("甲乙丙丁", "甲乙丙丁", "戊") == 1.0


def test_the_first_thousand_characters_are_compared() -> None:
    """Only the first thousand characters of a text are compared."""
    start = "The export of large tables fails " * 40

    assert score(start, start + " ".join(f"other{chr(97 + n)}" for n in range(26))) == 1.0
