"""Files of other tools → a dry run: which items they would become, which rows are left out, and what is lost.

Reads bytes, sends nothing. What is sent later is `DryRun.drafts`.

    run = read_file("reviews.csv", data)
    run.format, len(run.items), run.skipped, run.notes
    run = read_file("reviews.csv", data, ImportOptions(columns={"tag": ("Device",)}, ratings={"4": "neutral"}))
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, overload

from loop_client.service.drafts import Draft
from loop_client.service.formats import notes
from loop_client.service.formats.description import FIELDS
from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.generic import GENERIC
from loop_client.service.formats.json_list import SEPARATOR
from loop_client.service.formats.options import ImportOptions
from loop_client.service.formats.reading import LARGEST, read_bytes
from loop_client.service.formats.reading import read_pasted as _read_pasted
from loop_client.service.formats.recognition import FORMATS
from loop_client.service.formats.scales import SCALES
from loop_client.service.formats.suggestions import suggested

if TYPE_CHECKING:
    from collections.abc import Mapping

    from loop_client.service.formats.reading import Reading

EXAMPLES: Final = 3
"""Values of a column that are shown where columns are chosen."""


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One row that becomes an item.

    `row`: data records from 1, skipped ones counted. `other_tags`: left out, because
    Loop has one. `stands_in`: the user id is the response's, or typed in, because nothing names the person.
    """

    row: int
    draft: Draft
    other_tags: tuple[str, ...] = ()
    stands_in: bool = False


class ImportItems(Sequence[ImportItem]):
    """The items of a dry run, in the order of the file; made from columns as they are asked for."""

    __slots__ = ("_outcome", "_sentiments")

    def __init__(self, reading: Reading) -> None:
        """Take the columns of a reading, which nobody changes any more."""
        self._outcome, self._sentiments = reading.outcome, reading.ratings.sentiments

    def __len__(self) -> int:
        """The number of items."""
        return len(self._outcome.rows)

    @overload
    def __getitem__(self, place: int) -> ImportItem: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[ImportItem]: ...
    def __getitem__(self, place: int | slice) -> ImportItem | Sequence[ImportItem]:
        """One item, or a list of them."""
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        columns = self._outcome
        row, rating = columns.rows[place], columns.ratings[place]
        draft = Draft(
            columns.user_ids[place],
            columns.messages[place],
            self._sentiments.get(rating) if rating else None,
            columns.sources[place],
            columns.tags[place],
        )
        return ImportItem(row, draft, columns.more_tags.get(row, ()), row in columns.stand_ins)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be chosen.

    `label`: its name as shown, which `ImportOptions.columns` takes as well; "Labels
    (2 of 3)" where a name repeats. `examples`: a few different values.
    """

    label: str
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RatingUse:
    """A value of a rating column.

    `sentiment`: what it becomes; None for none. `is_known`: whether the scale, or
    somebody by hand, says so. `count`: rows that have it, skipped ones too.
    """

    value: str
    sentiment: str | None
    is_known: bool
    count: int


@dataclass(frozen=True, slots=True)
class UsedMapping:
    """What was used.

    `columns`: field of `FIELDS` → labels of columns, in the order in which they count; fields
    without a column are absent. `scale`: of the sentiment; None where none is certain or there is no rating.
    `ratings`: all values, most frequent first.
    """

    columns: Mapping[str, tuple[str, ...]]
    scale: str | None
    ratings: tuple[RatingUse, ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import of one file would do. Nothing of it has been sent.

    `name`: of the file. `digest`: SHA-256 of its bytes, in hex. `format`: one of `FORMATS`. `encoding`: None where the
    file is no text; `is_guess`: nothing in the file says that it is this one, and `preview` has a line to judge it by.
    `skipped`: row → reason. `notes`: sentences, for people. `columns`: all that can be chosen. `header_key`: the same
    for all files of this header, to remember a mapping by. `years`: year of the dates that are lost → items.
    `item_ids`: row → the item's id in Loop, in our own exports. `is_whole`: false where the file says that there is
    more than it holds, or ends too early.
    """

    name: str
    digest: str
    format: str
    source: str
    encoding: str | None
    is_guess: bool
    preview: str
    items: Sequence[ImportItem]
    skipped: Mapping[int, str]
    notes: tuple[str, ...]
    mapping: UsedMapping
    columns: tuple[Column, ...]
    header_key: str
    years: Mapping[int, int] = field(default_factory=dict)
    item_ids: Mapping[int, str] = field(default_factory=dict)
    is_whole: bool = True

    def drafts(self) -> dict[int, Draft]:
        """Row → the draft of its item, in the order of the file."""
        return {item.row: item.draft for item in self.items}

    def suggestions(self) -> dict[str, tuple[str, ...]]:
        """Field → a column that looks like it by its name; nothing where the format says which column is which."""
        return suggested(column.label for column in self.columns) if self.format == GENERIC.name else {}

    def as_json(self) -> dict[str, Any]:
        """The dry run for other programs: format, items, skipped rows and notes."""
        return {
            "format": self.format,
            "items": [_item_as_json(item) for item in self.items],
            "skipped": [{"row": row, "reason": reason} for row, reason in self.skipped.items()],
            "notes": list(self.notes),
        }


