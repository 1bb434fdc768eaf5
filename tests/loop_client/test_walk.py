"""A walk yields every item once, whatever the pages do, and reports where it stopped."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loop_client import APIConnectionError, InvalidRequestError, PaginationError, Progress, Walk
from tests.answers import Script, error, item, loop, page

if TYPE_CHECKING:
    from collections.abc import Callable


def ids(items: Any) -> list[str]:  # noqa: ANN401 - a walk or a page
    """The ids, in order."""
    return [one.id for one in items]


def iter_into(walk: Walk, given: list[str]) -> None:
    """Iterate, collecting the ids also when an error ends it."""
    for one in walk:
        given.append(one.id)  # noqa: PERF401 - extend would lose them


def pages_of(total: int, size: int = 2) -> Callable[[httpx.Request], httpx.Response]:
    """A handler for a list of `total` items in pages of `size`, with stable cursors."""

    def answer(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("cursor") or 0)
        end = start + size
        return page([item(n) for n in range(start, min(end, total))], str(end) if end < total else None)

    return answer


def test_a_walk_gives_every_item_in_order() -> None:
    """A walk follows pages until there are no more."""
    script = Script(pages_of(5))
    walk = loop(script).feedback.iter(page_size=2)

    assert ids(walk) == ["fb_0", "fb_1", "fb_2", "fb_3", "fb_4"]
    assert script.cursors == [None, "2", "4"]
    assert walk.complete
    assert (walk.stats.pages, walk.stats.requests, walk.stats.items) == (3, 3, 5)


def test_a_walk_requests_only_what_is_taken() -> None:
    """Taking the first items costs one request."""
    script = Script(pages_of(5))
    next(iter(loop(script).feedback.iter(page_size=2)))

    assert len(script.requests) == 1


def test_list_never_pages_on() -> None:
    """`list` sends one request, and returns its page and the next cursor."""
    script = Script(pages_of(5))
    listed = loop(script).feedback.list(limit=2)

    assert ids(listed) == ["fb_0", "fb_1"]
    assert (listed.next_cursor, listed.has_more) == ("2", True)
    assert len(script.requests) == 1


@pytest.mark.parametrize(("most", "requests"), [(0, 0), (1, 1), (2, 1), (3, 2), (99, 3)])
def test_max_items_is_a_total(most: int, requests: int) -> None:
    """`max_items` bounds the walk, and no extra page is requested."""
    script = Script(pages_of(5))

    assert len(list(loop(script).feedback.iter(page_size=2, max_items=most))) == min(most, 5)
    assert len(script.requests) == requests


def test_a_walk_goes_on_after_an_error() -> None:
    """After an error the failed page is requested again, and no item is yielded twice."""
    script = Script(page([item(1)], "a"), httpx.ReadError("reset"), page([item(2)], "b"), page([item(3)]))
    walk = loop(script, max_retries=0).feedback.iter()
    given: list[str] = []
    with pytest.raises(APIConnectionError):
        iter_into(walk, given)

    assert (given, walk.cursor, walk.complete) == (["fb_1"], "a", False)
    assert ids(walk) == ["fb_2", "fb_3"]
    assert script.cursors == [None, "a", "a", "b"]


def test_a_cursor_leads_another_walk_on_without_a_hole() -> None:
    """Within a page, `cursor` is that page's, so that another walk can go on without a hole."""
    script = Script(pages_of(5))
    walk = loop(script).feedback.iter(page_size=2)
    taken = iter(walk)
    for _ in range(3):
        next(taken)

    assert walk.cursor == "2"
    assert ids(loop(Script(pages_of(5))).feedback.iter(page_size=2, cursor=walk.cursor)) == ["fb_2", "fb_3", "fb_4"]


def test_items_that_come_again_are_given_out_once() -> None:
    """A repeated item is yielded once and counted as a duplicate."""
    script = Script(page([item(1), item(1), item(2)], "a"), page([item(2), item(3)]))
    walk = loop(script).feedback.iter()

    assert ids(walk) == ["fb_1", "fb_2", "fb_3"]
    assert walk.stats.duplicates == 2


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        ([page([item(1)], "a"), page([item(2)], "a")], "was repeated"),
        ([page([item(1)], "a"), page([item(2)], "b"), page([item(3)], "a")], "was repeated"),
        ([page([item(1)], None, has_more=True)], "no cursor"),
        ([page([item(1)], "", has_more=True)], "no cursor"),
    ],
)
def test_cursors_that_lead_nowhere_end_the_walk(answers: list[httpx.Response], text: str) -> None:
    """A repeated, cyclic or missing cursor is an error after the items so far, and the walk is incomplete."""
    walk = loop(Script(*answers)).feedback.iter()
    given: list[str] = []
    with pytest.raises(PaginationError, match=text):
        iter_into(walk, given)

    assert not walk.complete
    assert given == [f"fb_{n}" for n in range(1, len(answers) + 1)]


