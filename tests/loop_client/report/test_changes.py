"""What changed between two periods, against plain counts of the rows of random accounts."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from statistics import NormalDist, median
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from loop_client.mirror import Coverage, Resolution, Zone
from loop_client.query import Filters, Question
from loop_client.query.drilldown import drill_down_of
from loop_client.report import Period, compared_periods
from loop_client.report.changes import (
    Changes,
    Kind,
    Selection,
    around,
    changes,
    lengths_of,
    may_be_compared,
    moved,
    two_periods,
)
from loop_client.report.clusters import Clustered
from tests.frames import item, items_frame, records, snapshot_of
from tests.moment import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from loop_client.mirror import Snapshot
    from loop_client.report.changes import Both, Moved

    Row = dict[str, Any]
    Passes = Callable[[Row], bool]

SAYINGS = ["the export stops halfway", "invoices arrive twice", "badge reader is dead", "search finds nothing"]
TAGS = [None, "exports", "billing", "No tag", "ünïcode", "*md*", "fresh", "old"]
ZONES = ["UTC", "Asia/Kathmandu", "America/Havana", "Europe/Berlin"]
RATED = {"negative", "neutral", "positive", "mixed"}
NEWS = {Kind.FIRST, Kind.NEW, Kind.RISING, Kind.FALLING, Kind.GONE}


@dataclass(frozen=True)
class Account:
    """A random account, two periods, filters, and the same filters as a condition on rows."""

    snapshot: Snapshot
    clustered: Clustered
    now: datetime
    both: Both
    filters: Filters
    passes: Passes
    is_equal: bool

    @cached_property
    def all_rows(self) -> list[Row]:
        """All rows, newest first, with their place."""
        return [{**row, "place": place} for place, row in enumerate(records(self.snapshot.frame))]

    @cached_property
    def rows(self) -> list[Row]:
        """The rows that pass."""
        return [row for row in self.all_rows if self.passes(row)]

    def inside(self, number: int) -> list[Row]:
        """The rows of the later (0) or the earlier (1) period that pass."""
        period = self.both[number]
        return [row for row in self.rows if period.start <= row["created_at"] < period.end]

    @property
    def scale(self) -> float:
        """How many times as long the later period is."""
        lengths = [(one.end - one.start).total_seconds() for one in self.both]
        return 1.0 if self.is_equal else lengths[0] / lengths[1]

    @cached_property
    def found(self) -> Changes:
        """The changes of this account."""
        return changes(Selection(self.snapshot, self.filters), self.both, self.now, self.clustered)


@lru_cache(maxsize=32)
def account(seed: int) -> Account:
    """An account in which tags come, grow, shrink and go, and people turn."""
    random = np.random.default_rng(seed)
    zone, now = Zone(ZONES[seed % 4]), datetime(2026, 3, 31, 3, 17, 5, tzinfo=UTC)
    days = [7, 30, 14][seed % 3]
    rows = [_row(random, random.uniform(0, 150), None) for _ in range(400)]
    for tag, since, until in (("exports", 0, days), ("billing", days, 2 * days), ("fresh", 0, days), ("old", days, 80)):
        rows += [_row(random, random.uniform(since, until), tag) for _ in range(random.integers(0, 60))]
    if seed % 2:
        rows += [{**_row(random, random.uniform(0, days), "loud"), "user_id": "u_loud"} for _ in range(9)]
        rows += [_row(random, random.uniform(0, days), "loud") for _ in range(seed % 4 * 4)]
    if seed % 4 == 2:  # what nobody wrote before
        rows += [{**_row(random, random.uniform(0, days), None), "message": "a turnstile jams"} for _ in range(40)]
    rows.sort(key=lambda row: row["age"])
    frame = items_frame(
        item(number, created_at=now - timedelta(days=row.pop("age")), **row) for number, row in enumerate(rows)
    )
    oldest = frame["created_at"].iloc[-1].to_pydatetime()
    snapshot = snapshot_of(frame, Coverage(complete=True, since=oldest, reconciled_at=now), zone)
    both = _periods(seed, days, now, zone)
    chosen: list[tuple[Filters, Passes]] = [
        (Filters(), lambda _: True),
        (Filters(tag=("exports", "No tag")), lambda row: row["tag"] in {"exports", None}),
        (Filters(source=("email",)), lambda row: row["source"] == "email"),
        (Filters(text="badge"), lambda row: "badge" in row["message"]),
    ]
    filters, passes = chosen[seed // 4 % 4 if seed % 2 else 0]
    dated = replace(filters, since=date(2020, 1, 1), until=date(2020, 1, 2))  # days of filters count for nothing here
    return Account(snapshot, Clustered.of(frame), now, both, dated, passes, seed % 5 < 3)


def _periods(seed: int, days: int, now: datetime, zone: Zone) -> Both:
    today = zone.day(now)
    if seed % 5 < 3:
        both = compared_periods((today - timedelta(days=days - 1), None), now, zone)
        assert both is not None
        return both
    later = (today - timedelta(days=days - 1), today)
    earlier = (today - timedelta(days=3 * days + 3), today - timedelta(days=days + 2))
    found = two_periods(later, earlier, now, zone)
    assert not isinstance(found, str)
    return found


def _row(random: np.random.Generator, age: float, tag: str | None) -> Row:
    return {
        "age": float(age),
        "message": SAYINGS[random.integers(4)],
        "user_id": f"u_{random.integers(60)}",
        "tag": tag or TAGS[random.integers(6)],
        "sentiment": [None, "negative", "negative", "neutral", "positive", "mixed"][random.integers(6)],
        "source": [None, "email", "chat"][random.integers(3)],
        "status": ["open", "open", "resolved", "archived"][random.integers(4)],
    }


def wilson(part: int, total: int, z: float) -> tuple[float, float]:
    """Wilson's interval, written out."""
    share = part / total
    middle, half = share + z * z / (2 * total), z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return tuple(max(0.0, min(1.0, (middle + sign * half) / (1 + z * z / total))) for sign in (-1, 1))  # type: ignore[return-value]


