"""What the dry run says beside its rows: what is lost, doubtful, missing or unusual, as sentences."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.scales import NO_RATING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from loop_client.service.formats.reading import Reading

LISTED: Final = 10
"""Rows that a sentence names."""

_SHORTENED: Final = re.compile(r"\d(?:[.,]\d+)?E\+\d+", re.IGNORECASE)


def sentences(reading: Reading) -> Iterator[str]:
    """Yield the notes of a reading, the most important first."""
    yield from _of_the_file(reading)
    yield from reading.source.found.form.notes
    yield from _of_ratings(reading)
    yield from _of_rows(reading)
    yield from _of_losses(reading)


def is_whole(reading: Reading) -> bool:
    """Whether the file holds all that it should."""
    outcome = reading.outcome
    if reading.source.found.missing:
        return False
    return not outcome.is_torn and (outcome.has_footer or not reading.source.found.form.footer)


def rows_named(rows: Sequence[int]) -> str:
    """Some rows, as the beginning of a sentence."""
    named = ", ".join(f"{row:,}" for row in rows[:LISTED])
    more = f" and {len(rows) - LISTED:,} others" if len(rows) > LISTED else ""
    return f"Row {named}" if len(rows) == 1 else f"Rows {named}{more}"


def _count(number: int, what: str = "row") -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def _of_the_file(reading: Reading) -> Iterator[str]:
    text, outcome = reading.source.text, reading.outcome
    if outcome.is_torn:
        yield "The file is not whole: it ends inside a cell. Export it again."
    elif reading.source.found.form.footer and not outcome.has_footer:
        yield "The file is not whole: its last row, the footer, is missing. Export it again."
    if reading.source.note:
        yield reading.source.note
    if reading.source.found.missing:
        yield reading.source.found.missing
    if text and text.is_guess:
        yield "The file is not UTF-8. It was read as Windows-1252; choose another encoding if letters look wrong."
    if not reading.plan.message:
        yield "No column holds the message. Choose one."
    if not reading.plan.user_id and not outcome.user_ids:
        yield "No column names the people. Choose one, or name a person for all rows."


def _of_ratings(reading: Reading) -> Iterator[str]:
    ratings, outcome = reading.ratings, reading.outcome
    labels = reading.sample.header.labels()
    for place in ratings.unsure:
        label = labels[reading.plan.rating[place][0][0]]
        yield f"The scale of “{label}” is not certain, so it sets no sentiment. Choose a scale, or rate its values."
    for key, count in outcome.seen.most_common():
        if key not in ratings.sentiments and key[0] not in ratings.unsure and key[2] not in NO_RATING:
            yield f"“{outcome.shown[key][:50]}” is not on the scale: {_count(count)} without a sentiment."


def _of_rows(reading: Reading) -> Iterator[str]:
    outcome = reading.outcome
    wide = [row for row, reason in outcome.skipped.items() if reason.startswith("wide")]
    if wide:
        yield f"{rows_named(wide)}: more cells than the header, so it is not certain which is which. Left out."
    if outcome.narrow:
        yield f"{rows_named(outcome.narrow)}: fewer cells than the header. The missing ones are read as empty."
    if outcome.unfinished:
        yield f"{rows_named(outcome.unfinished)}: not finished, and kept because there is a text."
    if any(_SHORTENED.fullmatch(user_id.rpartition(":")[2]) for user_id in set(outcome.user_ids)):
        yield "Some ids of people look like 1.18E+11: a spreadsheet has shortened them. Export the file again."
    if outcome.more_tags:
        left = Counter(tag for tags in outcome.more_tags.values() for tag in tags)
        named = ", ".join(f"“{tag[:50]}” ({count:,})" for tag, count in left.most_common(LISTED))
        yield f"{_count(len(outcome.more_tags))} had more than one tag, and an item has one. Left out: {named}."
    if outcome.stand_ins and any(user_id for user_id in outcome.user_ids):
        yield f"{_count(len(outcome.stand_ins))} without a person: another id stands in."
    without = sum(reason == "no user id" for reason in outcome.skipped.values())
    if without:
        yield f"{_count(without)} without a person. Name one for all of them to import these, too."


def _of_losses(reading: Reading) -> Iterator[str]:
    outcome = reading.outcome
    if outcome.item_ids:
        yield f"{_count(len(outcome.item_ids))} with an id of Loop: those that Loop still has would be there twice."
    if outcome.resolved:
        yield f"{_count(outcome.resolved)} resolved, which an import cannot repeat: the new items will be open."
    if outcome.years:
        named = " and ".join(f"{_count(count)} from {year}" for year, count in sorted(outcome.years.items()))
        yield f"{named} will be dated today: an import cannot set dates."
    elif outcome.rows:
        yield "All items will be dated today: an import cannot set dates."
