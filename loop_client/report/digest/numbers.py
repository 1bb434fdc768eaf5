"""The numbers of both periods in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from loop_client.report.changes import CHANGED
from loop_client.report.digest import words
from loop_client.report.digest.facts import moved_facts, share_facts
from loop_client.report.digest.lines import Line, Number, Section, Shown

if TYPE_CHECKING:
    from loop_client.report.changes import Changes, Counted, Moved

BY_STATUS: Final = "not compared, as older items had longer to be resolved"
UNEQUAL: Final = "not compared, as the periods differ in length"

NAMES: Final = ("items", "people", "negative share", "open negative")
"""What the numbers are called in JSON, in order."""


def numbers_of(found: Changes) -> tuple[Number, ...]:
    """The numbers of both periods in words; items are those a day where the periods differ in length."""
    now, before, plus = found.numbers.now, found.numbers.before, "" if found.is_complete else "+"
    items = Number("Items", f"{now.items:,}{plus}", "" if before is None else f"{before.items:,}")
    people = Number("People", f"{now.people:,}{plus}", "" if before is None else f"{before.people:,}")
    if found.lengths and before is not None:
        days, days_before = found.lengths
        items = Number("Items a day", f"{now.items / days:,.1f}", f"{before.items / days_before:,.1f}")
    so_far = "" if found.is_complete else " so far"
    share = Number(f"Negative share{so_far}", words.share(now.negative, now.rated))
    if before is not None and (change := found.numbers.share) is not None:
        said, interval = words.points(change)
        share = replace(share, before=words.share(before.negative, before.rated), change=said, interval=interval)
        if change.reason is None:
            share = replace(share, meaning=change.meaning, difference=change.difference or 0.0)
    opened = Number("Open negative", f"{now.open_negative:,}{plus}", change=BY_STATUS if before else "")
    return _moved(items, found.numbers.items, found), _moved(people, found.numbers.people, found), share, opened


def _moved(number: Number, change: Moved | None, found: Changes) -> Number:
    """A count with what happened to it, or with why that is not known."""
    if change is None:
        return replace(number, change=UNEQUAL if number.before else "")
    if change.kind not in CHANGED:
        return replace(number, change=words.verdict(change))
    interval, difference = words.times(change, found.lengths), change.relative or 0.0
    return replace(number, change=words.verdict(change), interval=interval, difference=difference)


def numbers(found: Changes, shown: Shown) -> Section:
    """The numbers of both periods."""
    now, before = found.numbers.now, found.numbers.before
    facts = []
    for name in ("items", "people"):
        earlier, change = before and getattr(before, name), getattr(found.numbers, name)
        facts.append({"now": getattr(now, name), "before": earlier, **(moved_facts(change) if change else {})})
    facts.append({"now": _part(now), "before": before and _part(before), **share_facts(found.numbers.share)})
    facts.append({"now": now.open_negative})
    lines = [
        Line(number.sentence, {"name": name, **fact})
        for name, number, fact in zip(NAMES, numbers_of(found), facts, strict=True)
    ]
    since, zone = shown.snapshot.coverage.since, shown.snapshot.zone
    is_partly = not found.is_complete and since is not None
    covered = f" Loaded so far: back to {zone.formatted(since, '%-d %b %Y')}." if is_partly and since else ""
    return Section("numbers", "In numbers", f"{words.said_of(found)}{covered}", tuple(lines))


def _part(one: Counted) -> dict[str, int]:
    return {"negative": one.negative, "rated": one.rated}
