"""The command `import`: reads files of other tools, and sends their rows or shows what they would become."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from loop_client.cli.import_sending import send
from loop_client.cli.outbox import printable
from loop_client.cli.sending import ALL_STORED, NOTHING_SENT, SOME_NOT, InterruptedSendingError
from loop_client.query import SENTIMENTS
from loop_client.query.text import item_count, row_count
from loop_client.service.importer import FIELDS, FORMATS, SCALES, ImportOptions, ImportRefusedError, read_file

if TYPE_CHECKING:
    from loop_client.service.importer import DryRun

FIRST_ITEMS: Final = 5
"""Items that a dry run shows."""


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a file, or a zip of one")
    command.add_argument("--format", choices=FORMATS, help="the format, instead of recognising it")
    command.add_argument(
        "--map",
        action="append",
        default=[],
        type=mapping,
        metavar="FIELD=COLUMN",
        help=f"take {', '.join(FIELDS)} from this column; repeatable",
    )
    command.add_argument("--scale", choices=SCALES, help="the scale of the rating column")
    command.add_argument(
        "--rating",
        action="append",
        default=[],
        type=rating,
        metavar="VALUE=SENTIMENT",
        help=f"what a value of the rating column means: {', '.join(SENTIMENTS)}, or nothing; repeatable",
    )
    command.add_argument("--user-id", metavar="TEXT", help="the user id of rows that nothing else names")
    command.add_argument("--source", metavar="TEXT", help="the source of the items, instead of the format's")
    command.add_argument("--encoding", metavar="NAME", help="the encoding of the file, such as cp1252")
    command.add_argument("--sandbox", action="store_true", help="send to the sandbox, even if there is a key")
    command.add_argument("--dry-run", action="store_true", help="only show what would be sent")
    command.add_argument("--json", action="store_true", help="the dry run as JSON, with all texts to the letter")
    command.set_defaults(run=import_files)


def mapping(written: str) -> tuple[str, str]:
    """Parse a field and its column, split at the first "="."""
    name, equals, column = written.partition("=")
    if name not in FIELDS or not equals or not column.strip():
        raise argparse.ArgumentTypeError(f"{written!r} is no FIELD=COLUMN. The fields: {', '.join(FIELDS)}")
    return name, column


def rating(written: str) -> tuple[str, str]:
    """Parse a value and its sentiment, split at the last "="."""
    value, equals, sentiment = written.rpartition("=")
    if not equals or not value.strip() or sentiment not in {*SENTIMENTS, ""}:
        raise argparse.ArgumentTypeError(f"{written!r} is no VALUE=SENTIMENT. Sentiments: {', '.join(SENTIMENTS)}")
    return value, sentiment


def import_files(options: argparse.Namespace) -> int:
    """Send the rows of each file, or with --dry-run, print what they would become.

    0 all rows are stored, or printed; 1 some are not stored; 2 nothing is sent, or a file of a dry run cannot be read.
    """
    if options.json and not options.dry_run:
        print("--json shows a dry run: add --dry-run.", file=sys.stderr)
        return NOTHING_SENT
    codes, chosen = list[int](), chosen_options(options)
    try:
        for path in options.files:
            codes.append(import_file(path, chosen, options))
    except InterruptedSendingError as error:
        print(error, file=sys.stderr)
        codes.append(error.code)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        codes.append(NOTHING_SENT)
    except OSError as error:
        print(f"The dry run cannot be written: {error.strerror or error}.", file=sys.stderr)
        return NOTHING_SENT
    if options.dry_run:
        return max(codes)
    return codes[0] if len({*codes}) == 1 else SOME_NOT


def import_file(path: Path, chosen: ImportOptions, options: argparse.Namespace) -> int:
    """Send the rows of one file, or print them; the exit code."""
    try:
        run = read_file("/".join(path.resolve().parts[-2:]), path.read_bytes(), chosen)
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}.", file=sys.stderr)
        return NOTHING_SENT
    except ImportRefusedError as error:
        print(f"{path}: {printable(str(error), 2_000)}", file=sys.stderr)
        return NOTHING_SENT
    return show(run, as_json=options.json) if options.dry_run else sent(run, options)


def show(run: DryRun, *, as_json: bool) -> int:
    """Print a dry run."""
    print(json.dumps(run.as_json(), ensure_ascii=False) if as_json else "\n".join(lines(run)))
    return ALL_STORED


def sent(run: DryRun, options: argparse.Namespace) -> int:
    """Send the rows of a file; the exit code."""
    print("\n".join(lines(run)), file=sys.stderr)
    drafts = {item.row: item.draft for item in run.items}
    return send(options, run.name, run.digest, drafts, run.skipped)


def chosen_options(options: argparse.Namespace) -> ImportOptions:
    """The choices on the command line."""
    columns: dict[str, tuple[str, ...]] = {}
    for name, column in options.map:
        columns[name] = (*columns.get(name, ()), column)
    return ImportOptions(
        format=options.format,
        columns=columns,
        scale=options.scale,
        ratings=dict(options.rating),
        user_id=options.user_id,
        source=options.source,
        encoding=options.encoding,
    )


def lines(run: DryRun) -> list[str]:
    """A dry run for people, on lines that no text can break, colour or reorder."""
    shown = [f"{printable(run.name)}: {run.format}, {item_count(len(run.items))}, {len(run.skipped):,} skipped"]
    for name, columns in run.mapping.columns.items():
        scale = f" ({run.mapping.scale or 'scale not certain'})" if name == "sentiment" else ""
        shown.append(f"  {name}: {', '.join(printable(column) for column in columns)}{scale}")
    for item in run.items[:FIRST_ITEMS]:
        draft = item.draft
        facts = " · ".join(printable(fact, 40) for fact in (draft.user_id, draft.sentiment, draft.tag) if fact)
        shown.append(f"  row {item.row:,}  {facts}: {printable(draft.message)}")
    reasons = Counter(run.skipped.values())
    shown += [f"  skipped: {row_count(number)}, {reason}" for reason, number in reasons.most_common()]
    return [*shown, *(f"  {printable(note, 500)}" for note in run.notes)]
