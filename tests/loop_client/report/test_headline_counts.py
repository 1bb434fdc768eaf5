"""All findings of random accounts are those of a plain count of the rows."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from loop_client import report
from loop_client.mirror import Coverage, Zone
from loop_client.query import Filters
from loop_client.report import BrokeOut, Dominated, Fell, Rose, Waiting, headline
from loop_client.report.clusters import Clustered
from tests.frames import item, items_frame, records, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from loop_client.mirror import Snapshot
    from loop_client.report import Finding, Period

    Row = dict[str, Any]
    Passes = Callable[[Row], bool]

SAYINGS = [
    "the export stops halfway",
    "invoices arrive twice",
    "badge reader is dead",
    "search finds nothing",
    "dark colours please",
    "login loops forever",
]
"""Messages without a common word: each is a cluster."""

TAGS = [None, "exports", "billing", "No tag", "(other tags)", "ünïcode", "*md*"]
ZONES = ["UTC", "Asia/Kathmandu", "America/Havana", "Europe/Berlin"]
A_DAY = timedelta(days=1)
UNTOLD = {"low", "high", "only"}


@dataclass(frozen=True)
class Account:
    """A random account, filters, and the same filters as a condition on rows, without days and status."""

    snapshot: Snapshot
    clustered: Clustered
    now: datetime
    filters: Filters
    passes: Passes

    def rows(self, *, any_status: bool = False, any_day: bool = False) -> list[Row]:
        """The rows that pass the filters."""
        first, last = (None, None) if any_day else self.filters.window
        statuses = () if any_status else self.filters.status
        return [
            row
            for row in self.all_rows
            if self.passes(row)
            and (not statuses or row["status"] in statuses)
            and (first or date.min) <= row["day"] <= (last or date.max)
        ]

    @cached_property
    def all_rows(self) -> list[Row]:
        """All rows, with their local day."""
        rows, info = records(self.snapshot.frame), ZoneInfo(self.snapshot.zone.name)
        return [{**row, "day": row["created_at"].astimezone(info).date()} for row in rows]


def account(seed: int) -> Account:
    """An account with one complaint that breaks out, a tag that grows, one that shrinks, and a loud person."""
    random = np.random.default_rng(seed)
    zone = Zone(ZONES[seed % len(ZONES)])
    now = datetime(2026, 3, 29, 3, 17, 5, tzinfo=UTC) + timedelta(minutes=int(random.integers(0, 60 * 24 * 9)))
    days = int(random.choice([1, 7, 30]))
    rows = [_row(random, random.uniform(-0.1, 150), SAYINGS[random.integers(6)]) for _ in range(350)]
    longest = [0.5, 6.0, 20.0][random.integers(3)]
    burst = [
        {**_row(random, random.uniform(0, longest), SAYINGS[2]), "sentiment": "negative"}
        for _ in range(random.integers(0, 40))
    ]
    moved = [
        {**_row(random, random.uniform(since, until), SAYINGS[random.integers(6)]), "tag": tag, "sentiment": "negative"}
        for tag, since, until in (("exports", 0, days), ("billing", days, 2 * days))
        for _ in range(random.integers(0, 60))
    ]
    loud = [{**_row(random, random.uniform(0, 40), SAYINGS[4]), "tag": "*md*", "user_id": "u_loud"} for _ in range(25)]
    everything = [*rows, *burst, *moved, *loud]
    everything.sort(key=lambda row: row["age"])
    frame = items_frame(
        item(number, created_at=now - timedelta(days=row.pop("age")), **row) for number, row in enumerate(everything)
    )
    oldest = frame["created_at"].iloc[-1].to_pydatetime()
    snapshot = snapshot_of(frame, Coverage(complete=True, since=oldest, reconciled_at=now), zone)
    first = zone.day(now) - timedelta(days=days - 1)
    window = [(None, None), (first, None), (first, zone.day(now)), (first - 9 * A_DAY, first - 2 * A_DAY)][
        seed // 4 % 4
    ]
    chosen, passes = _filters(random, seed)
    return Account(snapshot, Clustered.of(frame), now, replace(chosen, since=window[0], until=window[1]), passes)


def _row(random: np.random.Generator, age: float, message: str) -> Row:
    return {
        "age": float(age),
        "message": message,
        "user_id": f"u_{random.integers(60)}",
        "tag": TAGS[random.integers(len(TAGS))],
        "sentiment": [None, "negative", "negative", "neutral", "positive", "mixed"][random.integers(6)],
        "source": [None, "email", "chat"][random.integers(3)],
        "status": ["open", "open", "resolved", "archived"][random.integers(4)],
    }


def _filters(random: np.random.Generator, seed: int) -> tuple[Filters, Passes]:
    """Filters without days, and the same as a condition, without the status."""
    tag = str(random.choice(["exports", "billing", "*md*"]))
    chosen: list[tuple[Filters, Passes]] = [
        (Filters(), _any),
        (Filters(tag=(tag, "No tag")), lambda row: row["tag"] in {tag, None}),
        (Filters(source=("email",)), lambda row: row["source"] == "email"),
        (Filters(status=("open",)), _any),
        (Filters(status=("resolved",)), _any),
        (Filters(text="badge"), lambda row: "badge" in row["message"]),
        (Filters(sentiment=("positive", "negative")), lambda row: row["sentiment"] in {"positive", "negative"}),
    ]
    return chosen[seed // 16 % 7 if seed % 3 else 0]


def _any(_: Row) -> bool:
    return True


def said(account: Account, found: Iterable[Finding]) -> list[tuple[Any, ...]]:
    """The findings as tuples that begin with their kind; a cluster as the message of an open item."""
    message_of = {row["id"]: row["message"] for row in account.all_rows}
    told = []
    for one in found:
        values = {field.name: getattr(one, field.name) for field in fields(one) if field.name not in UNTOLD}
        if isinstance(one, BrokeOut):
            values |= {"usual": round(one.usual, 9), "item": message_of[one.item]}
            assert account.all_rows[one.place]["id"] == one.item
            del values["place"]
        told.append((type(one).__name__, *values.values()))
    return told


def outbreaks(account: Account) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """What is said of each cluster that broke out, most urgent first, and its negative rows; by the definition."""
    now, (first, last) = account.now, account.filters.window
    covered = (now - account.all_rows[-1]["created_at"]) / A_DAY
    found, compared = [], 0
    said_by_now = [row for row in account.rows(any_status=True, any_day=True) if row["created_at"] <= now]
    negative = [row for row in said_by_now if row["sentiment"] == "negative"]
    for saying in SAYINGS:
        rows = [row for row in negative if row["message"] == saying]
        opened = [row["created_at"] for row in rows if row["status"] == "open"]
        if not opened:
            continue
        growth, days, within, before, span = max(
            (_grown(rows, now, days, covered) for days in (1, 7, 28) if 2 * days <= covered),
            key=lambda grown: (grown[0], -grown[1]),
        )
        compared += 3 * (within + before >= 3)
        is_in_period = first is None or max(opened) >= account.snapshot.zone.start(first)
        if growth >= 3 and within >= 3 and is_in_period:
            chance = _at_least(within, within + before, days / (days + span))
            items = sum(age(row, now) < days for row in rows)
            usual = round(before * days / span, 9)
            told = ("BrokeOut", within, items, days, usual, min(row["created_at"] for row in rows), saying)
            found.append((_rank(rows, opened, now, growth, covered), chance, told, rows))
    is_over = last is not None and last < account.snapshot.zone.day(now)
    if is_over or (account.filters.status and "open" not in account.filters.status):
        return []
    strong = sorted((one for one in found if one[1] <= 0.05 / compared), key=lambda one: -one[0])
    return [(told, rows) for _, _, told, rows in strong[:2]]


def age(row: Row, now: datetime) -> float:
    """The age of a row in days."""
    return max(float((now - row["created_at"]) / A_DAY), 0.0)


def _grown(rows: list[Row], now: datetime, days: int, covered: float) -> tuple[float, int, int, int, float]:
    """Growth, days of the window, people within, people before, and the days before."""
    span = min(28, covered - days)
    within = {row["user_id"] for row in rows if age(row, now) < days}
    earlier = [row for row in rows if days <= age(row, now) < days + span]
    before = {(row["user_id"], int(age(row, now))) for row in earlier}
    return (len(within) + 1) / (len(before) * days / span + 1), days, len(within), len(before), span


def _at_least(part: int, total: int, share: float) -> float:
    return sum(math.comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(part, total + 1))


def _rank(rows: list[Row], opened: list[datetime], now: datetime, growth: float, covered: float) -> float:
    """As `urgency` defines it."""
    people = len({row["user_id"] for row in rows if row["status"] == "open"})
    edges = (min(row["created_at"] for row in rows), max(opened), min(opened))
    began, last, first = (max(float((now - edge) / A_DAY), 0.0) for edge in edges)
    newness = 1 + 2 * math.pow(0.5, began / 7) if began < covered - 1 else 1.0
    return math.sqrt(people) * growth * newness * math.pow(0.5, last / 14) * (1 + min(first, 30) / 30)


def changes(account: Account, known: list[list[Row]]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What rose and what fell; by the definition."""
    zone, filters = account.snapshot.zone, account.filters
    both = report.compared_periods(filters.window, account.now, zone)
    if both is None or filters.status or not report.is_baseline(account.snapshot, both[1]):
        return [], []
    later, earlier = (_by_tag(account.rows(any_day=True), one) for one in both)
    compared = [tag for tag in later | earlier if later[tag] + earlier[tag] >= 8]
    found = []
    for tag in compared:
        difference, total = later[tag] - earlier[tag], later[tag] + earlier[tag]
        is_clear = math.erfc(abs(difference) / math.sqrt(2 * total)) < 0.05 / len(compared)
        known_shares = (
            [(_by_tag(rows, both[0])[tag] - _by_tag(rows, both[1])[tag]) / difference for rows in known]
            if is_clear
            else []
        )
        if is_clear and all(share < 0.8 for share in known_shares):
            found.append((difference, tag))
    rose = sorted((-difference, tag) for difference, tag in found if difference > 0)[:1]
    fell = sorted((difference, tag) for difference, tag in found if difference < 0)[:1]
    return (
        [("Rose", tag, later[tag], earlier[tag]) for _, tag in rose],
        [("Fell", tag, later[tag], earlier[tag]) for _, tag in fell],
    )