def test_the_last_page_ends_the_walk_though_it_has_a_cursor() -> None:
    """`hasMore` ends the walk, even if there is a cursor."""
    script = Script(page([item(1)], "a", has_more=False))

    assert ids(loop(script).feedback.iter()) == ["fb_1"]
    assert len(script.requests) == 1


def test_empty_pages_are_followed_but_not_for_ever() -> None:
    """Two empty pages in a row are followed; three are an error."""
    followed = Script(page([], "a"), page([], "b"), page([item(1)], "c"), page([], "d"), page([item(2)]))
    assert ids(loop(followed).feedback.iter()) == ["fb_1", "fb_2"]

    with pytest.raises(PaginationError, match="3 pages in a row"):
        list(loop(Script(page([], "a"), page([], "b"), page([], "c"), page([item(1)]))).feedback.iter())


@pytest.mark.parametrize(("cap", "most"), [("most_pages", 50), ("most_requests", 50), ("most_seconds", -1.0)])
def test_an_endless_list_is_left(cap: str, most: float) -> None:
    """An endless list is an error at the limit of pages, requests or time."""
    script = Script(pages_of(10**9))
    walk = loop(script).feedback.iter()
    setattr(walk, cap, most)
    with pytest.raises(PaginationError, match="no end"):
        list(walk)

    assert len(script.requests) == max(most, 0)
    assert not walk.complete


def test_a_walk_that_led_nowhere_can_be_tried_again() -> None:
    """Iterating again after a pagination error requests the failed page, and can complete."""
    walk = loop(
        Script(page([item(1)], "a"), page([item(2)], "a"), page([item(2)], "b"), page([item(3)]))
    ).feedback.iter()
    given: list[str] = []
    with pytest.raises(PaginationError):
        iter_into(walk, given)

    assert given == ["fb_1", "fb_2"]
    assert ids(walk) == ["fb_3"]
    assert walk.complete


def test_the_cap_of_time_is_of_one_iteration() -> None:
    """The limit of time applies to each iteration, so an old walk can go on."""
    walk = loop(Script(pages_of(3, 1))).feedback.iter()
    walk.most_seconds = 0.05
    assert next(iter(walk)).id == "fb_0"
    time.sleep(0.1)

    assert ids(walk) == ["fb_1", "fb_2"]


def test_progress_reports_each_page_and_each_pause() -> None:
    """Progress is reported after each page, and about once a second during a pause."""
    reported: list[Progress] = []
    script = Script(page([item(1)], "a"), error(503, **{"Retry-After": "1.2"}), page([item(2)]))
    list(loop(script, slept=[]).feedback.iter(on_page=reported.append))

    assert [(p.pages, p.items, p.complete) for p in reported if not p.waiting] == [(1, 1, False), (2, 2, True)]
    assert [round(p.waiting, 1) for p in reported if p.waiting][:1] == [1.2]
    assert len([p for p in reported if p.waiting]) == 2
    assert reported[-1].oldest is not None


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_paging_fault_loses_invents_or_repeats_an_item(data: st.DataObject) -> None:
    """With any paging faults a completed walk has yielded each item of the list once."""
    total, size = data.draw(st.integers(0, 12)), data.draw(st.integers(1, 4))
    faults = iter(data.draw(st.lists(st.sampled_from(["", "", "", "reset", "400", "repeat"]), max_size=12)))
    answers = pages_of(total, size)

    def answer(request: httpx.Request) -> httpx.Response:
        cursor, fault = request.url.params.get("cursor"), next(faults, "")
        if fault == "reset":
            raise httpx.ReadError("reset")
        if fault == "400" and cursor:
            return error(400)
        if fault == "repeat" and cursor:
            start = max(0, int(cursor) - 1)
            end = start + size + 1
            return page([item(n) for n in range(start, min(end, total))], str(end) if end < total else None)
        return answers(request)

    walk = loop(Script(answer), max_retries=0).feedback.iter(page_size=size)
    given: list[str] = []
    for _ in range(20):
        try:
            iter_into(walk, given)
        except (APIConnectionError, InvalidRequestError, PaginationError):
            continue
        break

    assert walk.complete
    assert len(given) == len(set(given)) == walk.stats.items == total
    assert set(given) <= {f"fb_{n}" for n in range(total)}
