"""The command `digest`: writes what changed to a file, and posts its summary."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from loop_client import LoopError
from loop_client.cli.account import NoKeyError, configured, mirror, storage
from loop_client.cli.export import described as filters_shown
from loop_client.cli.export import write
from loop_client.mirror.moments import microseconds
from loop_client.query import VIEWS, Name, Question, described, merged, opened
from loop_client.report import compared_periods, coverage_sentence
from loop_client.report.changes import Selection, changes, may_be_compared
from loop_client.report.clusters import Clustered
from loop_client.report.column_masks import Mask
from loop_client.report.digest import FORMATS, Digest, Shown, base_of, digest_of, message, written
from loop_client.report.export import About
from loop_client.report.masking import People
from loop_client.service import PEOPLE, LoadedPeople, PeopleFile, SandboxError
from loop_client.service.webhook import WRONG, is_usable, post

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from loop_client.mirror import Mirror, Snapshot
    from loop_client.report.changes import Both
    from loop_client.service import Markers, SavedViews, Storage

NOTHING, CHANGED, FAILED, WRONG_ARGUMENTS = 0, 10, 1, 2
"""Exit codes."""

LONGEST: Final = 366
"""Most days of a period."""


class WrongViewError(LoopError):
    """There is no saved view of that name, or a digest cannot have its items."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a digest is about. `name`: of the saved view; None without one."""

    question: Question
    name: str | None = None

    def selection(self, snapshot: Snapshot) -> Selection:
        """Its items, whatever their day and status: nothing is compared by status."""
        only, view = self.question.drill_down, VIEWS[self.question.view].filters
        also = (replace(only, status=(), since=None, until=None, after=None, upto=None), replace(view, status=()))
        return Selection(snapshot, replace(self.question.filters, since=None, until=None, status=()), also)


def add_options(command: argparse.ArgumentParser) -> None:
    """Add the options that only this command has."""
    command.add_argument(
        "--period", type=days, default=7, metavar="DAYSd", help="the last whole days, today not included (default: 7d)"
    )
    command.add_argument("--saved-view", metavar="NAME", help="only what this saved view shows, whatever its days")
    command.add_argument("--format", choices=FORMATS, default=FORMATS[0], help="(default: %(default)s)")
    command.add_argument("--output", type=Path, help="a file (default: standard output, unless it is posted)")
    command.add_argument("--post", type=webhook, metavar="URL", help="post the summary to this incoming webhook")
    command.add_argument("--url", type=dashboard, help="the dashboard's address, for links to the rows")
    command.set_defaults(run=digest)


def days(text: str) -> int:
    """Parse a period, such as 7d."""
    found = re.fullmatch(r"([1-9]\d{0,2})d", text)
    if found is None or int(found[1]) > LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is no period. Write it as 7d, with {LONGEST} days at most")
    return int(found[1])


def webhook(url: str) -> str:
    """Check the address of a webhook."""
    if not is_usable(url):
        raise argparse.ArgumentTypeError(WRONG.removesuffix("."))
    return url


def dashboard(url: str) -> str:
    """Check the address of a dashboard."""
    base = base_of(url)
    if not base:
        raise argparse.ArgumentTypeError(f"{url!r} is no address. Write it as https://dashboard.example")
    return base


def digest(options: argparse.Namespace) -> int:
    """Update the mirror and report what changed; while a dashboard syncs the mirror, only read it."""
    try:
        with (
            storage(options.data_dir) as kept,
            mirror(kept, options.time_zone, "report on", sandbox=options.sandbox) as opened_mirror,
        ):
            opened_mirror.sync()
            made = _digest(options, opened_mirror, kept)
            scanned = coverage_sentence(opened_mirror.snapshot(), made.about.made_at)
        if options.output is not None:
            write([written(made, options.format)], options.output)
        elif options.post is None:
            sys.stdout.buffer.write(written(made, options.format))
            sys.stdout.flush()
        if options.post is not None:
            post(options.post, message(made))
    except (NoKeyError, WrongViewError) as error:
        print(error, file=sys.stderr)
        return WRONG_ARGUMENTS
    except (LoopError, SandboxError) as error:
        print(error, file=sys.stderr)
        return FAILED
    except (OSError, RuntimeError) as error:  # a loop of symbolic links is a RuntimeError
        print(f"The digest cannot be written: {getattr(error, 'strerror', None) or error}.", file=sys.stderr)
        return FAILED
    print(f"{made.sections[0].about}\n{scanned}", file=sys.stderr)  # files have no times of scans: the same all day
    return CHANGED if made.is_news else NOTHING


def _digest(options: argparse.Namespace, opened_mirror: Mirror, kept: Storage) -> Digest:
    snapshot = opened_mirror.snapshot()
    both = _periods(options.period, snapshot, as_of(snapshot, opened_mirror.state().checked_at))
    end = both[0].end
    mask = _mask(options, snapshot) if options.share_safe else None
    asked = _asked(options, snapshot, end, kept.saved_views, mask)
    selection = asked.selection(snapshot)
    seen = opened_mirror.resolutions(microseconds(both[0].start))
    clustered = Clustered.of(snapshot.frame) if may_be_compared(selection, both) else None
    found = changes(selection, both, end, clustered, seen)
    last = snapshot.zone.formatted(end - timedelta(microseconds=1), "%-d %b %Y")
    markers = _markers(kept.markers, mask)
    missing = " · markers could not be read" if markers is None else ""
    covered = f"whole days up to {last} · {coverage_sentence(snapshot, end, scans=False)}{missing}"
    about = About(_filters(asked, selection, mask), "", covered, snapshot.zone.name, end, sample=options.sandbox)
    shown = Shown(selection, mask, _people(options).table)
    return replace(digest_of(found, shown, about, markers or ()), base=options.url or "")


