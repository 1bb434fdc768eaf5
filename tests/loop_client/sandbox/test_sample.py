"""The sample data: its rules, and its story."""

from __future__ import annotations

import json
import re
import time
import tomllib
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import loop_client.sandbox.texts
from loop_client.sandbox.sample import sample_items

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, str | None]

NOW = datetime(2026, 11, 23, 16, 30, 12, 345_678, tzinfo=UTC)
KEYS = ["id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at"]
FILES = sorted(Path(loop_client.sandbox.texts.__file__).parent.glob("*.toml"))
TABLES = [tomllib.loads(path.read_text(encoding="utf-8")) for path in FILES]
TOPICS: dict[str, Any] = {name: topic for table in TABLES for name, topic in table.get("topics", {}).items()}
STORY: dict[str, Any] = {name: part for table in TABLES for name, part in table.get("story", {}).items()}
MOODS = ("negative", "neutral", "positive")
ODD: list[Any] = [odd for table in TABLES for odd in table.get("odd", {}).values()]
# Arabic, Hebrew, Japanese, Chinese, Korean, Hindi, Cyrillic, Greek, emoji; markup; formulas; odd shapes.
HOSTILE = r"""[\u0600-\u06ff]{3} [\u0590-\u05ff]{3} [\u3040-\u30ff]{3} [\u4e00-\u9fff]{3} [\uac00-\ud7af]{3}
[\u0400-\u04ff]{3} [\u0370-\u03ff]{3} [\U0001f300-\U0001faff] (?m)^#\s\w[\s\S]*\*\*\w+\*\*[\s\S]*^\|
!\[\w*\]\(https://[\w.]*example\.invalid/ <script> <img\ssrc=x\sonerror \$\d[^$]*\$\d :red\[ [\u0900-\u097f]{3}
\A=SUM\( \A=HYPERLINK\( \A\+ \A- \A@ \A\t \A\uff1d \u202e \S{500} (?s)\A(?:[^\n]*\n){10} \A.\Z \r\n""".split()  # noqa: SIM905 - as a list it would fill a page


@pytest.fixture(scope="module", params=[1, 2, 7])
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """The 2,400 rows of one seed."""
    return list(sample_items(seed=request.param, now=NOW))


def moment(row: Row) -> datetime:
    """The time at which a row was created."""
    return datetime.fromisoformat(row["created_at"] or "")


def age_days(row: Row) -> float:
    """A row's age at NOW."""
    return (NOW - moment(row)) / timedelta(days=1)


def share(rows: list[Row], condition: Callable[[Row], bool]) -> float:
    """The share of rows that meet a condition."""
    return sum(map(condition, rows)) / len(rows)


def per_day(rows: list[Row], tag: str, first: float, last: float) -> float:
    """A tag's rows per day, between two ages in days."""
    return sum(row["tag"] == tag and first <= age_days(row) < last for row in rows) / (last - first)


def odd_rows(rows: list[Row]) -> list[Row]:
    """The rows whose message is, or starts with, an odd text."""
    beginnings = tuple(odd["message"].rstrip("\n") for odd in ODD)
    return [row for row in rows if (row["message"] or "").startswith(beginnings)]


def test_the_same_arguments_give_the_same_rows() -> None:
    """The same count, seed and moment give the same items."""
    assert list(sample_items(300, seed=4, now=NOW)) == list(sample_items(300, seed=4, now=NOW))


def test_another_seed_gives_other_rows() -> None:
    """Another seed gives other ids, texts and times."""
    ones, others = list(sample_items(300, seed=4, now=NOW)), list(sample_items(300, seed=5, now=NOW))
    for key in ("id", "message", "created_at"):
        assert sum(one[key] == other[key] for one, other in zip(ones, others, strict=True)) < 30


@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_any_count_is_produced(count: int) -> None:
    """Any requested number of items is produced."""
    assert len(list(sample_items(count, now=NOW))) == count


def test_rows_have_the_documented_shape(rows: list[Row]) -> None:
    """Fields, ids and times have the format of the API."""
    for row in rows:
        assert list(row) == KEYS
        assert re.fullmatch(r"fb_[0-9a-f]{12}", row["id"] or "")
        assert re.fullmatch(r"u_[0-9a-f]{4}", row["user_id"] or "")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", row["created_at"] or "")
        assert row["status"] in {"open", "resolved"}
        assert row["sentiment"] in {"negative", "neutral", "positive", None}


