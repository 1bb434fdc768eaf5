"""A headline says what is worth saying, and nothing of what only varies at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import islice, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from loop_client.mirror import Coverage, columns
from loop_client.mirror.moments import microseconds
from loop_client.query import Filters, drill_down_of
from loop_client.report import BrokeOut, Dominated, Fell, Finding, Rose, Waiting, headline, people_counts
from loop_client.report.clusters import Clustered
from loop_client.sandbox.sample import BROKEN
from tests.complaints import FRESH, NOW, frame_of, rows_of, sample
from tests.frames import item, items_frame, snapshot_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from loop_client.mirror import Snapshot

MONTH = Filters(since=NOW.date() - timedelta(days=29))
ALL_TIME = Filters()


def snapshot_with(frame: pd.DataFrame, **coverage: Any) -> Snapshot:  # noqa: ANN401 - fields of a Coverage
    """A complete snapshot of that frame, unless its coverage says otherwise."""
    since = frame["created_at"].iloc[-1].to_pydatetime() if len(frame) else None
    return snapshot_of(frame, Coverage(**{"complete": True, "since": since, **coverage}))


def items_of(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A frame of items, each so many `days` old, beside old ones of which no two say the same."""
    words = ("".join(letters) for letters in product("bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou", "bdfglnst"))
    gone = {"tag": None, "sentiment": None, "status": "resolved"}
    others = [
        {"days": 180 - number / 20, "user_id": f"u_gone_{number}", "message": " ".join(islice(words, 4)), **gone}
        for number in range(450)
    ]
    ordered = sorted([*rows, *others], key=lambda row: row["days"])
    return items_frame(
        item(number, created_at=NOW - timedelta(days=row["days"]), **{k: v for k, v in row.items() if k != "days"})
        for number, row in enumerate(ordered)
    )