def kind_of(now: int, before: int, scale: float, compared: int, *, is_first: bool) -> Kind:
    """What happened to a count, by the definition."""
    if is_first and now >= 3:
        return Kind.FIRST
    if now + before < 8:
        return Kind.TOO_FEW
    low, high = wilson(now, now + before, NormalDist().inv_cdf(1 - 0.05 / (2 * max(compared, 1))))
    even = scale / (1 + scale)  # the later period's share of all items if nothing changed
    if low > even:
        return Kind.RISING if before else Kind.NEW
    if high < even:
        return Kind.FALLING if now else Kind.GONE
    return Kind.NOT_CLEAR


def share_has_changed(now: tuple[int, int], before: tuple[int, int], compared: int) -> bool:
    """Whether Newcombe's interval of the difference of two shares, each as (part, total), is without 0."""
    if min(now[1], before[1]) < 8:
        return False
    z = NormalDist().inv_cdf(1 - 0.05 / (2 * compared))
    (low, high), (low_before, high_before) = wilson(*now, z), wilson(*before, z)
    share, earlier = now[0] / now[1], before[0] / before[1]
    least = share - earlier - math.hypot(share - low, high_before - earlier)
    most = share - earlier + math.hypot(high - share, earlier - low_before)
    return least > 0 or most < 0


