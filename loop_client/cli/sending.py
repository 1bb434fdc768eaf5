"""One file that the command `import` sends: written into the outbox, then shown as it is sent."""

from __future__ import annotations

import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar

from loop_client.cli.outbox import printable
from loop_client.cli.progress import Progress
from loop_client.mirror import StoreError
from loop_client.query.text import duration, row_count
from loop_client.report import quota_sentence
from loop_client.service import ROWS_AT_ONCE, Connection, DraftState, ImportState, StoppedError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from loop_client.service import Draft, Import, Imports, ReceiptRow

ALL_STORED, SOME_NOT, NOTHING_SENT = 0, 1, 2
"""Exit codes."""

LOOKED_EVERY: Final = 0.5
"""Seconds between two looks at the outbox."""

LOOKED_FOR: Final = 30.0
"""Seconds for which rows with a lost answer are waited for at the end: two looks at the list, or three."""

LOOKED_AT_MOST: Final = 120.0
"""The same where none of these looks succeeds."""

LISTED: Final = 20
"""Rows that are named at the end at most."""

WAITED_OUT: Final = 60.0
"""Seconds for which an error of the outbox is waited out: most pass, as a full disk or a file that is in use."""

GOES_ON: Final = (
    "What waits stays in the outbox; nothing is sent twice. "
    "A dashboard over the same folder sends it, or this command when it is run again."
)

NOT_WHOLE: Final = "None is sent before all are: run this command again, or cancel the import on the page Outbox."

T = TypeVar("T")


class InterruptedSendingError(Exception):
    """Ctrl-C was pressed; what is not sent waits in the outbox. Its text says how it goes on. `code`: the exit code."""

    def __init__(self, text: str, code: int) -> None:
        """Set the text and the exit code."""
        super().__init__(text)
        self.code = code


@dataclass(slots=True)
class Sending:
    """One file that is sent."""

    connection: Connection
    stopped: threading.Event
    name: str
    digest: str
    drafts: Mapping[int, Draft]
    skipped: Mapping[int, str]
    tokens: list[str] = field(default_factory=list)
    """The imports of which rows are sent now."""
    is_begun: bool = False
    """Whether rows of this content may be in the outbox."""
    progress: Progress = field(default_factory=Progress)

    @property
    def imports(self) -> Imports:
        """Of the account."""
        return self.connection.imports

    def run(self) -> int:
        """Write the rows down, and show how they are sent until it is done, or interrupted."""
        if not self.drafts:
            print("No row of this file can be sent.", file=sys.stderr)
            return NOTHING_SENT
        self.imports.writer.stopped = self.stopped
        try:
            self.write()
            if self.tokens:
                self.watch()
        except StoppedError:
            raise self.interrupted() from None
        return self.report(self.patiently(self.outcomes))

    def pause(self) -> None:
        """Wait until the next look; StoppedError where Ctrl-C was pressed."""
        if self.stopped.wait(LOOKED_EVERY):
            raise StoppedError

    def write(self) -> None:
        """Write down the rows that no earlier import of the same content has."""
        earlier = self.drafts.keys() & self.imports.earlier(self.digest).keys()
        new, token = len(self.drafts) - len(earlier), secrets.token_urlsafe(16)
        if earlier:
            print(
                f"{row_count(len(earlier))} of an earlier import of this file will not be sent again.", file=sys.stderr
            )
        if new > ROWS_AT_ONCE:
            print(f"Writing {row_count(new)} down…", file=sys.stderr)

        def write() -> None:
            self.imports.write_new(token, self.name, self.digest, self.drafts, self.skipped)

        try:
            write()
        except StoreError:
            self.is_begun = bool(self.of_content())
            if not self.is_begun:
                raise
            self.patiently(write)
        self.is_begun = True
        imports = self.patiently(self.of_content)
        self.tokens = [one.token for one in imports if not one.is_done]
        for one in imports:
            if one.state == ImportState.PAUSED:
                self.imports.resume(one.token)
        if new:
            self.announce(new)

    def watch(self) -> None:
        """Show how the rows are sent until it is done."""
        while not all(one.is_done for one in self.patiently(self.current)):
            self.progress.show(self.patiently(self.line))
            self.pause()
        self.wait_for_lost_answers()
        self.progress.end(self.patiently(self.line))

    def interrupted(self) -> InterruptedSendingError:
        """The error of a Ctrl-C, after the last line of the progress."""
        try:
            if self.tokens:
                self.progress.end(self.line())
            half = next((one for one in self.of_content() if one.state == ImportState.WRITING), None)
            code = self.code(self.outcomes())
        except StoreError as error:
            return InterruptedSendingError(f"Interrupted. {error} {GOES_ON}", SOME_NOT)
        if half is not None:
            return InterruptedSendingError(f"Interrupted. {half.progress} {NOT_WHOLE}", code)
        return InterruptedSendingError(f"Interrupted. {GOES_ON}", code)

    def patiently(self, act: Callable[[], T]) -> T:
        """What an action returns; an error of the outbox is shown and waited out.

        Raises:
            StoreError: The error stays.
        """
        until = time.monotonic() + WAITED_OUT
        while True:
            try:
                return act()
            except StoreError as error:
                if time.monotonic() >= until:
                    raise
                self.progress.show(printable(f"{error} Trying again.", 200))
                self.pause()

    def announce(self, rows: int) -> None:
        """Say before anything is sent how long it takes, and what a quota would mean."""
        took = duration(self.imports.seconds_for(rows))
        print(f"{row_count(rows)} written down. At the budget's pace, sending takes about {took}.", file=sys.stderr)
        print(quota_sentence(self.connection.account.mirror.snapshot(), rows, datetime.now(UTC)), file=sys.stderr)

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
            parts.append(f"done in about {duration((end - datetime.now(UTC)).total_seconds())}")
        return ", ".join(parts)

    def wait_for_lost_answers(self) -> None:
        """Wait until rows whose answer was lost are found in the list, but not for long."""
        mirror, began = self.connection.account.mirror, time.monotonic()
        before = mirror.state().checked_at
        while self.patiently(self.unknown):
            has_looked = mirror.state().checked_at != before
            if time.monotonic() - began >= (LOOKED_FOR if has_looked else LOOKED_AT_MOST):
                return
            self.connection.sync.ask()
            self.progress.show(f"{self.patiently(self.line)}; looking for the unknown ones")
            self.pause()

    def unknown(self) -> int:
        """How many rows have a lost answer."""
        return sum(one.counts[DraftState.UNKNOWN] for one in self.current())

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

    def report(self, outcomes: Mapping[int, ReceiptRow]) -> int:
        """Name the rows that are not stored, and say how many are; the exit code."""
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