def complaints(count: int, people: int, days: float, **values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - fields
    """Items of that many people, evenly spread over the last days."""
    return [
        {
            "days": days * (n + 0.5) / count,
            "user_id": f"u_{n % people}",
            "message": "The badge reader is dead",
            **values,
        }
        for n in range(count)
    ]


def said(rows: Iterable[Mapping[str, Any]], filters: Filters = MONTH, **coverage: Any) -> tuple[Finding, ...]:  # noqa: ANN401
    """The headline of these items."""
    frame = items_of(rows)
    return headline(snapshot_with(frame, **coverage), filters, Clustered.of(frame), NOW)


def of_kind(found: Iterable[Finding], *kinds: type) -> list[Finding]:
    """The findings of these kinds."""
    return [one for one in found if isinstance(one, kinds)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_sample_s_broken_exports_broke_out(seed: int) -> None:
    """Of the last 30 days, and of the last 7, they come first; then the loud person, and what waits."""
    account = sample(2_400, seed)
    snapshot, clustered = snapshot_with(account.frame), Clustered.of(account.frame)

    first, *others = headline(snapshot, MONTH, clustered, NOW)

    assert isinstance(first, BrokeOut)
    assert account.complaints[first.item] == BROKEN
    shown = account.frame.iloc[first.place]
    assert (shown["id"], shown["status"], shown["sentiment"]) == (first.item, "open", "negative")
    assert first.people > 50
    assert first.usual < 1
    assert (NOW - first.began).days <= 14
    assert not of_kind(others, BrokeOut)
    assert of_kind(others, Waiting)
    assert {one.tag for one in others if isinstance(one, Rose | Fell)} <= {"mobile", "sso"}
    assert {one.tag for one in headline(snapshot, ALL_TIME, clustered, NOW) if isinstance(one, Dominated)} == {
        "templates"
    }
    week = headline(snapshot, Filters(since=NOW.date() - timedelta(days=6)), clustered, NOW)
    assert week[0] == first


@pytest.mark.parametrize("language", sorted(FRESH))
def test_a_fresh_incident_has_a_place_beside_the_fire(language: str) -> None:
    """What four people say within an hour, in any script, is said beside the broken exports."""
    texts = [text.strip() for text in FRESH[language].strip().splitlines()]
    frame = frame_of([*sample(2_400).items, *rows_of(texts, people=4, days=0.04)])

    fire, fresh, *_ = headline(snapshot_with(frame), MONTH, Clustered.of(frame), NOW)

    assert isinstance(fire, BrokeOut)
    assert isinstance(fresh, BrokeOut)
    assert fire.people > 50
    assert (fresh.people, fresh.days, fresh.usual) == (4, 1, 0)
    assert fresh.items >= 9


@pytest.mark.parametrize("back", [20, 34, 48, 62, 76, 90])
def test_before_the_exports_broke_nothing_broke_out_in_the_sample(back: int) -> None:
    """Of hundreds of clusters that vary at random none is said, even if nobody has answered anything."""
    account, now = sample(6_000), NOW - timedelta(days=back)
    frame = account.frame[account.frame["created_at"] <= now].reset_index(drop=True)
    frame["status"] = pd.Categorical(["open"] * len(frame))

    assert not of_kind(headline(snapshot_with(frame), MONTH, Clustered.of(frame), now), BrokeOut)


@pytest.mark.parametrize(("count", "people", "broke"), [(60, 1, False), (60, 2, False), (3, 3, True), (12, 4, True)])
def test_people_break_out_and_not_their_items(count: int, people: int, broke: bool) -> None:  # noqa: FBT001 - an outcome
    """Sixty items of one loud person within a day are no outbreak, three people are."""
    found = of_kind(said(complaints(count, people, 1)), BrokeOut)

    assert bool(found) == broke
    assert all(isinstance(one, BrokeOut) and (one.people, one.items) == (people, count) for one in found)


@pytest.mark.parametrize(("people", "broke"), [(7, False), (8, True)])
def test_three_times_as_many_as_usual_break_out(people: int, broke: bool) -> None:  # noqa: FBT001 - an outcome
    """Where two complain each day, eight within one are three times as many, counting one more on both sides."""
    usual = [{**row, "days": row["days"] + 1, "user_id": f"u_{n}"} for n, row in enumerate(complaints(120, 1, 60))]

    found = of_kind(said([*usual, *complaints(people, people, 1)]), BrokeOut)

    assert bool(found) == broke
    assert all(isinstance(one, BrokeOut) and (one.days, one.usual) == (1, 2) for one in found)


@pytest.mark.parametrize(("before", "broke"), [((30,), True), ((30, 33), False)])
def test_what_chance_brings_does_not_break_out(before: tuple[int, ...], broke: bool) -> None:  # noqa: FBT001 - an outcome
    """Four people in 7 days and two in the 28 before: so many or more come by chance in 1.7 % of such periods."""
    rows = [
        {**row, "user_id": f"u_{n}", "days": day}
        for n, (row, day) in enumerate(zip(complaints(4 + len(before), 1, 1), (2, 3, 4, 5, *before), strict=True))
    ]

    assert bool(of_kind(said(rows), BrokeOut)) == broke


def test_days_of_which_not_all_items_are_clustered_do_not_count_as_usual() -> None:
    """Of a large account only the newest items are clustered: that nothing is known of the others is no outbreak."""
    frame = items_of(complaints(60, 40, 14))
    all_of_it = Clustered.of(frame)
    assert all_of_it.clusters is not None
    covered = replace(all_of_it.clusters.covered, since=microseconds(NOW - timedelta(days=14)))
    newest = replace(all_of_it, clusters=replace(all_of_it.clusters, covered=covered))

    found = (headline(snapshot_with(frame), MONTH, clustered, NOW) for clustered in (all_of_it, newest))

    assert [bool(of_kind(one, BrokeOut)) for one in found] == [True, False]


def test_what_comes_every_day_does_not_break_out() -> None:
    """Not even with many people; and a new account, or a copy of which only the newest part is loaded, is no fire."""
    assert not of_kind(said(complaints(120, 40, 60)), BrokeOut)
    assert of_kind(said(complaints(60, 40, 14)), BrokeOut)
    assert not of_kind(said(complaints(60, 40, 14), since=NOW - timedelta(days=14)), BrokeOut)
    assert not of_kind(said(complaints(60, 40, 14), complete=False, since=NOW - timedelta(days=14)), BrokeOut)


def test_what_is_answered_or_praised_does_not_break_out() -> None:
    """Nor what did in a period that is over, or was last said before the period."""
    last_week = Filters(since=NOW.date() - timedelta(days=9), until=NOW.date() - timedelta(days=1))
    older = [{**row, "days": row["days"] + 8} for row in complaints(40, 20, 10)]

    assert not of_kind(said(complaints(40, 20, 5, status="resolved")), BrokeOut)
    assert not of_kind(said(complaints(40, 20, 5, sentiment="positive")), BrokeOut)
    assert not of_kind(said(complaints(40, 20, 5), replace(MONTH, status=("resolved",))), BrokeOut)
    assert of_kind(said(complaints(40, 20, 5), replace(MONTH, status=("open",))), BrokeOut)
    assert not of_kind(said(complaints(40, 20, 5), last_week), BrokeOut)
    assert of_kind(said(older), BrokeOut)
    assert not of_kind(said(older, Filters(since=NOW.date() - timedelta(days=6))), BrokeOut)


def test_filters_choose_what_broke_out() -> None:
    """Only the items that pass are counted."""
    rows = [*complaints(20, 20, 2, source="email"), *complaints(10, 10, 2, source="chat")]

    (found,) = of_kind(said(rows, replace(MONTH, source=("email",))), BrokeOut)

    assert isinstance(found, BrokeOut)
    assert (found.people, found.items) == (20, 20)
    assert not of_kind(said(rows, replace(MONTH, source=("phone",))), BrokeOut)


def test_without_clusters_the_rest_is_said() -> None:
    """No clusters were made yet: nothing broke out, and nothing fails."""
    frame = items_of([*complaints(40, 20, 5), *complaints(5, 5, 60)])
    none = Clustered(None, np.full(len(frame), -1))

    assert [type(one) for one in headline(snapshot_with(frame), MONTH, none, NOW)] == [Rose, Waiting]


def test_no_items_and_one_item_say_nothing() -> None:
    """An empty account, and one with a single fresh item, have no headline."""
    for frame in (items_frame([]), items_frame([item(created_at=NOW - timedelta(hours=1))])):
        for filters in (ALL_TIME, MONTH, replace(MONTH, text="export", tag=("exports",))):
            assert headline(snapshot_with(frame), filters, Clustered.of(frame), NOW) == ()
    empty = items_frame([])
    assert headline(snapshot_of(empty, Coverage()), MONTH, Clustered(None, np.full(0, -1)), NOW) == ()


@pytest.mark.parametrize(
    ("now", "before", "others", "kind"),
    [
        (7, 0, 0, None),
        (8, 0, 0, Rose),
        (8, 0, 40, None),
        (30, 0, 40, Rose),
        (30, 7, 0, Rose),
        (0, 8, 0, Fell),
        (7, 30, 0, Fell),
        (30, 30, 0, None),
    ],
)
def test_a_tag_without_items_in_one_period_is_compared_too(
    now: int, before: int, others: int, kind: type | None
) -> None:
    """An honest interval decides, the wider the more tags are compared."""
    rows = [
        *(row for n in range(now) for row in _once("a", n % 29 + 0.5, n)),
        *(row for n in range(before) for row in _once("a", 31 + n % 28, n)),
        *(row for tag in range(others) for n in range(10) for row in _once(f"other {tag}", 2 + 6 * n, n)),
    ]

    found = of_kind(said(rows), Rose, Fell)

    assert [type(one) for one in found] == ([kind] if kind else [])
    assert all(isinstance(one, Rose | Fell) and (one.items, one.before) == (now, before) for one in found)


def _once(tag: str, days: float, number: int) -> list[dict[str, Any]]:
    """One negative item, resolved, so that it neither waits nor breaks out."""
    text = f"unlike any other {tag} {number} {days}"
    return [{"days": days, "tag": tag, "message": text, "user_id": f"u_{number}", "status": "resolved"}]


def test_of_several_changes_the_greatest_is_said() -> None:
    """The most items more, and the most fewer; of equal ones the first by name."""
    later, earlier = {"b": 30, "a": 30, "c": 20}, {"f": 20, "e": 30, "d": 30}
    rows = [row for tag, count in later.items() for n in range(count) for row in _once(tag, n % 28 + 0.5, n)]
    rows += [row for tag, count in earlier.items() for n in range(count) for row in _once(tag, n % 28 + 31, n)]

    found = of_kind(said(rows), Rose, Fell)

    assert [one.tag for one in found if isinstance(one, Rose | Fell)] == ["a", "d"]


def test_what_is_not_comparable_is_not_said_to_rise() -> None:
    """Without a period, without a baseline, and with a filtered status; and never the items without a tag."""
    rows = [row for n in range(40) for row in _once("a", n % 29 + 0.5, n)]

    assert of_kind(said(rows), Rose)
    assert not of_kind(said(rows, ALL_TIME), Rose)
    assert not of_kind(said(rows, since=NOW - timedelta(days=50)), Rose)
    assert not of_kind(said(rows, complete=False, since=NOW - timedelta(days=50)), Rose)
    assert not of_kind(said(rows, replace(MONTH, status=("resolved",))), Rose)
    assert not of_kind(said([{**row, "tag": None} for row in rows]), Rose)
    assert not of_kind(said(rows, replace(MONTH, tag=("b",))), Rose)


@pytest.mark.parametrize(("others", "is_said"), [(9, False), (11, True)])
def test_a_rise_that_broke_out_is_not_said_twice(others: int, is_said: bool) -> None:  # noqa: FBT001 - an outcome
    """With 40 of 49 items of the rise it is the outbreak, with 40 of 51 it is more."""
    rows = [*complaints(40, 20, 5, tag="a"), *(row for n in range(others) for row in _once("a", 2 * n + 1, n))]

    assert bool(of_kind(said(rows), Rose)) == is_said
    assert of_kind(said(rows), BrokeOut)


def test_an_outbreak_that_subsides_is_not_said_to_get_better() -> None:
    """Against the week before, its tag has fewer items; but it broke out, and is still open."""
    rows = [
        *({**row, "days": row["days"] + 7} for row in complaints(90, 45, 7, tag="a")),
        *complaints(30, 30, 7, tag="a"),
    ]
    week = Filters(since=NOW.date() - timedelta(days=6))

    assert of_kind(said(rows, week), BrokeOut)
    assert not of_kind(said(rows, week), Fell)
    assert of_kind(said([{**row, "status": "resolved"} for row in rows], week), Fell)


def poisson(seed: int, rates: np.ndarray) -> Snapshot:
    """Negative items of 60 days; `rates`: how many of each tag are expected in the 30 before, and in the last 30."""
    random = np.random.default_rng(seed)
    counts = random.poisson(rates)
    tags = np.repeat(np.tile(np.arange(len(rates)), 2), counts.T.ravel())
    later = np.repeat([0, 1], counts.sum(axis=0))
    ages = (random.uniform(0, 30, len(tags)) + 30 * (1 - later)) * 86_400_000_000
    ages = np.append(ages, 61 * 86_400_000_000)  # the account was in use before
    order = np.argsort(ages)
    text = {name: pa.array([value] * len(order)) for name, value in (("sentiment", "negative"), ("status", "resolved"))}
    table = pa.table(
        {
            "id": pa.array([f"fb_{n}" for n in range(len(order))]),
            "user_id": pa.array([f"u_{n % 500}" for n in range(len(order))]),
            "message": pa.array(["hello"] * len(order)),
            "source": pa.nulls(len(order), pa.string()),
            "tag": pa.array([f"tag {tag}" for tag in np.append(tags, 0)[order]]),
            "created_at": pa.array((microseconds(NOW) - ages[order]).astype(np.int64)),
            **text,
        }
    )
    return snapshot_with(columns.of_table(table))


def changed(snapshot: Snapshot) -> list[str]:
    """The tags that rose or fell in the last 30 days."""
    start = Filters(since=NOW.date() - timedelta(days=29))
    none = Clustered(None, np.full(len(snapshot.frame), -1))
    return [one.tag for one in headline(snapshot, start, none, NOW) if isinstance(one, Rose | Fell)]


@pytest.mark.parametrize("rate", [4, 20, 100])
def test_200_tags_of_noise_neither_rise_nor_fall(rate: int) -> None:
    """In 20 draws, a tag changes significantly in one at most; without the correction, in each."""
    found = [changed(poisson(seed, np.full((200, 2), rate))) for seed in range(20)]

    assert sum(map(bool, found)) <= 1


@pytest.mark.parametrize(("before", "later"), [(20, 70), (70, 20), (1, 30)])
def test_a_clear_change_is_found_among_200_tags_of_noise(before: int, later: int) -> None:
    """In nearly all draws."""
    rates = np.full((200, 2), 20)
    rates[7] = before, later
    found = [changed(poisson(seed, rates)) for seed in range(20)]

    assert sum("tag 7" in tags for tags in found) >= 18


def test_who_dominates() -> None:
    """One person with most of a tag's items, unless people are filtered or all items are that person's."""
    loud = complaints(7, 1, 20, tag="a", sentiment="positive")
    rows = [*loud, *complaints(6, 6, 20, tag="a", sentiment="positive")]

    (found,) = of_kind(said(rows), Dominated)

    assert isinstance(found, Dominated)
    assert (found.tag, found.most, found.items, found.people) == ("a", 8, 13, 6)
    assert not of_kind(said(rows, replace(MONTH, user=("u_0", "u_1"))), Dominated)
    assert not of_kind(said(loud), Dominated)
    assert not of_kind(said(rows, complete=False, since=NOW - timedelta(days=3)), Dominated)


def test_people_who_are_counted_already_are_not_counted_again() -> None:
    """With the page's count of people the headline is the same."""
    frame = sample(2_400).frame
    snapshot, clustered = snapshot_with(frame), Clustered.of(frame)
    people = people_counts(frame, MONTH.rows(snapshot))

    assert headline(snapshot, MONTH, clustered, NOW, people) == headline(snapshot, MONTH, clustered, NOW)
    nobody = people_counts(frame, np.array([], np.int64))
    assert not of_kind(headline(snapshot, MONTH, clustered, NOW, nobody), Dominated)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [([6.9], None), ([7, 2], (1, 7)), ([29, 8, 1], (2, 7)), ([30], (1, 30)), ([90, 40, 20, 8], (2, 30))],
)
def test_what_waits_longest(ages: list[float], expected: tuple[int, int] | None) -> None:
    """Items of at least 30 days, or else 7, whatever the period; of a full minute, as a link has it."""
    rows = [{"days": age, "message": f"unlike {age}", "user_id": f"u_{age}"} for age in ages]
    frame = items_of(rows)
    now = NOW.replace(second=0)
    frame["created_at"] += now - NOW
    snapshot = snapshot_with(frame)

    for filters in (MONTH, ALL_TIME, Filters(until=NOW.date() - timedelta(days=100))):
        found = [one for one in headline(snapshot, filters, Clustered.of(frame), NOW) if isinstance(one, Waiting)]
        assert [(one.items, one.days) for one in found] == ([expected] if expected else [])
        for one in found:
            assert one.oldest == now - timedelta(days=max(ages))
            assert drill_down_of(one.only.parts) == (one.only, [])
    assert not of_kind(said([{**row, "status": "resolved"} for row in rows]), Waiting)


def test_open_items_that_are_still_being_loaded_do_not_wait() -> None:
    """Only once all open items are loaded, though not all others, is it said what waits."""
    rows = complaints(4, 4, 100)

    assert not of_kind(said(rows, complete=False, since=NOW - timedelta(days=50)), Waiting)
    assert of_kind(said(rows, complete=False, since=NOW - timedelta(days=50), reconciled_at=NOW), Waiting)
