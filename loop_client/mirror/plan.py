"""Which lists of resolved items to walk in search of some that are not open any more."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from loop_client.mirror.store import Row
    from loop_client.models import Text

PAGE = 100
"""Items a request."""


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
