"""The frame of a complete walk: declared columns, newest first, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from loop_client import APIConnectionError, Loop
from tests.answers import Script, error, item, loop, page

if TYPE_CHECKING:
    from tests.sandboxes import RunningSandbox


def test_a_frame_has_its_columns_and_dtypes_also_when_empty(sandbox: RunningSandbox) -> None:
    """An empty frame has the same columns and dtypes as one with rows."""
    with Loop(api_key=sandbox.api_key, base_url=sandbox.base_url) as client:
        empty = client.feedback.to_frame(status="resolved")
        client.feedback.create(user={"id": "u"}, message="m")
        one = client.feedback.to_frame()

    columns = ["id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at"]
    assert list(empty.columns) == list(one.columns) == columns
    assert (len(empty), len(one)) == (0, 1)
    assert empty.dtypes.to_dict() == one.dtypes.to_dict()
    assert [str(dtype) for dtype in one.dtypes] == ["str"] * 7 + ["datetime64[us, UTC]"]


def test_a_frame_is_newest_first_even_after_a_restart() -> None:
    """A frame is newest first, even if a restarted walk found an item late."""
    script = Script(page([item(2)], "a"), error(400), page([item(1), item(2)], "b"), page([item(3)]))

    assert list(loop(script).feedback.to_frame()["id"]) == ["fb_1", "fb_2", "fb_3"]


def test_a_frame_with_a_page_missing_is_no_frame() -> None:
    """A page that fails makes the frame fail."""
    with pytest.raises(APIConnectionError):
        loop(Script(page([item(1)], "a"), httpx.ReadError("reset")), max_retries=0).feedback.to_frame()
