"""A walk whose cursor is refused restarts for as long as that yields new items."""

from __future__ import annotations

import pytest

from loop_client import InvalidRequestError, PaginationError
from tests.answers import Script, error, item, loop, page
from tests.loop_client.test_walk import ids, pages_of


def test_a_refused_cursor_starts_the_walk_again() -> None:
    """A refused cursor restarts the walk, and no item is yielded twice."""
    refused = error(400, message="cursor: expired")
    script = Script(page([item(1)], "a"), refused, page([item(1)], "b"), page([item(2)], "c"), refused, pages_of(4, 9))
    walk = loop(script).feedback.iter()

    assert ids(walk) == ["fb_1", "fb_2", "fb_0", "fb_3"]
    assert walk.complete


def test_a_cursor_that_is_refused_for_ever_ends_the_walk() -> None:
    """A restart without a new item is the last one."""
    script = Script(lambda r: error(400) if r.url.params.get("cursor") else page([item(1)], "a"))
    with pytest.raises(InvalidRequestError):
        list(loop(script).feedback.iter())

    assert len(script.requests) == 4


def test_a_refused_first_page_is_an_error() -> None:
    """A refused first page is an error without a restart."""
    script = Script(error(400))
    with pytest.raises(InvalidRequestError):
        list(loop(script).feedback.iter(cursor="foreign"))

    assert len(script.requests) == 1


def test_known_pages_after_a_restart_are_allowed() -> None:
    """After a restart as many known pages as before are allowed; beyond them, three in a row are an error."""
    first = [page([item(n)], f"a{n}") for n in range(5)]
    again = [page([item(n)], f"b{n}") for n in range(5)]
    new = [page([item(9 + n)], f"c{n}") for n in range(3)]
    script = Script(*first, error(400), *again, *new, *(page([], f"d{n}") for n in range(9)))
    with pytest.raises(PaginationError, match="3 pages in a row"):
        list(loop(script).feedback.iter())

    assert len(script.requests) == 5 + 1 + 5 + 3 + 3