SEEDS = range(24)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_numbers_of_both_periods_are_those_of_a_plain_count(seed: int) -> None:
    """Items, people, items with a sentiment, negative ones and open negative ones are counted over the rows."""
    one = account(seed)
    counted = []
    for number in (0, 1):
        rows = one.inside(number)
        negative = [row for row in rows if row["sentiment"] == "negative"]
        rated = sum(row["sentiment"] is not None and row["sentiment"] != "No sentiment" for row in rows)
        opened = sum(row["status"] == "open" for row in negative)
        counted.append((len(rows), len({row["user_id"] for row in rows}), rated, len(negative), opened))
    numbers = one.found.numbers
    assert numbers.before is not None
    found = [
        (each.items, each.people, each.rated, each.negative, each.open_negative)
        for each in (numbers.now, numbers.before)
    ]

    assert found == counted


@pytest.mark.parametrize("field", ["tag", "source"])
@pytest.mark.parametrize("seed", SEEDS)
def test_tags_and_sources_are_those_of_a_plain_count(seed: int, field: str) -> None:
    """Each tag and source has its items of both periods, its negative ones, and the kind that follows from them."""
    one = account(seed)
    counts = [Counter(row[field] for row in one.inside(number) if row[field]) for number in (0, 1)]
    negative = [
        Counter(row[field] for row in one.inside(number) if row["sentiment"] == "negative") for number in (0, 1)
    ]
    earlier = {row[field] for row in one.all_rows if row["created_at"] < one.both[0].start}
    names = counts[0] | counts[1]
    rated = [Counter(row[field] for row in one.inside(number) if row["sentiment"] in RATED) for number in (0, 1)]
    intervals = sum(counts[0][name] + counts[1][name] >= 8 for name in names)
    intervals += sum(min(rated[0][name], rated[1][name]) >= 8 for name in names)
    expected = {
        name: (
            (now := counts[0][name], before := counts[1][name]),
            (negative[0][name], negative[1][name]),
            kind_of(now, before, one.scale, intervals, is_first=name not in earlier),
            share_has_changed((negative[0][name], rated[0][name]), (negative[1][name], rated[1][name]), intervals),
        )
        for name in names
    }
    values = one.found.tags if field == "tag" else one.found.sources
    found = {
        value.name: (
            (value.items.now, value.items.before),
            (value.negative.now[0], value.negative.before[0]),
            value.items.kind,
            value.negative.change.reason is None,
        )
        for value in values
    }

    assert found == expected
    assert sum(value.intervals for value in values) == intervals


@pytest.mark.parametrize("seed", SEEDS)
def test_the_rows_behind_a_tag_are_those_that_were_counted(seed: int) -> None:
    """The link of a tag opens as many items as its number says, of either period, with the filters beside it."""
    one = account(seed)
    bare = replace(one.filters, since=None, until=None)
    opened = {}
    for value in one.found.tags:
        only, wrong = drill_down_of(value.only.parts)  # as in a link, which has no seconds
        assert not wrong
        opened[value.name] = len(bare.rows(one.snapshot, only))

    assert opened == {value.name: value.items.now or value.items.before for value in one.found.tags}