def _by_tag(rows: Iterable[Row], period: Period) -> Counter[str]:
    inside = (row for row in rows if period.start <= row["created_at"] < period.end)
    return Counter(row["tag"] for row in inside if row["sentiment"] == "negative" and row["tag"])


def dominated(account: Account) -> list[tuple[Any, ...]]:
    """Which tag one person dominates; by the definition."""
    rows = account.rows()
    if len({row["user_id"] for row in rows}) < 2:
        return []
    found = []
    for tag in {row["tag"] for row in rows if row["tag"]}:
        people = Counter(row["user_id"] for row in rows if row["tag"] == tag)
        most = people.most_common(1)[0][1]
        if most >= 5 and 2 * most > people.total():
            found.append((most, tag, people.total(), len(people)))
    return [("Dominated", tag, most, items, people) for most, tag, items, people in sorted(found)[-1:]]


def waiting(account: Account) -> list[tuple[Any, ...]]:
    """Which open negative items wait longest; by the definition."""
    rows = [row for row in account.rows(any_day=True) if (row["status"], row["sentiment"]) == ("open", "negative")]
    minute = account.now.replace(second=0, microsecond=0)
    oldest = min((row["created_at"] for row in rows), default=None)
    for days in (30, 7):
        if items := sum(minute - row["created_at"] >= timedelta(days=days) for row in rows):
            return [("Waiting", items, days, oldest)]
    return []


