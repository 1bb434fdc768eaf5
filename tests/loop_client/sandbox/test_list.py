"""Listing items over HTTP: order, filters, pages and cursors."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loop_client.sandbox.test_create import PLAIN, error
from tests.sandboxes import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from tests.sandboxes import RunningSandbox


def stored(number: int, **fields: str | None) -> dict[str, str | None]:
    """An item as the store loads it."""
    plain = {"user_id": "u_1", "message": "Hello.", "sentiment": None, "source": None, "tag": None, "status": "open"}
    return {"id": f"fb_{number}", "created_at": "2026-01-01T00:00:00.000Z", **plain, **fields}


def walk(api: httpx.Client, **parameters: Any) -> Iterator[list[str]]:  # noqa: ANN401 - query parameters
    """The ids of all pages, until `hasMore` is false."""
    while True:
        page = api.get("/feedback", params=parameters).raise_for_status().json()
        assert page["hasMore"] == (page["nextCursor"] is not None)
        yield [item["id"] for item in page["data"]]
        if not page["hasMore"]:
            return
        parameters["cursor"] = page["nextCursor"]


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["open", "resolved"]),
        "sentiment": st.sampled_from(["positive", "neutral", "negative"]),
        "tag": st.sampled_from(["exports", "Exports", "a&b=c", "", "*"]),
    },
)
ITEMS = [
    stored(
        number,
        created_at=f"2026-01-01T00:00:00.{number // 7 % 10:03}Z",
        status=["open", "resolved"][number % 3 % 2],
        sentiment=["positive", "neutral", "negative", None][number * 7 % 11 % 4],
        tag=["exports", "Exports", "a&b=c", None][number * 5 % 13 % 4],
    )
    for number in range(200)
]


@pytest.fixture(scope="module")
def filled(any_api: httpx.Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of a sandbox with 200 items, with many ties, mostly not loaded in the order of their times."""
    with running_sandbox(tmp_path_factory.mktemp("filled"), items=ITEMS) as sandbox:
        any_api.base_url = sandbox.base_url
        any_api.headers["authorization"] = f"Bearer {sandbox.api_key}"
        yield any_api


@settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=FILTERS, limit=st.integers(8, 100))
def test_a_walk_is_the_sorted_and_filtered_list(filled: httpx.Client, filters: dict[str, str], limit: int) -> None:
    """Pages of any size add up to all matching items, newest first, ties by insertion."""
    pages = list(walk(filled, limit=limit, **filters))
    matching = [item for item in ITEMS if all(item[name] == value for name, value in filters.items())]
    newest_first = sorted(matching, key=lambda item: item["created_at"] or "")[::-1]
    assert [name for page in pages for name in page] == [item["id"] for item in newest_first]
    assert all(len(page) == limit for page in pages[:-1])


def test_a_page_has_20_items_by_default(filled: httpx.Client) -> None:
    """Without a limit a page has 20 items."""
    assert len(next(walk(filled))) == 20


def test_the_limit_may_change_from_page_to_page(filled: httpx.Client) -> None:
    """A cursor is valid with another limit."""
    first = filled.get("/feedback", params={"limit": 3}).json()
    second = filled.get("/feedback", params={"limit": 100, "cursor": first["nextCursor"]}).json()
    complete = filled.get("/feedback", params={"limit": 100}).json()
    assert (first["data"] + second["data"])[:100] == complete["data"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", value) for value in ("0", "101", "-1", "1.0", "1e1", "+5", " 5", "٣", "", "ten", "9" * 5000)),
        *(("status", value) for value in ("", "Open", "closed", "open,resolved")),
        *(("sentiment", value) for value in ("", "angry", "NEGATIVE", "null")),
        ("tag", "t" * 201),
        *(("cursor", value) for value in ("", "c_", "c", "fb_1", "c_é", "c_" + "A" * 5000, "\0", "null")),
    ],
)
def test_a_bad_parameter_is_named(filled: httpx.Client, name: str, value: str) -> None:
    """An invalid parameter is a 400 whose message starts with its name."""
    status, kind, message = error(filled.get("/feedback", params={name: value}))
    assert (status, kind) == (400, "validation_error")
    assert message.startswith(f"{name}: ")


def test_unknown_parameters_are_ignored(filled: httpx.Client) -> None:
    """Undocumented parameters are ignored."""
    assert filled.get("/feedback?since=2020&Limit=0&offset=-1").content == filled.get("/feedback").content