def test_a_period_is_searched_once() -> None:
    """All that is compared of a period comes from one search, which may be one of all texts."""
    one = account(0)
    selection = Selection(one.snapshot, Filters(text="badge"))

    assert selection.rows(one.both[0]) is selection.rows(one.both[0])
    assert selection.rows(one.both[0]) is not selection.rows(one.both[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_clusters_are_those_of_a_plain_count(seed: int) -> None:
    """Each cluster that changed has its distinct people and items, and no other cluster changed."""
    one = account(seed)
    people: list[dict[int, set[str]]] = [defaultdict(set), defaultdict(set)]
    items = [Counter[int](), Counter[int]()]
    began: dict[int, datetime] = {}
    codes = one.clustered.codes.tolist()
    for row in one.all_rows:
        began[codes[row["place"]]] = row["created_at"]
    for number in (0, 1):
        for row in one.inside(number):
            people[number][codes[row["place"]]].add(row["user_id"])
            items[number][codes[row["place"]]] += 1
    codes_said = {*people[0], *people[1]} if one.scale == 1 else set()  # unequal periods are not compared
    sizes = {code: (len(people[0][code]), len(people[1][code])) for code in codes_said}
    compared = sum(sum(pair) >= 8 for pair in sizes.values())
    expected = set()
    for code, (now, before) in sizes.items():
        is_first = began[code] >= one.both[0].start
        kind = kind_of(now, before, one.scale, compared, is_first=is_first)
        if kind in NEWS and now + before >= 3:
            expected.add((now, before, items[0][code], items[1][code], kind))
    clusters = one.found.clusters
    found = {
        (each.people.now, each.people.before, each.items, each.items_before, each.people.kind)
        for each in clusters.changed
    }

    assert (found, clusters.compared) == (expected, compared)
    differences = [abs(each.people.now - each.people.before) for each in clusters.changed]
    assert differences == sorted(differences, reverse=True)
    for each in clusters.changed:
        assert each.only.cluster is not None
        only = replace(each.only, cluster=one.clustered.cluster_of(one.snapshot.frame, each.only.cluster.item))
        rows = Question(replace(one.filters, since=None, until=None), only).rows(one.snapshot)
        assert len(rows) == (each.items if each.side == "now" else each.items_before)


@pytest.mark.parametrize("seed", SEEDS)
def test_who_turned_is_found_by_walking_through_the_rows(seed: int) -> None:
    """A person turned whose last rated item before the period is positive, and the last one in it negative."""
    one = account(seed)
    last: dict[str, Row] = {}
    before: dict[str, Row] = {}
    for row in one.rows:  # newest first
        if row["sentiment"] in {None, "No sentiment"}:
            continue
        if one.both[0].start <= row["created_at"] < one.both[0].end:
            last.setdefault(row["user_id"], row)
        elif row["created_at"] < one.both[0].start:
            before.setdefault(row["user_id"], row)
    expected = [
        (user_id, before[user_id]["place"], row["place"])
        for user_id, row in last.items()
        if row["sentiment"] == "negative" and user_id in before and before[user_id]["sentiment"] == "positive"
    ]
    turned = one.found.turned

    assert [(each.user_id, each.before, each.now) for each in turned.listed] == expected[:100]
    assert turned.people == len(expected)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_oldest_open_negative_items_come_first(seed: int) -> None:
    """What waits longest is of all days, open and negative, and passes the filters."""
    one = account(seed)
    rows = [row["place"] for row in one.rows if row["sentiment"] == "negative" and row["status"] == "open"]

    assert (one.found.waiting.items, list(one.found.waiting.oldest)) == (len(rows), rows[::-1][:5])


@pytest.mark.parametrize("seed", SEEDS)
def test_words_are_counted_once_for_each_person(seed: int) -> None:
    """A word's numbers are the distinct people who use it in each period, and it is said only if it is clear."""
    one = account(seed)
    rows = [one.inside(number) for number in (0, 1)]
    assert [word.word for word in one.found.words.risen] == ["turnstile jams"] * (seed % 4 == 2 and one.is_equal)
    for word in one.found.words.risen:
        everybody = [len({row["user_id"] for row in period}) for period in rows]
        users = [
            len({row["user_id"] for row in period if all(part in row["message"].split() for part in word.word.split())})
            for period in rows
        ]
        z = NormalDist().inv_cdf(1 - 0.05 / (2 * one.found.words.compared))
        low = wilson(users[0], sum(users), z)[0]

        assert [word.people, word.people_before] == users
        assert low > everybody[0] / sum(everybody)


@pytest.mark.parametrize(
    ("endings", "word"),
    [
        (["because the Turn-style jams"], "turn style"),
        (["as it timed out", "since it timed out", "by a timeout"], "timed out / timeout"),
    ],
)
def test_a_phrase_that_is_new_is_said_once(endings: list[str], word: str) -> None:
    """What many people start to write about is one phrase, spelt as they do, and not each of its words again."""
    now = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    texts = [f"{SAYINGS[number % 4]} for team {chr(97 + number % 26)}x" for number in range(200)]
    texts[:40] = [f"{text}, {endings[number % len(endings)]}" for number, text in enumerate(texts[:40])]
    frame = items_frame(
        item(number, message=text, user_id=f"u_{number}", created_at=now - timedelta(hours=1 + 1.6 * number))
        for number, text in enumerate(texts)
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=now - timedelta(days=90), reconciled_at=now))
    both = compared_periods((date(2026, 6, 13), None), now)
    assert both is not None
    found = changes(Selection(snapshot, Filters()), both, now, Clustered.of(frame)).words

    assert [(one.word, one.people, one.people_before) for one in found.risen] == [(word, 40, 0)]


def test_words_of_both_periods_are_read_at_the_same_share() -> None:
    """Of a large period and a small one, the same share is read: no word rises because less of one period is read."""
    now = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    ages = [0.001 * number for number in range(25_000)] + [168 + 0.03 * number for number in range(5_000)]
    template = items_frame([item(0)])
    frame = template.iloc[np.zeros(len(ages), int)].reset_index(drop=True)
    frame["created_at"] = now - pd.to_timedelta([1 + age for age in ages], "h").as_unit("us")
    frame["user_id"] = [f"u_{number}" for number in range(len(ages))]
    snapshot = snapshot_of(frame, Coverage(complete=True, since=now - timedelta(days=90), reconciled_at=now))
    both = compared_periods((date(2026, 6, 13), None), now)
    assert both is not None
    found = changes(Selection(snapshot, Filters()), both, now, None).words

    assert (found.people, found.people_before, found.share) == (20_000, 4_000, 0.8)


@pytest.mark.parametrize("seed", SEEDS)
def test_bars_add_up_to_the_items_of_each_period(seed: int) -> None:
    """The bars of each period have all of its items and negative items, and follow each other without a gap."""
    one = account(seed)
    for number, side in enumerate(("now", "before")):
        bars = [bar for bar in one.found.volume if bar.side == side]
        rows = one.inside(number)

        assert sum(bar.items for bar in bars) == len(rows)
        assert sum(bar.negative for bar in bars) == sum(row["sentiment"] == "negative" for row in rows)
        assert bars[0].first == one.snapshot.zone.day(one.both[number].start)
        assert bars[-1].last == one.snapshot.zone.day(one.both[number].end - timedelta(microseconds=1))
        assert all(bar.last + timedelta(days=1) == after.first for bar, after in pairwise(bars))


@pytest.mark.parametrize("seed", SEEDS)
def test_quotes_are_from_distinct_people_and_of_the_rows_that_they_stand_for(seed: int) -> None:
    """A loud person is noted, and up to three items are quoted, of different people, texts, and of this tag."""
    one = account(seed)
    for value in one.found.tags:
        places = {row["place"] for row in one.inside(value.side == "before") if row["tag"] == value.name}
        quoted = [one.all_rows[place] for place in value.quotes]
        loudest = max(Counter(one.all_rows[place]["user_id"] for place in places).values(), default=0)
        is_loud = value.is_news and loudest >= 5 and 2 * loudest > len(places)

        assert value.most == (loudest if is_loud else 0)
        assert {row["place"] for row in quoted} <= places
        assert len({row["user_id"] for row in quoted}) == len({row["message"] for row in quoted}) == len(quoted) <= 3


def changed_tags(tags: list[tuple[str, float]], sentiment: Callable[[int], str] = lambda _: "neutral") -> Changes:
    """The changes of the last 7 days in an account whose items have these tags and ages in hours."""
    now = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    named = sorted(enumerate(tags), key=lambda one: one[1][1])
    rows = [(number, tag, now - timedelta(hours=hours)) for number, (tag, hours) in named]
    frame = items_frame(
        item(number, tag=tag, user_id=f"u_{number}", sentiment=sentiment(number), created_at=at)
        for number, tag, at in rows
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=now - timedelta(days=90), reconciled_at=now))
    both = compared_periods((date(2026, 6, 13), None), now)
    assert both is not None
    return changes(Selection(snapshot, Filters()), both, now, None)


