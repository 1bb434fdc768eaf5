"""The numbers of both periods in words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from loop_client.report.changes import CHANGED
from loop_client.report.digest import words
from loop_client.report.digest.facts import moved_facts, share_facts
from loop_client.report.digest.lines import Line, Number, Section, Shown

if TYPE_CHECKING:
    from loop_client.report.changes import Changes, Counted

NAMES: Final = ("items", "people", "negative share", "open negative")
"""What the numbers are called in JSON, in order."""

BY_STATUS: Final = "not compared, as older items had longer to be resolved"
UNEQUAL: Final = "not compared, as the periods differ in length"


def numbers_of(found: Changes) -> tuple[Number, ...]:
    """The numbers of both periods in words."""
    now, before, plus = found.numbers.now, found.numbers.before, "" if found.is_complete else "+"
    told = []
    for label, count, earlier, change in (
        ("Items", now.items, before and before.items, found.numbers.items),
        ("People", now.people, before and before.people, found.numbers.people),
    ):
        number = Number(label, f"{count:,}{plus}")
        if earlier is not None:
            number = replace(number, before=f"{earlier:,}", change=UNEQUAL)
        if change is not None:
            said, difference = words.verdict(change), (change.relative or 0.0) * (change.kind in CHANGED)
            interval = words.times(change, found.lengths) if change.kind in CHANGED else ""
            number = replace(number, change=said, interval=interval, difference=difference)
        told.append(number)
    number, share = (
        Number(
            "Negative share" if found.is_complete else "Negative share so far", words.share(now.negative, now.rated)
        ),
        found.numbers.share,
    )
    if before is not None and share is not None:
        said, interval = words.points(share)
        number = replace(number, before=words.share(before.negative, before.rated), change=said, interval=interval)
        if share.reason is None:
            number = replace(number, meaning=share.meaning, difference=share.difference or 0.0)
    return (*told, number, Number("Open negative", f"{now.open_negative:,}{plus}", change=BY_STATUS if before else ""))


def numbers(found: Changes, shown: Shown) -> Section:
    """The numbers of both periods."""
    now, before = found.numbers.now, found.numbers.before
    facts = []
    for name in ("items", "people"):
        earlier, change = before and getattr(before, name), getattr(found.numbers, name)
        facts.append({"now": getattr(now, name), "before": earlier, **(moved_facts(change) if change else {})})
    facts.append({"now": _part(now), "before": before and _part(before), **share_facts(found.numbers.share)})
    facts.append({"now": now.open_negative})
    told = numbers_of(found)
    lines = [
        Line(number.sentence, {"name": name, **fact}) for name, number, fact in zip(NAMES, told, facts, strict=True)
    ]
    since, zone = shown.snapshot.coverage.since, shown.snapshot.zone
    is_partly = not found.is_complete and since is not None
    covered = f" Loaded so far: back to {zone.formatted(since, '%-d %b %Y')}." if is_partly and since else ""
    return Section("numbers", "In numbers", f"{words.said_of(found)}{covered}", tuple(lines))


def _part(one: Counted) -> dict[str, int]:
    return {"negative": one.negative, "rated": one.rated}
