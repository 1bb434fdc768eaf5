"""The sending half of the command `import`: writes the rows into the outbox, and shows how they are sent."""

from __future__ import annotations

import secrets
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from loop_client import LoopError
from loop_client.cli.account import NoKeyError, configured
from loop_client.cli.outbox import printable
from loop_client.service import Config, Connection, DraftState, ImportState, SandboxError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from loop_client.service import Draft, Import, Imports, ReceiptRow

ALL_STORED, SOME_NOT, NOTHING_SENT = 0, 1, 2
"""Exit codes."""

LOOKED_EVERY: Final = 0.5
"""Seconds between two looks at the outbox."""

LINE_EVERY: Final = 10.0
"""Seconds between two lines where they are not rewritten, as in a log."""

LOOKED_FOR: Final = 30.0
"""Seconds for which rows with a lost answer are waited for at the end: two looks at the list, or three."""

LISTED: Final = 20
"""Rows that are named at the end at most."""

LEFT_OUT: Final = "of an earlier import of this file"


class InterruptedSendingError(Exception):
    """Ctrl-C was pressed; what is not sent waits in the outbox. `code`: the exit code."""

    def __init__(self, code: int) -> None:
        """Say how it goes on."""
        super().__init__("A dashboard over the same folder sends it, or this command when it is run again.")
        self.code = code


def send(
    options: argparse.Namespace, name: str, digest: str, drafts: Mapping[int, Draft], skipped: Mapping[int, str]
) -> int:
    """Send the rows of a file once each, and return the exit code: 0 all stored, 1 some are not, 2 nothing was sent.

    `options`: `data_dir` and `sandbox`. `name`: of the file. `digest`: SHA-256 of its content, in hexadecimal digits.
    `drafts`: row → what to send. `skipped`: row → reason. Rows that an earlier import of the same content has sent or
    will send are left out. Where a dashboard syncs the folder, it sends; otherwise this process does. What is not sent
    when it ends waits in the outbox.

    Raises:
        InterruptedSendingError: Ctrl-C was pressed.
    """
    sending: Sending | None = None
    try:
        with connection(options) as connected:
            if options.sandbox:
                print("The rows go to the sandbox.", file=sys.stderr)
            sending = Sending(connected, name, digest, drafts, skipped)
            return sending.run()
    except (LoopError, SandboxError) as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(f"{error.filename or 'The output'}: {error.strerror or error}.", file=sys.stderr)
    if sending is None or not sending.tokens:
        return NOTHING_SENT
    print("What is written down stays in the outbox: `python -m loop_client outbox` lists it.", file=sys.stderr)
    return SOME_NOT


@contextmanager
def connection(options: argparse.Namespace) -> Iterator[Connection]:
    """The account to which rows are sent, with its threads, as a dashboard has it.

    Raises:
        NoKeyError: There is no key, and --sandbox was not given.
    """
    config = Config(folder=options.data_dir) if options.sandbox else configured(options.data_dir)
    if not config.api_key and not options.sandbox:
        raise NoKeyError("send to the sandbox")
    opened = Connection(config)
    opened.start()
    try:
        yield opened
    finally:
        opened.stop()