def test_what_changed_most_comes_first() -> None:
    """New tags of a few items, however many there are, stand behind a tag that grew by many and one whose mood did."""
    grown = [("exports", 1 + 0.9 * number) for number in range(158)]
    grown += [("exports", 200.0 + number) for number in range(16)]
    soured = [("mobile", 1.0 + number) for number in range(60)] + [("mobile", 200.0 + number) for number in range(60)]
    few = [(f"fresh {number}", 5.0 + number) for number in range(12) for _ in range(3)]
    first, last = len(grown), len(grown) + 60

    tags = changed_tags(grown + soured + few, lambda number: "negative" if first <= number < last else "positive").tags

    assert [(one.name, one.items.kind) for one in tags[:3]] == [
        ("exports", Kind.RISING),
        ("mobile", Kind.NOT_CLEAR),
        ("fresh 0", Kind.FIRST),
    ]
    assert tags[1].negative.change.reason is None
    assert len([one for one in tags if one.is_news]) == 14


def test_a_tag_of_one_item_is_no_news() -> None:
    """A typing error in a tag is listed with too few items to tell, and reports nothing."""
    tags = [("misc", 1.0 + 3 * number) for number in range(100)] + [("mics", 5.0)]
    found = changed_tags(tags)

    assert [(one.name, one.items.kind) for one in found.tags] == [("misc", Kind.NOT_CLEAR), ("mics", Kind.TOO_FEW)]
    assert not any(one.is_news for one in found.tags)