def _markers(stored: Markers, mask: Mask | None) -> list[tuple[date, str]] | None:
    """The days with names; None when they cannot be read, which is printed and leaves the digest as it is without them.

    `mask`: for what is printed.
    """
    shown = mask.name if mask else str
    try:
        found = stored.all()
    except LoopError as error:
        print(f"Markers could not be read, so the digest has none. {shown(str(error))}", file=sys.stderr)
        return None
    if stored.news:
        print(shown(stored.news), file=sys.stderr)
    return [(one.day, one.name) for one in found]


def _people(options: argparse.Namespace) -> LoadedPeople:
    """What the team's own file says about people; that it cannot be used is printed."""
    loaded = PeopleFile.of(options.data_dir, is_sample=options.sandbox).loaded()
    if loaded.table is None and loaded.problems:
        print(f"{PEOPLE} is not used:", *(problem.what for problem in loaded.problems), file=sys.stderr)
    return loaded


def as_of(snapshot: Snapshot, checked_at: datetime | None) -> datetime:
    """The time up to which a snapshot is complete, never that of this machine's clock now."""
    coverage = snapshot.coverage
    known = checked_at or coverage.reconciled_at or coverage.walked_at or coverage.since
    if known is None:
        raise LoopError("Nothing is loaded yet. Run the command again once the first items are there.")
    return known


def _periods(period: int, snapshot: Snapshot, now: datetime) -> Both:
    """The last whole days that are over, and as many before: run every day or week, digests leave nothing out."""
    today = snapshot.zone.day(now)
    both = compared_periods((today - timedelta(days=period), today - timedelta(days=1)), now, snapshot.zone)
    if both is None:
        raise LoopError("There is no such period: the calendar does not go back that far.")
    return both


def _asked(
    options: argparse.Namespace, snapshot: Snapshot, now: datetime, saved: SavedViews, mask: Mask | None
) -> Asked:
    """The question of the saved view; without one, all items. `mask`: for what is printed."""

    def shown(name: str) -> str:
        return repr(mask.name(name) if mask else name)

    name = options.saved_view
    if name is None:
        return Asked(Question())
    views = {view.name: view for view in saved.all() if not view.is_private}
    if name not in views:
        known = ", ".join(map(shown, views)) or "none"
        raise WrongViewError(f"There is no saved view {shown(name)}. There are: {known}.")
    found = opened(views[name].link, snapshot, snapshot.zone.day(now), shown)
    print(*found.left_out, sep="\n", end="\n" * bool(found.left_out), file=sys.stderr)
    if VIEWS[found.question.view].only_new:
        raise WrongViewError(f"The saved view {shown(name)} has what is new in a tab, which a digest cannot know.")
    if found.question.drill_down.word:
        raise WrongViewError(
            f"The saved view {shown(name)} has the items that use a word, which a digest does not search."
        )
    return Asked(_with_items(found.question, snapshot), name)


def _with_items(question: Question, snapshot: Snapshot) -> Question:
    """The question, with the items of its cluster if it is about one."""
    only = question.drill_down
    if only.cluster is None:
        return question
    cluster = Clustered.of(snapshot.frame).cluster_of(snapshot.frame, only.cluster.item)
    return replace(question, drill_down=replace(only, cluster=cluster))


def _filters(asked: Asked, selection: Selection, mask: Mask | None) -> dict[str, Any]:
    """What the digest is limited to, by name, so no days and no status; masked when share-safe."""
    named: Callable[[str], str] = mask.name if mask else str

    def shown(name: str, value: str) -> str:
        return mask.person(value) if mask and name == Name.USER else named(value)

    zone, aliases = selection.snapshot.zone, selection.snapshot.aliases
    both = merged(selection.also, aliases)
    parts = (merged([one], aliases) for one in selection.also) if both is None else (both,)
    limits = ", ".join(filter(None, (described(part, zone, shown) for part in parts if part)))
    filters = filters_shown(selection.filters, mask) | ({str(Name.ONLY): limits} if limits else {})
    return filters | ({} if asked.name is None else {"saved_view": named(asked.name)})


def _mask(options: argparse.Namespace, snapshot: Snapshot) -> Mask:
    """A mask that gives a person the same pseudonym in every digest of an account, so that equal items look equal.

    Only somebody with the API key, who can read everything anyway, could find out a pseudonym.
    """
    config = None if options.sandbox else configured(options.data_dir, options.time_zone)
    secret = f"digest {config.api_key if config else 'of sample data'}"
    return Mask(People.of(snapshot.frame["user_id"].unique()), hashlib.blake2b(secret.encode()).digest())