def test_ids_are_unique() -> None:
    """Ids are unique, in a large sandbox too."""
    assert len({row["id"] for row in sample_items(20_000, now=NOW)}) == 20_000


def test_rows_are_oldest_first_within_half_a_year(rows: list[Row]) -> None:
    """Times ascend over 180 days, and none is after now."""
    moments = [moment(row) for row in rows]
    assert all(one <= other for one, other in pairwise(moments))
    assert timedelta(days=179) < NOW - moments[0] <= timedelta(days=180, milliseconds=1)
    assert timedelta(0) <= NOW - moments[-1] < timedelta(days=1)


def test_now_may_be_in_any_time_zone() -> None:
    """The same moment in another zone gives the same rows."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    assert list(sample_items(50, now=elsewhere)) == list(sample_items(50, now=NOW))


def test_texts_are_within_the_limits(rows: list[Row]) -> None:
    """No field is blank, too long or has a NUL, and one message is near the limit."""
    for row in rows:
        for key in ("user_id", "message", "source", "tag"):
            text = row[key]
            assert text is None or (text.strip() and "\0" not in text)
            assert len(text or "") <= (10_000 if key == "message" else 200)
    assert max(len(row["message"] or "") for row in rows) > 9_800


def test_counts_are_as_promised(rows: list[Row]) -> None:
    """There are about 150 people, 15 tags, 6 sources, and some absent fields."""
    assert len(rows) == 2400
    assert 140 <= len({row["user_id"] for row in rows}) <= 150
    assert len({row["tag"] for row in rows} - {None}) == 15
    assert len({row["source"] for row in rows} - {None}) == 6
    assert share(rows, lambda row: row["sentiment"] is None) == pytest.approx(0.08, abs=0.02)
    assert share(rows, lambda row: row["tag"] is None) == pytest.approx(0.12, abs=0.025)
    assert share(rows, lambda row: row["source"] is None) == pytest.approx(0.04, abs=0.015)


def test_few_people_write_much_and_many_little(rows: list[Row]) -> None:
    """The ten most active people write a quarter to a half of the items, and most write less than the average."""
    counts = sorted(Counter(row["user_id"] for row in rows).values(), reverse=True)
    assert 0.2 < sum(counts[:10]) / len(rows) < 0.5
    assert sum(count < 16 for count in counts) > len(counts) / 2


def test_weekends_and_nights_are_quiet(rows: list[Row]) -> None:
    """Most items are written in working hours."""
    assert 0.02 < share(rows, lambda row: moment(row).weekday() >= 5) < 0.1
    assert share(rows, lambda row: 7 <= moment(row).hour < 20) > 0.8


def test_the_backlog_ages_as_a_real_one_does(rows: list[Row]) -> None:
    """New items are mostly open and old ones resolved, and negative ones stay open longer."""
    new, old = ([row for row in rows if low <= age_days(row) < high] for low, high in ((0, 7), (90, 180)))
    assert share(new, lambda row: row["status"] == "open") > 0.7
    assert 0.03 < share(old, lambda row: row["status"] == "open") < 0.2
    middle = [row for row in rows if 20 <= age_days(row) < 90]
    open_shares = {
        sentiment: share([row for row in middle if row["sentiment"] == sentiment], lambda row: row["status"] == "open")
        for sentiment in ("negative", "positive")
    }
    assert open_shares["negative"] > 2 * open_shares["positive"]


def test_exports_broke_two_weeks_ago(rows: list[Row]) -> None:
    """In the last 14 days exports items multiply: negative, open, from many people, with one symptom."""
    assert per_day(rows, "exports", 0, 14) > 3 * per_day(rows, "exports", 14, 70)
    burst = [row for row in rows if row["tag"] == "exports" and age_days(row) < 14 and row["sentiment"] == "negative"]
    assert len({row["user_id"] for row in burst}) > 60
    assert share(burst, lambda row: row["status"] == "open") > 0.94
    symptom = re.compile(r"tim(ed?|ing|es)[ -]?out|time-?out|too long|504|gives up|error about time", re.IGNORECASE)
    assert share(burst, lambda row: bool(symptom.search(row["message"] or ""))) > 0.8
    before = [row for row in rows if row["tag"] == "exports" and age_days(row) > 15]
    assert share(before, lambda row: bool(symptom.search(row["message"] or ""))) == 0


def test_mobile_rises(rows: list[Row]) -> None:
    """In the last two weeks mobile is at least twice as frequent as before its rise six weeks ago."""
    assert per_day(rows, "mobile", 0, 14) > 2 * per_day(rows, "mobile", 42, 180)


def test_sso_fades(rows: list[Row]) -> None:
    """In the last six weeks sso is at most half as frequent as in the first six."""
    assert per_day(rows, "sso", 0, 42) < 0.5 * per_day(rows, "sso", 138, 180)


def test_one_person_makes_most_of_the_templates_items(rows: list[Row]) -> None:
    """One person writes more than half of the templates items, and nobody else comes near."""
    authors = Counter(row["user_id"] for row in rows if row["tag"] == "templates").most_common(2)
    assert authors[0][0] == "u_41ce"
    assert authors[0][1] > sum(row["tag"] == "templates" for row in rows) / 2
    assert authors[1][1] < authors[0][1] / 4


def test_two_tags_mean_the_same(rows: list[Row]) -> None:
    """Items from support have a hyphen in the tag onboarding, a few of them, and those of other sources have none."""
    sources = {tag: {row["source"] for row in rows if row["tag"] == tag} for tag in ("onboarding", "on-boarding")}
    assert sources["on-boarding"] == {"support-chat"}
    assert len(sources["onboarding"]) >= 6
    assert 5 <= sum(row["tag"] == "on-boarding" for row in rows) <= 30


def test_the_references_example_stands_near_the_top(rows: list[Row]) -> None:
    """The third newest item is the API reference's example."""
    documented = {"user_id": "u_8f2c", "sentiment": "negative", "source": "in-app-widget", "tag": "exports"}
    documented |= {"message": "The CSV export timed out on large datasets.", "status": "open"}
    assert documented.items() <= rows[-3].items()


