"""From bytes to what a file says: container, text, format, columns, rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from loop_client.service.formats.decoding import Text, is_blank
from loop_client.service.formats.description import Plan, Sample
from loop_client.service.formats.engine import Engine
from loop_client.service.formats.errors import ImportRefusedError
from loop_client.service.formats.headers import Header
from loop_client.service.formats.own import is_share_safe
from loop_client.service.formats.ratings import Ratings
from loop_client.service.formats.recognition import recognised_text
from loop_client.service.formats.sources import Source, source_of
from loop_client.service.formats.table import MOST_COLUMNS

if TYPE_CHECKING:
    from loop_client.service.formats.description import Group
    from loop_client.service.formats.engine import Outcome
    from loop_client.service.formats.options import ImportOptions

LARGEST: Final = 25 << 20
"""Bytes of a file."""

SAMPLED: Final = 2_000
"""Rows that are looked at to choose columns by their content."""

FEWEST: Final = 20
SAMPLED_CELLS: Final = 200_000
"""Cells of these rows: of wide tables fewer rows are looked at, but not fewer than `FEWEST`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One table, read. `plan`: the columns that were used."""

    source: Source
    sample: Sample
    plan: Plan
    outcome: Outcome
    ratings: Ratings


def read_bytes(name: str, data: bytes, options: ImportOptions) -> Reading:
    """Read a file. `name`: with its folder, where it has one.

    Raises:
        ImportRefusedError: The file is too large, damaged, hostile or of no kind that can be read.
    """
    if len(data) > LARGEST:
        raise ImportRefusedError(
            f"The file has {len(data) / 1e6:,.0f} MB; at most {LARGEST / 2**20:.0f} MB can be read."
        )
    if is_blank(data):
        raise ImportRefusedError("The file is empty.")
    return read_table(source_of(name, data, options), options)


def read_pasted(pasted: str, options: ImportOptions) -> Reading:
    """Read rows that were copied from a spreadsheet: separated by tabs, with quotes only around line breaks.

    Raises:
        ImportRefusedError: The text is too large, or of no kind that can be read.
    """
    text = Text(pasted.encode("utf-8", "replace"), "utf-8")
    if len(text.data) > LARGEST:
        raise ImportRefusedError(f"The text is too large; at most {LARGEST / 2**20:.0f} MB can be read.")
    if not pasted.strip():
        raise ImportRefusedError("The text is empty.")
    return read_table(Source(recognised_text(text, options.format, pasted=True), text), options)


def read_table(source: Source, options: ImportOptions) -> Reading:
    """Read the records of a table.

    Raises:
        ImportRefusedError: It has too many rows or columns, no such column, or must not be imported.
    """
    found, form = source.found, source.found.form
    records = found.records()
    head = list(islice(records, form.headers))
    if not head:
        raise ImportRefusedError("The file has no rows.")
    if max(map(len, head)) > MOST_COLUMNS:
        raise ImportRefusedError(f"The file has more than {MOST_COLUMNS:,} columns.")
    if form.unguard:
        head = [[form.unguard(cell) for cell in record] for record in head]
    header = Header.of(head, form.fold)
    if form.arrange:
        header = Header.of(form.arrange(header.records), form.fold)
    first = list(islice(records, max(FEWEST, min(SAMPLED, SAMPLED_CELLS // len(header)))))
    sample = Sample(header, first)
    own = form.choose(sample) if form.choose else form.plan(header)
    plan = mapped(own, header, options)
    if form.row_source and "user_id" not in options.columns:
        refuse_aliases("\n".join([found.about, *header.names, *(first[0] if first else [])]))
    user_id = options.user_id or source.user_id
    constant = form.source if options.source is None else options.source
    engine = Engine(form, header, plan, constant, user_id)
    outcome = engine.read(chain(first, records))
    return Reading(source, sample, plan, outcome, Ratings.of(form, sample, plan, outcome, options))


def refuse_aliases(about: str) -> None:
    """Refuse a share-safe export, unless somebody said which column holds the people.

    Raises:
        ImportRefusedError: Its description says that it is share-safe.
    """
    if is_share_safe(about):
        raise ImportRefusedError(
            "The export is share-safe: its people are aliases, and an import would make up users. Export it without "
            "share-safe, or map user_id to a column by hand to import the aliases."
        )


def mapped(plan: Plan, header: Header, options: ImportOptions) -> Plan:
    """The plan with the columns that somebody chose instead of the format's own.

    Raises:
        ImportRefusedError: There is no such column.
    """
    for name, columns in options.columns.items():
        groups = tuple(_chosen(header, column) for column in columns)
        if name == "sentiment":
            plan = replace(plan, rating=tuple((group, None) for group in groups))
        else:
            plan = replace(plan, **{name: groups})  # type: ignore[arg-type] # a field of groups
    return plan


def _chosen(header: Header, column: str) -> Group:
    positions = header.positions(column)
    if not positions:
        raise ImportRefusedError(f"There is no column {column!r}. The columns: {shown_columns(header)}.")
    return positions


def shown_columns(header: Header) -> str:
    """The names of the first columns."""
    labels = header.labels()
    return ", ".join(map(repr, labels[:30])) + (f" and {len(labels) - 30:,} others" if len(labels) > 30 else "")
