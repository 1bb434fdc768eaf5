"""Clients, walks, errors and items can be pickled, without the key."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from loop_client import (
    APIConnectionError,
    APITimeoutError,
    ConfigurationError,
    CreateOutcomeUnknown,
    Feedback,
    Loop,
    LoopError,
    PaginationError,
    QuotaExceededError,
    RateLimitError,
    ResponseError,
    TooLargeError,
    User,
)
from tests.answers import KEY, URL

if TYPE_CHECKING:
    from tests.sandboxes import RunningSandbox


def test_a_pickled_client_reads_the_key_where_it_is_unpickled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickled client has its settings and reads the key where it is unpickled."""
    pickled = pickle.dumps(Loop(api_key=KEY, base_url=URL, timeout=3.0, max_retries=5, max_wait=7.0))
    with pytest.raises(ConfigurationError):
        pickle.loads(pickled)  # noqa: S301 - made two lines above

    monkeypatch.setenv("LOOP_API_KEY", "another")
    copy = pickle.loads(pickled)  # noqa: S301 - the same

    assert (copy.base_url, copy.timeout, copy.max_retries, copy.max_wait) == (URL, 3.0, 5, 7.0)


@pytest.mark.parametrize(
    "original",
    [
        LoopError("x"),
        ConfigurationError("x"),
        APIConnectionError("x", sent=False),
        APITimeoutError("x", sent=True),
        RateLimitError("x", 429, "rate_limited", "slow down", 7.0),
        QuotaExceededError("x", 429, "quota_exceeded", None, None),
        ResponseError("x"),
        TooLargeError("x"),
        PaginationError("x"),
        CreateOutcomeUnknown("x"),
    ],
)
def test_errors_keep_their_fields_when_pickled(original: LoopError) -> None:
    """A pickled error keeps its class, text and fields."""
    copy = pickle.loads(pickle.dumps(original))  # noqa: S301 - made right here

    assert type(copy) is type(original)
    assert (str(copy), vars(copy)) == (str(original), vars(original))


def test_a_walk_goes_on_in_another_process(sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pickled walk goes on where it was, and does not contain the key."""
    monkeypatch.setenv("LOOP_API_KEY", sandbox.api_key)
    with Loop(base_url=sandbox.base_url) as client:
        for text in "abc":
            client.feedback.create(user={"id": "u"}, message=text)
        walk = client.feedback.iter(page_size=1)
        first = next(iter(walk))
        pickled = pickle.dumps(walk)
        copy = pickle.loads(pickled)  # noqa: S301 - made one line above

    assert sandbox.api_key.encode() not in pickled
    with copy._ask.func.__self__._loop:  # noqa: SLF001 - the copy has made its own client, which must be closed
        assert [first.message, *(one.message for one in copy)] == ["c", "b", "a"]
    assert (copy.stats.items, copy.complete) == (3, True)


def test_items_can_be_pickled() -> None:
    """A pickled item is unchanged."""
    original = Feedback(
        id="fb_1", user=User(id="u"), message="m", created_at=datetime(2026, 1, 1, tzinfo=UTC), extra={"new": [1]}
    )

    assert pickle.loads(pickle.dumps(original)) == original  # noqa: S301 - made right here
