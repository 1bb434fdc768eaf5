"""Five viewers with five questions: each question is computed once."""

from __future__ import annotations

from loop_client.query import VIEWS, Filters
from loop_client.query.views import ALL_ITEMS, view_counts
from tests.frames import item, items_frame, snapshot_of

TAGS = [f"tag {number}" for number in range(5)]


def test_five_viewers_on_five_questions_do_not_compute_them_again() -> None:
    """Over ten rounds, each of five viewers gets the same result objects as at first."""
    snapshot = snapshot_of(items_frame(item(number, tag=TAGS[number % 5]) for number in range(50)))
    answered: dict[str, set[int]] = {tag: set() for tag in TAGS}
    first_results = []
    for _ in range(10):
        for tag in TAGS:
            own = Filters(tag=(tag,))
            found = [
                VIEWS["open negative"].rows(snapshot, own, Filters(), 5),
                VIEWS[ALL_ITEMS].rows(snapshot, own, Filters(), 5),
                view_counts(snapshot, own, Filters(), 5),
            ]
            first_results.append(found)  # keeps the addresses unique
            answered[tag] |= {id(one) for one in found}

    assert {tag: len(ids) for tag, ids in answered.items()} == dict.fromkeys(TAGS, 3)
