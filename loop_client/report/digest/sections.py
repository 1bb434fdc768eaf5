"""The sections of a digest: what changed, in sentences with their numbers, quotes and links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from loop_client.query.text import first_line, percent
from loop_client.report.changes import LISTED
from loop_client.report.comparison import FEWEST
from loop_client.report.digest import words
from loop_client.report.digest.facts import moved_facts, ratio_facts, share_facts
from loop_client.report.digest.lines import NAMED, Line, Section, Shown, outside, plain
from loop_client.report.digest.numbers import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loop_client.report.changes import Changes, ClusterChange, Moved, Negative, ValueChange

SHORT: Final = 80
"""Most characters of the message that names a cluster."""

PASSING: Final = "the items that pass the filters"

NO_WORDS: Final = "Not compared while share-safe is on: a word can be part of a name or an address."


def sections(found: Changes, shown: Shown) -> tuple[Section, ...]:
    """All sections, in order; one without lines says why."""
    return (
        numbers(found, shown),
        values(found, shown, "tags"),
        clusters(found, shown),
        text(found, shown),
        turned(found, shown),
        waiting(found, shown),
        resolved(found),
        values(found, shown, "sources"),
    )


def values(found: Changes, shown: Shown, name: str) -> Section:
    """The tags or the sources that changed, each with its negative share, and a table of all."""
    changed: Sequence[ValueChange] = found.tags if name == "tags" else found.sources
    title = name.capitalize()
    if found.reason:
        return Section(name, title, found.reason)
    of_news = [one for one in changed if one.is_news]
    lines = tuple(_value(found, shown, one) for one in of_news[:LISTED])
    one_of = name.removesuffix("s")
    table = tuple(_facts(shown, one, one_of) for one in changed)
    about = f"{_compared(changed, one_of)}{_past(shown)}"
    if len(of_news) > LISTED:
        about += f" The first {LISTED} of {len(of_news):,} that changed."
    return Section(name, title, about if lines else f"No {one_of} changed clearly. {about}", lines, table)


def _compared(changed: Sequence[ValueChange], one_of: str) -> str:
    """How many values have enough items to be compared, and for how many comparisons their intervals allow."""
    compared, intervals = sum(one.items.low is not None for one in changed), sum(one.intervals for one in changed)
    about = (
        f"Compared: {compared:,} of {words.counted(len(changed), one_of)}, those with at least {FEWEST} items in both "
    )
    about += "periods together."
    if intervals:
        about += f" The intervals allow for {words.counted(intervals, 'comparison')}, of items and of negative shares."
    return about


def _past(shown: Shown) -> str:
    """How far back "for the first time" reaches."""
    coverage = shown.snapshot.coverage
    since = coverage.since and shown.snapshot.zone.formatted(coverage.since, "%-d %b %Y")
    return f" The first time means: since {since}, as far back as is loaded." if since else ""


def _value(found: Changes, shown: Shown, one: ValueChange) -> Line:
    sentence = f"{shown.name(one.name)} {words.what_happened(one.items, 'item', found.lengths)}."
    sentence += f" 1 person wrote {one.most:,} of them." if one.most else ""
    sentence += _of_all(found, shown, one.items) + _negative(one.negative)
    facts = {**_facts(shown, one, "name"), "by_one_person": one.most or None}
    return shown.line(sentence, facts, one.quotes, one.only, side=one.side)


def _of_all(found: Changes, shown: Shown, number: Moved) -> str:
    """The share of all items that pass the filters, in both periods."""
    now, before = found.numbers.now.items, found.numbers.before
    total = before.items if before else 0
    of = PASSING if shown.selection.is_filtered else "all items"
    return f" {words.share(number.now, now)} of {of}, {words.share(number.before, total)} before."


def _negative(negative: Negative) -> str:
    """The negative share of a value, in both periods."""
    now, before = words.share(*negative.now), words.share(*negative.before)
    said, interval = words.points(negative.change)
    return f" Negative: {now}, {before} before: {said}{f' ({interval})' if interval else ''}."


def _facts(shown: Shown, one: ValueChange, called: str) -> dict[str, Any]:
    return {
        called: plain(shown.name(one.name)),
        "now": one.items.now,
        "before": one.items.before,
        **moved_facts(one.items),
        "negative_now": one.negative.now[0],
        "rated_now": one.negative.now[1],
        "negative_before": one.negative.before[0],
        "rated_before": one.negative.before[1],
        **{f"negative_share_{name}": value for name, value in share_facts(one.negative.change).items()},
        "negative_share_is": words.points(one.negative.change)[0],
    }


def clusters(found: Changes, shown: Shown) -> Section:
    """The clusters that changed, each called by its most typical message."""
    changed = found.clusters.changed
    lines = tuple(_cluster(found, shown, one) for one in changed[:LISTED])
    about = found.clusters.reason or (
        f"Items of any {_whatever(shown)} that say the same in similar words; people count once. Compared: "
        f"{words.counted(found.clusters.compared, 'cluster')} with at least {FEWEST} people in both periods together."
    )
    if found.clusters.since is not None and found.clusters.reason is None:
        day = shown.snapshot.zone.formatted(found.clusters.since, "%-d %b %Y")
        about += f" The first time means: in what is clustered, which is all items since {day} and older open ones."
    elif found.clusters.reason is None:
        about += _past(shown)
    if not lines and found.clusters.reason is None:
        about = f"None changed clearly. {about}"
    return Section("clusters", "What people say", about, lines)


def _whatever(shown: Shown) -> str:
    """What the filters leave open of items: clusters are never compared by status."""
    return "status" if any(one.sentiment for one in shown.selection.conditions) else "sentiment and status"


def _cluster(found: Changes, shown: Shown, one: ClusterChange) -> Line:
    name = shown.quotes(one.quotes[:1], SHORT)
    said = f"{words.what_happened(one.people, 'person', found.lengths)}. {words.counted(one.items, 'item')}, "
    said += f"{one.items_before:,} before."
    called = "" if shown.mask else f" about {outside(first_line(', '.join(one.words), NAMED))}"
    facts = {"now": one.people.now, "before": one.people.before, **moved_facts(one.people)}
    facts |= {"items_now": one.items, "items_before": one.items_before, "item": one.item}
    facts |= {} if shown.mask else {"words": list(one.words)}
    sentence = f"“{outside(name[0].text) if name else ''}” {said}"
    line = shown.line(sentence, facts, one.quotes, one.only, side=one.side)
    return replace(line, brief=f"A cluster{called} {said}")


def text(found: Changes, shown: Shown) -> Section:
    """The words and phrases that more people use; none where texts are masked."""
    title, said = "New words", found.words
    if said.reason or shown.mask:
        return Section("words", title, said.reason or NO_WORDS)
    lines = tuple(
        shown.line(
            f"“{shown.name(one.word)}” is used by {words.counted(one.people, 'person')} of {said.people:,}, "
            f"{one.people_before:,} of {said.people_before:,} before.",
            {"word": one.word, "now": one.people, "before": one.people_before, "of_now": said.people}
            | {"of_before": said.people_before, **ratio_facts(one.low, one.high)},
            one.quotes,
            one.only,
        )
        for one in said.risen
    )
    about = (
        f"Compared: words and phrases that at least 8 people used, {said.compared:,} in all, each by its share of all "
        "people."
    )
    if said.share < 1:
        about += f" Only the newest {percent(said.share)} of the items of both periods were read; links lead to these."
    return Section("words", title, about if lines else f"No word is clearly more frequent. {about}", lines)


def turned(found: Changes, shown: Shown) -> Section:
    """The people who turned from positive to negative."""
    said = found.turned
    lines = tuple(
        shown.line(
            f"{shown.person(one.user_id)}{shown.in_brackets(one.user_id)} turned: positive on {shown.day(one.before)}, "
            f"negative on {shown.day(one.now)}.",
            {"person": plain(shown.person(one.user_id)), "by": shown.called(one.user_id) or None},
            (one.now, one.before),
            one.only,
            side="always",
        )
        for one in said.listed
    )
    lines = tuple(map(_of_one_person, lines))
    lines, more = lines[:LISTED], lines[LISTED:]
    among = f", of {PASSING}" if shown.selection.is_filtered else ""
    rule = f"Last item with a sentiment before the period positive, last one in it negative{among}."
    people = words.counted(said.people, "person", "" if said.is_complete else "+")
    about = said.reason or f"{people}. {rule}{'' if said.is_complete else ' Older items are still being loaded.'}"
    if len(lines) < said.people:
        about += f" Listed: the {len(lines)} people who turned last."
    title = "Turned from positive to negative"
    return Section("turned", title, about, lines, more=more, summary=f"{title}: {people}." if lines else "")


def _of_one_person(line: Line) -> Line:
    """The line, which says who it is about, without that in its quotes."""
    return replace(line, quotes=tuple(replace(quote, by="") for quote in line.quotes))


def waiting(found: Changes, shown: Shown) -> Section:
    """The open negative items that wait longest."""
    said = found.waiting
    lines = tuple(_waiting(shown, place) for place in said.oldest)
    title, count = "Waiting longest", f"{words.counted(said.items, 'open negative item')} of all days"
    about = said.reason or f"{count}; the oldest first."
    return Section("waiting", title, about, lines, summary=f"Waiting for an answer: {count}." if lines else "")


def _waiting(shown: Shown, place: int) -> Line:
    row = shown.snapshot.frame.iloc[place]
    (quote,) = shown.quotes((place,), SHORT)
    facts = {"item": row["id"], "created_at": row["created_at"].isoformat(), "by": quote.by or None}
    sentence = f"“{outside(quote.text)}”{shown.in_brackets(row['user_id'])} has been open since {shown.day(place)}."
    rest = (place,) if quote.text.endswith("…") else ()
    return _of_one_person(shown.line(sentence, facts, rest, item=row["id"], side="always"))


def resolved(found: Changes) -> Section:
    """What was seen resolved, and how long that took, as bounds."""
    lines = tuple(_resolved(found))
    about = RESOLVED if lines else f"None seen in this period. {RESOLVED}"
    return Section("resolved", "Resolved", found.resolved.reason or about, lines)


RESOLVED: Final = (
    "As far as this copy saw: Loop does not report when an item is resolved, so it was at some time between two looks. "
    "Items that were never seen open are not counted. Not compared, for the same reason."
)


def _resolved(found: Changes) -> Iterator[Line]:
    said = found.resolved
    if said.items:
        facts = {"items": said.items, "surely_within": said.sure}
        sentence = f"{words.counted(said.items, 'item')} first seen resolved in this period, {said.sure:,} of them"
        yield Line(f"{sentence} surely resolved within it.", facts)
    if said.least is not None and said.most is not None:
        limits = {"median_seconds_at_least": round(said.least), "median_seconds_at_most": round(said.most)}
        least, most = words.span(said.least), words.span(said.most)
        yield Line(f"Median time to resolution: between {least} and {most}.", limits)
    if said.maybe:
        sentence = (
            f"{words.counted(said.maybe, 'item')} may have been resolved in this period: last seen open before it"
        )
        yield Line(f"{sentence} ended, first seen resolved after it.", {"maybe_within": said.maybe})