def _item_as_json(item: ImportItem) -> dict[str, Any]:
    draft = item.draft
    return {
        "row": item.row,
        "user_id": draft.user_id,
        "message": draft.message,
        "sentiment": draft.sentiment,
        "source": draft.source,
        "tag": draft.tag,
        "other_tags": list(item.other_tags),
    }


def read_file(name: str, data: bytes, options: ImportOptions | None = None) -> DryRun:
    """The dry run of one file. `name`: the file's, with its folder where it has one: some formats name the user there.

    Raises:
        ImportRefusedError: The file is too large, damaged, hostile, share-safe or of no kind that can be read, or a
            choice does not fit it. The text says which, and what would help.
    """
    return _dry_run(name, data, read_bytes(name, data, options or ImportOptions()))


def read_pasted(text: str, options: ImportOptions | None = None) -> DryRun:
    """The dry run of rows that were copied from a spreadsheet, with their header.

    Raises:
        ImportRefusedError: As in `read_file`.
    """
    return _dry_run("pasted rows", text.encode("utf-8", "replace"), _read_pasted(text, options or ImportOptions()))


def _dry_run(name: str, data: bytes, reading: Reading) -> DryRun:
    header, outcome, text = reading.sample.header, reading.outcome, reading.source.text
    labels = header.labels()
    keys = "\0".join(header.fold(cell) for record in header.records for cell in record)
    return DryRun(
        name=name.rpartition("/")[2],
        digest=hashlib.sha256(data).hexdigest(),
        format=reading.source.found.form.name,
        source=reading.source.found.form.source,
        encoding=text.encoding if text else None,
        is_guess=bool(text and text.is_guess),
        preview=text.preview() if text and text.is_guess else "",
        items=ImportItems(reading),
        skipped=outcome.skipped,
        notes=tuple(notes.sentences(reading)),
        mapping=_used(reading, labels),
        columns=tuple(Column(label, _examples(reading, at)) for at, label in enumerate(labels)),
        header_key=hashlib.sha256(keys.encode("utf-8", "replace")).hexdigest(),
        years=dict(sorted(outcome.years.items())),
        item_ids=outcome.item_ids,
        is_whole=notes.is_whole(reading),
    )


def _examples(reading: Reading, position: int) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for row in reading.sample.rows[:50]:
        if len(found) < EXAMPLES and position < len(row) and (value := row[position].replace(SEPARATOR, ", ").strip()):
            found[value[:100]] = None
    return tuple(found)


def _used(reading: Reading, labels: Sequence[str]) -> UsedMapping:
    plan, ratings, outcome = reading.plan, reading.ratings, reading.outcome
    groups = {name: getattr(plan, name) for name in ("user_id", "message", "tag", "source")}
    groups["sentiment"] = tuple(group for group, _ in plan.rating)
    columns = {
        name: tuple(dict.fromkeys(labels[at] for group in groups[name] for at in group))
        for name in FIELDS
        if groups[name]
    }
    used = [
        RatingUse(outcome.shown[key], ratings.sentiments.get(key), key in ratings.sentiments, count)
        for key, count in outcome.seen.most_common()
    ]
    return UsedMapping(columns, next((scale for scale in ratings.scales if scale), None), tuple(used))


__all__ = [
    "FIELDS",
    "FORMATS",
    "LARGEST",
    "SCALES",
    "Column",
    "DryRun",
    "ImportItem",
    "ImportItems",
    "ImportOptions",
    "ImportRefusedError",
    "RatingUse",
    "UsedMapping",
    "read_file",
    "read_pasted",
]
