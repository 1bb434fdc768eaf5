"""Plans and runs the search for resolved items: which lists to walk."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from loop_client.errors import InvalidRequestError, PaginationError
from loop_client.mirror.columns import shown_tag
from loop_client.mirror.moments import microseconds
from loop_client.mirror.zones import MICROSECONDS_A_DAY

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator, Sequence

    from loop_client import Feedback
    from loop_client.mirror.intake import Intake
    from loop_client.mirror.rows import Row
    from loop_client.mirror.snapshot import Snapshot
    from loop_client.models import Text

PAGE = 100
"""Items per request."""


def search(intake: Intake, rows: Sequence[Row], snapshot: Snapshot, after_each: Callable[[], None]) -> None:
    """Search for rows among the resolved items, and update known items on the way. `after_each`: called per page."""
    lost = {row.id for row in rows}
    for narrowed, some in walks_for(rows, partial(resolved_since, snapshot)):
        oldest = min(row.created_at for row in some)
        walk = intake.walk(status="resolved", sentiment=narrowed.get("sentiment"), tag=narrowed.get("tag"))
        for items in iter(partial(next_or_end, walk.pages()), None):
            intake.save(intake.known(items))
            after_each()
            lost.difference_update(item.id for item in items)
            if lost.isdisjoint(row.id for row in some) or microseconds(items[-1].created_at) < oldest:
                break
        intake.count(walk)


def walks_for(
    rows: Sequence[Row], resolved_since: Callable[[int, Text, Text], int]
) -> list[tuple[dict[str, str], Sequence[Row]]]:
    """Filters, and the rows to find with them: one walk for all, or one per sentiment and tag if that is shorter.

    `resolved_since`: estimates the number of resolved items since a time, by sentiment and tag.
    """
    if not rows:
        return []
    groups: dict[tuple[Text, Text], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.sentiment, row.tag].append(row)

    def requests(some: Sequence[Row], sentiment: Text, tag: Text) -> int:
        return 1 + resolved_since(min(row.created_at for row in some), sentiment, tag) // PAGE

    if requests(rows, None, None) <= sum(requests(some, *group) for group, some in groups.items()):
        return [({}, rows)]
    named = (({"sentiment": sentiment, "tag": tag}, some) for (sentiment, tag), some in groups.items())
    return [({name: value for name, value in given.items() if value}, some) for given, some in named]


def resolved_since(snapshot: Snapshot, since: int, sentiment: Text, tag: Text) -> int:
    """The number of resolved items since the day of a time, by sentiment and tag; of an alias, by what it is shown as.

    Where several tags are shown as one this is too many, and then a walk for all is chosen a little too often.
    """
    cells = snapshot.cells
    wanted = (cells["status"] == "resolved") & (cells["day"] >= since // MICROSECONDS_A_DAY)
    if sentiment is not None:
        wanted &= cells["sentiment"] == sentiment
    if tag is not None:
        wanted &= cells["tag"] == shown_tag(tag, snapshot.aliases)
    return int(cells["items"][wanted].sum())


def next_or_end(pages: Iterator[deque[Feedback]]) -> deque[Feedback] | None:
    """The next page; None after the last page, and when the cursor is invalid: then items stay unresolved."""
    with suppress(InvalidRequestError, PaginationError):
        return next(pages, None)
    return None