def test_only_what_is_listed_is_quoted() -> None:
    """Of many tags that changed, the first ten have quotes, and the others cost no search for any."""
    now = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    frame = items_frame(
        item(number, tag=f"tag {number % 25}", user_id=f"u_{number}", created_at=now - timedelta(hours=1 + number))
        for number in range(125)
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=now - timedelta(days=90), reconciled_at=now))
    both = compared_periods((date(2026, 6, 13), None), now)
    assert both is not None
    tags = changes(Selection(snapshot, Filters()), both, now, None).tags

    assert [tag.is_news for tag in tags] == [True] * 25
    assert [bool(tag.quotes) for tag in tags] == [True] * 10 + [False] * 15


def resolution(number: int, created: float, seen_open: float, seen_resolved: float, now: datetime) -> Resolution:
    """An observed resolution; times in days before now."""
    return Resolution(f"fb_{number}", *(now - timedelta(days=days) for days in (created, seen_open, seen_resolved)))


def test_resolutions_are_bounded_by_when_they_were_seen() -> None:
    """Items resolved between two looks count once, as sure only if both looks are in the period."""
    one = account(0)
    ids = [row["id"] for row in one.all_rows[:4]]
    seen = [
        resolution(int(ids[0][3:]), 20, 3, 2, one.now),
        resolution(int(ids[1][3:]), 30, 10, 1, one.now),  # may have been resolved before the 7 days began
        resolution(int(ids[2][3:]), 30, 12, 11, one.now),  # before the period
        resolution(999_999, 30, 3, 2, one.now),  # no item that passes
    ]
    found = changes(Selection(one.snapshot, one.filters), one.both, one.now, one.clustered, seen).resolved

    assert (found.items, found.sure) == (2, 1)
    assert found.least == median([17 * 86400, 20 * 86400])
    assert found.most == median([18 * 86400, 29 * 86400])