@dataclass(slots=True)
class Sending:
    """One file that is sent."""

    connection: Connection
    name: str
    digest: str
    drafts: Mapping[int, Draft]
    skipped: Mapping[int, str]
    tokens: list[str] = field(default_factory=list)
    """The imports of which rows are sent now."""

    @property
    def imports(self) -> Imports:
        """Of the account."""
        return self.connection.imports

    def run(self) -> int:
        """Write the rows down, and show how they are sent until it is done, or interrupted."""
        if not self.drafts:
            print("No row of this file can be sent.", file=sys.stderr)
            return NOTHING_SENT
        self.write()
        if not self.tokens:
            return self.report()
        progress = Progress()
        try:
            while not all(one.is_done for one in self.current()):
                progress.show(self.line())
                time.sleep(LOOKED_EVERY)
            self.wait_for_lost_answers(progress)
        except KeyboardInterrupt:
            progress.end(self.line())
            print("Interrupted. What waits stays in the outbox; nothing is sent twice.", file=sys.stderr)
            raise InterruptedSendingError(self.code(self.outcomes())) from None
        progress.end(self.line())
        return self.report()

    def write(self) -> None:
        """Write down the rows that no earlier import of the same content has."""
        earlier = {row: one for row, one in self.imports.earlier(self.digest).items() if row in self.drafts}
        new = {row: draft for row, draft in self.drafts.items() if row not in earlier}
        self.tokens = [one.token for one in self.of_content() if not one.is_done]
        if earlier:
            print(f"{row_count(len(earlier))} {LEFT_OUT} will not be sent again.", file=sys.stderr)
        for one in self.current():
            if one.state == ImportState.PAUSED:
                self.imports.resume(one.token)
        if new:
            left_out = {row: f"{LEFT_OUT}{_id(one)}" for row, one in earlier.items()}
            token = secrets.token_urlsafe(16)
            self.imports.write(token, self.name, self.digest, new, {**self.skipped, **left_out})
            self.tokens.append(token)
            self.announce(len(new))

    def announce(self, rows: int) -> None:
        """Say before anything is sent how long it takes, and what a quota would mean."""
        took = _duration(self.imports.seconds_for(rows))
        month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        created = self.connection.account.mirror.snapshot().frame["created_at"]
        already = int((created >= month).sum())
        print(f"{row_count(rows)} written down. At the budget's pace, sending takes about {took}.", file=sys.stderr)
        print(
            f"Loop's list has {already:,} items of this month so far. Where the monthly quota of the account is below "
            f"{already + rows:,}, the rest waits for the next month and is sent then.",
            file=sys.stderr,
        )

    def of_content(self) -> list[Import]:
        """All imports of this content, the oldest first."""
        return [one for one in reversed(self.imports.all()) if one.digest == self.digest and one.is_ours]

    def current(self) -> list[Import]:
        """The imports as they are now."""
        found = (self.imports.find(token) for token in self.tokens)
        return [one for one in found if one is not None]

    def line(self) -> str:
        """The progress on a line."""
        imports, pause = self.current(), self.connection.outbox.pause()
        counts = {state: sum(one.counts[state] for one in imports) for state in DraftState}
        total = sum(counts.values())
        left = counts[DraftState.WAITING] + counts[DraftState.SENDING]
        parts = [f"{total - left:,} of {total:,} rows", f"{counts[DraftState.STORED]:,} stored"]
        parts += [f"{counts[state]:,} {state}" for state in (DraftState.REFUSED, DraftState.UNKNOWN) if counts[state]]
        end = max((one.ends_at for one in imports if one.ends_at), default=None)
        if any(one.state == ImportState.PAUSED for one in imports):
            parts.append("paused")
        elif pause is not None:
            parts.append(printable(str(pause.error), 200))
        if left and end is not None:
            parts.append(f"done in about {_duration((end - datetime.now(UTC)).total_seconds())}")
        return ", ".join(parts)

    def wait_for_lost_answers(self, progress: Progress) -> None:
        """Wait until rows whose answer was lost are found in the list, but not for long."""
        until = time.monotonic() + LOOKED_FOR
        while any(one.counts[DraftState.UNKNOWN] for one in self.current()) and time.monotonic() < until:
            self.connection.sync.ask()
            progress.show(f"{self.line()}; looking for the unknown ones")
            time.sleep(LOOKED_EVERY)

    def outcomes(self) -> dict[int, ReceiptRow]:
        """What became of each row that was to be sent."""
        found: dict[int, ReceiptRow] = {}
        for one in self.of_content():
            for row in self.imports.receipt(one.token).rows:
                is_stored = row.row in found and found[row.row].state == DraftState.STORED
                if row.state is not None and row.row in self.drafts and not is_stored:
                    found[row.row] = row
        return found

    @staticmethod
    def code(outcomes: Mapping[int, ReceiptRow]) -> int:
        """The exit code."""
        states = {row.state for row in outcomes.values()}
        if states == {DraftState.STORED}:
            return ALL_STORED
        return SOME_NOT if states - {DraftState.WAITING, DraftState.DISCARDED} else NOTHING_SENT

    def report(self) -> int:
        """Name the rows that are not stored, and say how many are; the exit code."""
        outcomes = self.outcomes()
        others = [row for row in outcomes.values() if row.state != DraftState.STORED]
        for row in sorted(others, key=lambda row: row.row)[:LISTED]:
            print(f"Row {row.row}: {row.outcome}. {printable(row.reason or '', 200)}".rstrip(), file=sys.stderr)
        if len(others) > LISTED:
            print(f"Not stored either: {row_count(len(others) - LISTED)}.", file=sys.stderr)
        if others:
            print("`python -m loop_client outbox` and the page Outbox list them.", file=sys.stderr)
        stored = len(outcomes) - len(others)
        skipped = f", {len(self.skipped):,} skipped" if self.skipped else ""
        print(f"{stored:,} of {len(self.drafts):,} rows are stored{skipped}.")
        return self.code(outcomes)


class Progress:
    """A line on stderr: rewritten on a terminal, else printed now and then."""

    def __init__(self) -> None:
        """Print nothing yet."""
        self._is_terminal = sys.stderr.isatty()
        self._printed_at, self._length = -LINE_EVERY, 0

    def show(self, line: str) -> None:
        """Show the line as it is now."""
        if self._is_terminal:
            print(f"\r{line:<{self._length}}", end="", file=sys.stderr, flush=True)
            self._length = len(line)
        elif time.monotonic() - self._printed_at >= LINE_EVERY:
            self._printed_at = time.monotonic()
            print(line, file=sys.stderr, flush=True)

    def end(self, line: str) -> None:
        """Show the last line."""
        print(f"\r{line:<{self._length}}" if self._is_terminal else line, file=sys.stderr, flush=True)


def row_count(number: int) -> str:
    """A number of rows."""
    return "1 row" if number == 1 else f"{number:,} rows"


def _id(row: ReceiptRow) -> str:
    return f": {row.item_id}" if row.item_id else ""


def _duration(seconds: float) -> str:
    """A duration in words, as exact as it can be."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "a minute"
    if minutes < 120:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{round(minutes / 60)} hours"
