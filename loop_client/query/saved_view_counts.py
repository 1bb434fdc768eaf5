"""Saved views as links: writing a question, reading it back, and counting its items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.link import PARAMETERS, question_of
from loop_client.query.link_validation import current_parts, unknown_parts
from loop_client.query.offers import offered
from loop_client.query.views import VIEWS, is_long_search
from loop_client.query.vocabulary import DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query.question import Question

SAVED: Final = tuple(name for name, parameter in PARAMETERS.items() if parameter.saved)
"""The parameters of a saved link: all of the inbox's except the open item, the page and share-safe."""

_counted: Final = SnapshotCache["int | None"](most=100)  # numbers; there are 50 saved views at most


@dataclass(frozen=True, slots=True)
class Opened:
    """The question of a saved link. `left_out`: a sentence for each part of the link that was ignored."""

    question: Question
    left_out: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The link of the question, without the ignored parts."""
        return saved_link(self.question)


def saved_link(question: Question) -> str:
    """The link to save; equal questions have equal links."""
    return urlencode([(str(name), value) for name in SAVED for value in PARAMETERS[name].write(question)])


def opened(link: str, snapshot: Snapshot, today: date, shown: Callable[[str], str]) -> Opened:
    """Read a saved link with the values known now, including those that share-safe hides.

    While items are still being loaded, any status and sentiment is accepted. `today`: in the team's time zone, for
    periods. `shown`: a value → the value as it may be repeated.
    """
    parts = current_parts(parse_qs(link), snapshot)
    known = {name: offered(snapshot)[name] for name in DOCUMENTED} if snapshot.coverage.complete else {}
    judged = {name: values for name, values in parts.items() if name in known or name not in DOCUMENTED}
    valid = {}
    for name in SAVED:
        values = [value for value in parts.get(name, []) if PARAMETERS[name].parse(value) is not None]
        valid[str(name)] = list(dict.fromkeys(value for value in values if value in known.get(name, values)))
    return Opened(question_of(valid, today), tuple(unknown_parts(judged, snapshot, shown)))


def count(snapshot: Snapshot, question: Question) -> int | None:
    """The number of items; None when that is a long search, or depends on the tab."""
    view = VIEWS[question.view]
    if view.only_new or is_long_search(snapshot, question.filters, question.drill_down):
        return None

    def counted() -> int:
        return int(question.filters.cells(snapshot, question.drill_down, view.filters)["items"].sum())

    key = (question.filters, question.drill_down, question.view)
    return _counted.get(snapshot, key, counted)


def complete_count(snapshot: Snapshot, question: Question) -> int | None:
    """The count to compare later counts with; None while items are still being loaded."""
    return count(snapshot, question) if question.completeness(snapshot).is_complete else None
