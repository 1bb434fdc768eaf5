"""The command `export`: writes feedback to a file."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, Final

from loop_client import LoopError
from loop_client.cli.account import NoKeyError, mirror, storage
from loop_client.query import (
    ABSENT,
    COLUMN_OF,
    DIMENSIONS,
    DOCUMENTED,
    Filters,
    Name,
    current_name,
    filters_by_name,
    matching_names,
    named,
    selected,
    shortened,
)
from loop_client.query.folding import folded
from loop_client.report import About, Export, coverage_sentence, ordered, urgency
from loop_client.report.clusters import Clustered
from loop_client.report.column_masks import Mask
from loop_client.report.export import HIDDEN, MOST_ROWS, Items, file_name
from loop_client.report.masking import People
from loop_client.service import SandboxError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping, Sequence

    from loop_client.mirror import Snapshot
    from loop_client.query import Query


ORDERS: Final = ("newest", "oldest", "urgent")
"""Orders of the items in a file."""


def export(options: argparse.Namespace) -> int:
    """Update the mirror and export the selected items; while a dashboard syncs the mirror, only read it."""
    names: dict[str, Any] = {name: tuple(getattr(options, name)) for name in DIMENSIONS}
    filters = Filters(**names, since=options.since, until=options.until, text=options.text)
    try:
        zone = options.time_zone
        with storage(options.data_dir) as kept, mirror(kept, zone, "export", sandbox=options.sandbox) as opened:
            opened.sync()
            snapshot = opened.snapshot()
        values, query = filters.selecting(snapshot.aliases)
        if snapshot.coverage.complete and (unknown := unknown_values(snapshot, values)):
            print("\n".join(unknown), file=sys.stderr)
            return 2
        positions, ranks, clustered = filters.rows(snapshot), None, None
        if options.sort == "urgent":
            clustered = Clustered.of(snapshot.frame)
            hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)  # as on the page
            positions, ranks = ordered(urgency(snapshot.frame, clustered.codes, hour, clustered.since), positions)
        elif options.sort == "oldest":
            positions = positions[::-1]
        people = snapshot.frame["user_id"].unique() if options.share_safe else ()
        mask = Mask(People.of(people), secrets.token_bytes(32)) if options.share_safe else None
        covered = coverage_sentence(snapshot, opened.state().checked_at)
        about = About(
            described(replace(filters, tag=values[Name.TAG]), mask), "", covered, zone.name, sample=options.sandbox
        )
        pieces = Export(Items(snapshot.frame, positions, zone, ranks, clustered, mask), about).pieces(options.format)
        if options.output is None:
            sys.stdout.buffer.writelines(pieces)
            sys.stdout.flush()
        else:
            what = " ".join([*options.status, *options.sentiment])
            name = file_name(what, options.format, about, about.made_at, share_safe=options.share_safe)
            write(pieces, options.output / name if options.output.is_dir() else options.output)
    except NoKeyError as error:
        print(error, file=sys.stderr)
        return 2
    except (LoopError, SandboxError) as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, RuntimeError) as error:  # a loop of symbolic links is a RuntimeError
        print(f"The export cannot be written: {getattr(error, 'strerror', None) or error}.", file=sys.stderr)
        return 1
    if options.format == "csv" and len(positions) >= MOST_ROWS:
        print(f"Spreadsheets show the first {MOST_ROWS:,} rows of the file.", file=sys.stderr)
    print(*without_items(snapshot, values, query), f"{len(positions):,} of {about.coverage}", sep="\n", file=sys.stderr)
    return 0


def write(pieces: Iterable[bytes], path: Path) -> None:
    """Write to a temporary name first, so that the file appears complete; devices and pipes are written directly."""
    if (path.exists() and not path.is_file()) or path.parts[:2] in {("/", "dev"), ("/", "proc")}:
        with path.open("ab") as pipe:
            pipe.writelines(pieces)
        return
    path = path.resolve()  # keep a symbolic link
    with NamedTemporaryFile(dir=path.parent, prefix=".loop-export-", delete=False) as file:
        part = Path(file.name)
        try:
            file.writelines(pieces)
            file.flush()
            part.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _umask() -> int:
    """The process's file mode mask."""
    os.umask(mask := os.umask(0o077))
    return mask


def described(filters: Filters, mask: Mask | None) -> dict[str, Any]:
    """Parameter → values of the filters that are set; masked when share-safe."""

    def shown(name: str, value: str) -> str:
        if mask is None:
            return value
        if name == Name.TEXT:
            return HIDDEN
        return mask.person(value) if name == Name.USER else mask.name(value)

    return filters_by_name(filters, shown)


def unknown_values(snapshot: Snapshot, values: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each requested status and sentiment that does not exist."""
    sentences = []
    for name, usual in DOCUMENTED.items():
        known = dict.fromkeys([*usual, *snapshot.frame[name].cat.categories, ABSENT[name]])
        options = ", ".join(shlex.quote(one) for one in known if one.isprintable())
        unknown = (value for value in values[name] if not matching_names([current_name(name, value)], known))
        sentences += [f"--{name} {value!r} is not known: {options}." for value in unknown]
    return sentences


def without_items(snapshot: Snapshot, values: Mapping[str, Sequence[str]], query: Query) -> list[str]:
    """A sentence for each requested tag, source and person that no item has, with similar names.

    Empty while older items are still being loaded.
    """
    sentences = []
    for name in (Name.TAG, Name.SOURCE, Name.USER) if snapshot.coverage.complete else ():
        column = COLUMN_OF[name]
        searched = (term.text for term in query.terms if term.field == name and term.wanted)
        requested = dict.fromkeys([*values[column], *searched])
        for value in (one for one in requested if not len(selected(snapshot.frame, {column: (one,)}))):
            known = snapshot.frame[column].dropna().unique()
            found = [one for one in known if folded(one) == folded(value) and one.isprintable()]
            alike = sorted(shortened(one) if name == Name.USER else named(name, one) for one in found)[:3]
            hint = f" There is {' and '.join(map(repr, alike))}." if alike else ""
            sentences.append(f"No item has the {'person' if name == Name.USER else name} {value!r}.{hint}")
    return sentences