def test_nothing_is_compared_by_status() -> None:
    """While a status is filtered, a sentence says why nothing is compared, and the later period has its numbers."""
    one = account(0)
    found = changes(Selection(one.snapshot, Filters(status=("open",))), one.both, one.now, one.clustered)

    assert found.reason == "Nothing is compared by status: older items had longer to be resolved."
    assert (found.numbers.before, found.tags, found.words.risen) == (None, (), ())
    assert found.numbers.now.items == sum(row["status"] == "open" for row in one.inside(0))


def test_nothing_is_compared_with_days_that_are_not_covered() -> None:
    """Without a complete earlier period there is a reason in place of changes."""
    one = account(0)
    snapshot = replace(one.snapshot, coverage=Coverage(complete=False, since=one.both[0].start))
    found = changes(Selection(snapshot, Filters()), one.both, one.now, one.clustered)

    assert found.reason == "Nothing is compared: there is no complete period before."
    assert not found.is_news


def test_a_cluster_that_is_gone_leads_to_its_items_of_the_earlier_period() -> None:
    """What nobody says any more has rows all the same: those of the days before."""
    said = [(8 + number / 4, f"The badge reader is dead {number}") for number in range(12)]
    said += [(number / 4, f"All is well {number % 7}") for number in range(60)]
    frame = items_frame(
        item(number, user_id=f"u_{number}", message=message, created_at=NOW - timedelta(days=days))
        for number, (days, message) in enumerate(sorted(said))
    )
    snapshot = snapshot_of(frame, Coverage(complete=True, since=NOW - timedelta(days=90)))
    both = compared_periods((date(2026, 6, 13), None), NOW)
    assert both is not None
    clustered = Clustered.of(frame)

    found = changes(Selection(snapshot, Filters()), both, NOW, clustered).clusters.changed
    (gone,) = (one for one in found if not one.people.now)

    assert (gone.side, gone.only.cluster and gone.only.cluster.item) == ("before", gone.item)
    only = replace(gone.only, cluster=clustered.cluster_of(frame, gone.item))
    assert len(Filters().rows(snapshot, only)) == gone.items_before == 12


def test_clusters_are_not_compared_where_not_all_items_are_clustered() -> None:
    """Where only the open items of the earlier period are clustered, nothing is said of clusters."""
    one = account(0)
    clusters = one.clustered.clusters
    assert clusters is not None
    since = int(one.snapshot.frame["created_at"].array.asi8[10])
    cut = replace(one.clustered, clusters=replace(clusters, covered=replace(clusters.covered, since=since)))
    found = changes(Selection(one.snapshot, Filters()), one.both, one.now, cut).clusters

    assert found.changed == ()
    assert found.reason is not None
    assert found.reason.startswith("Not compared: only since ")
    assert "the newest 20,000; of older ones, only open items are." in found.reason


def test_no_clusters_are_needed_where_they_cannot_be_compared() -> None:
    """Without a complete earlier period, and with unequal ones, the caller need not make clusters."""
    one, unequal = account(0), account(3)
    gone = replace(one.snapshot, coverage=Coverage(complete=False, since=one.both[0].start))

    assert may_be_compared(Selection(one.snapshot, Filters()), one.both)
    assert not may_be_compared(Selection(gone, Filters()), one.both)
    assert not may_be_compared(Selection(unequal.snapshot, Filters()), unequal.both)
    found = changes(Selection(unequal.snapshot, Filters()), unequal.both, unequal.now, None).clusters
    assert found.reason == unequal.found.clusters.reason


def test_the_order_of_two_periods_does_not_matter() -> None:
    """Two periods are compared the later against the earlier one, in whichever order they are given."""
    zone, now = Zone(), datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    may, june = (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 6, 1), date(2026, 6, 30))
    expected = (
        Period(datetime(2026, 6, 1, tzinfo=UTC), now),
        Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)),
    )

    assert two_periods(may, june, now, zone) == two_periods(june, may, now, zone) == expected