def test_messages_hardly_repeat(rows: list[Row]) -> None:
    """No message occurs more than three times, and nearly all only once."""
    counts = Counter(row["message"] for row in rows)
    assert max(counts.values()) <= 3
    assert len(counts) > 2300


def test_sentences_are_many_and_distinct() -> None:
    """There are at least 300 distinct sentences besides the additions."""
    parts = [*TOPICS.values(), *STORY.values()]
    sentences = [sentence for part in parts for mood in part if mood in MOODS for sentence in part[mood]]
    assert len(sentences) >= 300
    assert len(set(sentences)) == len(sentences)


def test_slots_and_word_lists_belong_together() -> None:
    """Every slot of a sentence has its word list, and every list a slot."""
    parts = [table.get(name, {}) for table in TABLES for name in ("topics", "story", "openings", "closings")]
    slots = set(re.findall(r"\{(\w+)\}", str(parts)))
    words = {slot for table in TABLES for slot in table.get("words", {})}
    assert slots == words


def test_no_slot_is_left_unfilled(rows: list[Row]) -> None:
    """Only odd messages have braces."""
    own = {row["id"] for row in odd_rows(rows)}
    assert [row["message"] for row in rows if row["id"] not in own and re.search(r"[{}]", row["message"] or "")] == []


def test_every_odd_item_is_among_the_rows(rows: list[Row]) -> None:
    """All odd items occur at least once in 2,400 rows."""
    messages = [row["message"] or "" for row in rows]
    for odd in ODD:
        assert any(message.startswith(odd["message"].rstrip("\n")) for message in messages)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_kinds_are_present(rows: list[Row], pattern: str) -> None:
    """Each script and each kind of hostile text occurs."""
    assert any(re.search(pattern, row["message"] or "") for row in rows)


def test_a_million_items_take_less_than_a_minute() -> None:
    """A million items take less than a minute, scaled by the machine's speed with JSON."""
    before = time.process_time()
    items = list(sample_items(20_000, now=NOW))
    took = time.process_time() - before
    assert [json.loads(json.dumps(item)) for item in items] == items
    assert took < 8 * (time.process_time() - before - took)