@pytest.mark.parametrize("seeds", [range(start, start + 16) for start in range(0, 112, 16)], ids=str)
def test_findings_are_those_of_a_plain_count(seeds: Sequence[int]) -> None:
    """Any kind, in any zone, with any filters and days."""
    kinds = set[type]()
    for seed in seeds:
        one = account(seed)
        told = outbreaks(one)
        rose, fell = changes(one, [rows for _, rows in told])
        expected = [*(outbreak for outbreak, _ in told), *rose, *dominated(one), *waiting(one), *fell][:5]

        found = headline(one.snapshot, one.filters, one.clustered, one.now)

        assert said(one, found) == expected, seed
        kinds |= {type(finding) for finding in found}
        for finding in found:
            if not isinstance(finding, BrokeOut):
                assert count(one, finding) == finding.items, seed
    assert kinds == {BrokeOut, Rose, Dominated, Waiting, Fell}


def count(account: Account, finding: Rose | Fell | Dominated | Waiting) -> int:
    """The number of rows that the finding's drill-down leads to, without those dated after now."""
    filters = replace(account.filters, since=None, until=None) if finding.of_all_times else account.filters
    rows = account.snapshot.frame["created_at"].iloc[filters.rows(account.snapshot, finding.only)]
    return len(rows) if isinstance(finding, Dominated) else int((rows < account.now).sum())
