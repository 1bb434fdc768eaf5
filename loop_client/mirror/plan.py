"""Which lists of resolved items to walk in search of some that are not open any more."""

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

    import pandas as pd

    from loop_client import Feedback
    from loop_client.mirror.intake import Intake
    from loop_client.mirror.rows import Row
    from loop_client.models import Text

PAGE = 100
"""Items a request."""


def search(intake: Intake, rows: Sequence[Row], cells: pd.DataFrame, after_each: Callable[[], None]) -> None:
    """Look for rows among the resolved items, and store what is known of those that come. `after_each`: page."""
    lost = {row.id for row in rows}
    for narrowed, some in walks_for(rows, partial(resolved_since, cells)):
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
    """Filters, and the rows to find with them: one walk for all, or one for each sentiment and tag, if that is shorter.

    `resolved_since`: about how many resolved items there are from a time on, of a sentiment and a tag.
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


def resolved_since(cells: pd.DataFrame, since: int, sentiment: Text, tag: Text) -> int:
    """How many of the items that cells count are resolved, from the day of a moment on, of a sentiment and a tag."""
    wanted = (cells["status"] == "resolved") & (cells["day"] >= since // MICROSECONDS_A_DAY)
    if sentiment is not None:
        wanted &= cells["sentiment"] == sentiment
    if tag is not None:
        wanted &= cells["tag"] == shown_tag(tag)
    return int(cells["items"][wanted].sum())


def next_or_end(pages: Iterator[deque[Feedback]]) -> deque[Feedback] | None:
    """The next page; None after the last, and where the walk leads nowhere: what it did not find stays unknown."""
    with suppress(InvalidRequestError, PaginationError):
        return next(pages, None)
    return None