@pytest.mark.parametrize(
    "other",
    [{}, {"status": "resolved"}, {"status": "open", "tag": "exports"}, {"sentiment": "negative"}, {"tag": "open"}],
)
def test_a_cursor_is_bound_to_its_filters(filled: httpx.Client, other: dict[str, str]) -> None:
    """A cursor is refused with other filters."""
    cursor = filled.get("/feedback", params={"status": "open", "limit": 1}).json()["nextCursor"]
    assert filled.get("/feedback", params={"status": "open", "cursor": cursor}).status_code == 200
    status, _, message = error(filled.get("/feedback", params={**other, "cursor": cursor}))
    assert status == 400
    assert message.startswith("cursor: ")


def test_a_changed_cursor_is_refused(filled: httpx.Client) -> None:
    """A cursor with any character changed, added or removed is refused."""
    cursor = filled.get("/feedback", params={"limit": 1}).json()["nextCursor"]
    changed = [cursor[:n] + ("A" if cursor[n] != "A" else "B") + cursor[n + 1 :] for n in range(0, len(cursor), 5)]
    for other in (*changed, cursor + "A", cursor + "=", cursor + "!", cursor[:-1], cursor.swapcase()):
        assert filled.get("/feedback", params={"cursor": other}).status_code == 400


def test_a_cursor_of_another_sandbox_is_refused(filled: httpx.Client, sandbox: RunningSandbox) -> None:
    """A cursor is signed with its sandbox's key, so that another one refuses it."""
    cursor = filled.get("/feedback", params={"limit": 1}).json()["nextCursor"]
    payload = base64.urlsafe_b64decode(cursor[2:] + "=" * (-(len(cursor) - 2) % 4))[12:]
    assert b"2026-01-01" in payload, "nothing but the signature tells the two apart"
    sandbox.store.load(ITEMS)
    headers = {"Authorization": f"Bearer {sandbox.api_key}"}
    answer = filled.get(f"{sandbox.base_url}/feedback", params={"cursor": cursor}, headers=headers)
    assert answer.status_code == 400


def test_a_cursor_outlives_a_restart(tmp_path: Path, any_api: httpx.Client) -> None:
    """With the same key and database a cursor is valid after a restart."""
    seen: list[str] = []
    cursor = None
    for _ in range(2):
        with running_sandbox(tmp_path, items=ITEMS if cursor is None else (), api_key="k") as sandbox:
            page = any_api.get(
                f"{sandbox.base_url}/feedback",
                params={"limit": 100, **({"cursor": cursor} if cursor else {})},
                headers={"Authorization": "Bearer k"},
            ).json()
            seen += [item["id"] for item in page["data"]]
            cursor = page["nextCursor"]
    assert len(set(seen)) == len(seen) == 200
    assert cursor is None


def test_an_item_that_arrives_during_a_walk_neither_repeats_nor_hides_others(api: httpx.Client) -> None:
    """While items arrive, a walk yields each earlier item exactly once, in order."""
    before = [api.post("/feedback", json=PLAIN).json()["id"] for _ in range(12)]
    seen = []
    for page in walk(api, limit=2):
        seen += page
        for _ in range(3):
            api.post("/feedback", json=PLAIN).raise_for_status()
    assert seen == before[::-1]


def test_a_walk_stands_while_writers_write(api: httpx.Client, sandbox: RunningSandbox) -> None:
    """During constant writes a walk yields each earlier item exactly once."""
    sandbox.store.load(ITEMS)
    before = {item["id"] for item in ITEMS}
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            sandbox.store.create({"user_id": "u_1", "message": "More.", "sentiment": None, "source": None, "tag": None})

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = [name for page in walk(api, limit=3) for name in page]
    finally:
        ended.set()
        writer.join()
    assert len(sandbox.store) > 200
    assert sorted(name for name in seen if name in before) == sorted(name for name in before if name)
    assert len(seen) == len(set(seen))


def test_a_resolved_item_leaves_the_open_list_and_keeps_its_place(api: httpx.Client, sandbox: RunningSandbox) -> None:
    """Resolving changes only an item's status, in every list."""
    first, second = (api.post("/feedback", json=PLAIN).json() for _ in range(2))
    assert sandbox.store.resolve([first["id"], "fb_none"]) == [first["id"]]
    assert api.get("/feedback?status=open").json()["data"] == [second]
    assert api.get("/feedback?status=resolved").json()["data"] == [{**first, "status": "resolved"}]
    assert api.get("/feedback").json()["data"] == [second, {**first, "status": "resolved"}]