@pytest.mark.parametrize("hours", [3, 12, 22.02, 23.9])
def test_a_part_of_a_day_is_compared_with_the_same_part(hours: float) -> None:
    """Today until now against another day, and a week up to now against another one, both end at this time of day."""
    zone = Zone("Europe/Berlin")
    start, start_before = zone.start(date(2026, 6, 19)), zone.start(date(2026, 3, 30))
    now, before = start + timedelta(hours=hours), start_before + timedelta(hours=hours)
    days, weeks = (
        two_periods((date(2026, 6, 19) - ago, None), (date(2026, 3, 30) - ago, date(2026, 3, 30)), now, zone)
        for ago in (timedelta(0), timedelta(days=6))  # in the earlier week, clocks change
    )

    assert days == (Period(start, now), Period(start_before, before))
    assert not isinstance(weeks, str)
    assert [one.end for one in weeks] == [now, before]
    assert [lengths_of(one, zone) for one in (days, weeks)] == [None, None]


def test_most_of_a_day_is_not_a_day() -> None:
    """Periods whose lengths differ by two hours are not equal, unless clocks changed in one of them."""
    start = datetime(2026, 6, 19, tzinfo=UTC)
    later = Period(start, start + timedelta(hours=22.02))

    lengths = lengths_of((later, Period(start - timedelta(days=1), start)), Zone())

    assert lengths is not None
    assert list(lengths) == pytest.approx([22.02 / 24, 1])


def test_a_period_ends_with_a_full_minute() -> None:
    """Seconds after the last full minute count in neither number nor link, as a link has none."""
    now = datetime(2026, 6, 19, 14, 30, 40, tzinfo=UTC)
    times = [now - timedelta(seconds=seconds) for seconds in (10, 40, 50)]
    frame = items_frame(item(number, created_at=moment) for number, moment in enumerate(times))
    snapshot = snapshot_of(frame, Coverage(complete=True, since=now - timedelta(days=90), reconciled_at=now))
    both = compared_periods((date(2026, 6, 13), None), now)
    assert both is not None
    (tag,) = changes(Selection(snapshot, Filters()), both, now, None).tags

    assert tag.items.now == len(Filters().rows(snapshot, tag.only)) == 2
    assert tag.only.parts == ["tag:exports", "since:2026-06-13", "upto:2026-06-19T14:30Z"]


def test_periods_that_overlap_are_refused() -> None:
    """An item that is in both periods would be compared with itself."""
    one, other = (date(2026, 5, 1), date(2026, 5, 31)), (date(2026, 5, 31), date(2026, 6, 30))

    found = two_periods(one, other, datetime(2026, 6, 19, tzinfo=UTC), Zone())

    assert found == "The two periods overlap. Choose days that are in one of them only."


def test_as_many_days_are_compared_before_a_marker_as_after_it() -> None:
    """A marker of five days ago compares these five days, the last one partial, with the five before."""
    now = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
    found = around(date(2026, 6, 15), now, Zone())

    assert found == (
        Period(datetime(2026, 6, 15, tzinfo=UTC), now),
        Period(datetime(2026, 6, 10, tzinfo=UTC), datetime(2026, 6, 14, 14, 30, tzinfo=UTC)),
    )


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (moved(3, 4), Kind.TOO_FEW),
        (moved(2, 0, is_first=True), Kind.TOO_FEW),
        (moved(3, 0, is_first=True), Kind.FIRST),
        (moved(40, 0), Kind.NEW),
        (moved(0, 40), Kind.GONE),
        (moved(60, 20), Kind.RISING),
        (moved(20, 60), Kind.FALLING),
        (moved(20, 22), Kind.NOT_CLEAR),
        (moved(60, 20, scale=3.0), Kind.NOT_CLEAR),
    ],
)
def test_a_number_is_called_by_what_happened_to_it(number: Moved, kind: Kind) -> None:
    """Few items are too few to tell, three of what never was are the first ever, and a longer period has more."""
    assert number.kind == kind
