"""The link that a saved view is: what it says of a question, what opening it asks for, and how many items that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from loop_client.mirror.snapshot_cache import SnapshotCache
from loop_client.query.link import PARAMETERS, question_of
from loop_client.query.link_validation import current, unknown_parts
from loop_client.query.offers import offered
from loop_client.query.views import VIEWS, is_long_search
from loop_client.query.vocabulary import DOCUMENTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from loop_client.mirror.snapshot import Snapshot
    from loop_client.query.question import Question

SAVED: Final = tuple(name for name, parameter in PARAMETERS.items() if parameter.saved)
"""What a saved link says: all of the inbox's link but the open item, the page and the switch."""

_counted: Final = SnapshotCache["int | None"](most=100)  # numbers; there are 50 saved views at most


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening a saved link asks for. `left_out`: why something else that it says is not, a sentence each."""

    question: Question
    left_out: tuple[str, ...] = ()

    @property
    def link(self) -> str:
        """The link that says this and no more."""
        return saved_link(self.question)


def saved_link(question: Question) -> str:
    """The link to save, the same one for the same question."""
    return urlencode([(str(name), value) for name in SAVED for value in PARAMETERS[name].write(question)])


def opened(link: str, snapshot: Snapshot, today: date, shown: Callable[[str], str]) -> Opened:
    """What a saved link asks for, as far as it is known now; also what share-safe hides, as the filters do.

    While items are still to come, any status and sentiment may come with them. `today`: the team's, for rolling
    periods. `shown`: a value → as it may be repeated.
    """
    parts = current(parse_qs(link), snapshot)
    known = {name: offered(snapshot)[name] for name in DOCUMENTED} if snapshot.coverage.complete else {}
    judged = {name: values for name, values in parts.items() if name in known or name not in DOCUMENTED}
    kept = {}
    for name in SAVED:
        values = [value for value in parts.get(name, []) if PARAMETERS[name].parse(value) is not None]
        kept[str(name)] = list(dict.fromkeys(value for value in values if value in known.get(name, values)))
    return Opened(question_of(kept, today), tuple(unknown_parts(judged, snapshot, shown)))


def count(snapshot: Snapshot, question: Question) -> int | None:
    """How many items it shows; None where that would be a long search, or is of one tab."""
    view = VIEWS[question.view]
    if view.only_new or is_long_search(snapshot, question.filters, question.drill_down):
        return None

    def counted() -> int:
        return int(question.filters.cells(snapshot, question.drill_down, view.filters)["items"].sum())

    key = (question.filters, question.drill_down, question.view)
    return _counted.get(snapshot, key, counted)


def whole_count(snapshot: Snapshot, question: Question) -> int | None:
    """The count to compare later ones with; None while items are to come."""
    return count(snapshot, question) if question.completeness(snapshot).is_whole else None
