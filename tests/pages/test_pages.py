"""The content of overview and inbox, on a real sandbox."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import time_machine

from loop_client.query import ABSENT
from pages.session import runtime
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox


def metrics(app: Any) -> dict[str, str]:  # noqa: ANN401 - an AppTest
    """Label → value of the overview's counts."""
    return {metric.label: metric.value for metric in app.metric}


def test_the_overview_counts_all_items(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The overview counts all five items, and the line says that they are complete."""
    connect(small)

    app = page()

    assert not app.exception
    assert metrics(app) == {
        "Items": "5",
        "Open": "4",
        "Open negative": "2",
        "Negative share": "75%",
        "No sentiment": "1",
        "People": "2",
    }
    assert any("5 items · complete back to" in text for text in texts(app))


def test_a_link_filters_every_number(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The filter of a link applies to every number."""
    connect(small)

    assert metrics(page(tag=["No tag", "search"]))["Items"] == "2"
    assert metrics(page(user="u_2"))["Items"] == "1"
    assert metrics(page(text="bold"))["Items"] == "1"


@pytest.mark.parametrize("column", ["sentiment", "tag"])
def test_an_older_link_asks_for_what_is_absent(
    small: RunningSandbox, connect: Callable[..., None], column: str
) -> None:
    """An older link with "(not set)" selects absent values under today's word."""
    connect(small)
    app = page(**{column: "(not set)"})

    assert metrics(app)["Items"] == "1"
    assert app.session_state[column] == [ABSENT[column]]
    assert not any("not known" in text for text in texts(app))


OLDER = re.compile(r"\(not set\)|untagged|unrated|(?<!No )\bnot set\b", re.IGNORECASE)


@pytest.mark.parametrize("where", ["overview", "inbox", "submit"])
def test_what_is_absent_has_one_word(tmp_path: Path, connect: Callable[..., None], where: str) -> None:
    """An absent value has one name per field, on every page, list, chart and table."""
    rows = [row(number, tag=None, sentiment=None, source=None) for number in (3, 2, 1)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)
        app = page(where, view="all", columns=["sentiment", "tag", "source"])
        shown = str([getattr(element, "proto", "") for element in (*app.main, *app.sidebar)])
        frames = [frame.value.to_string() for frame in app.dataframe]

    assert OLDER.findall("\n".join([shown, *frames])) == []
    if where == "inbox":
        assert all(word in frames[0] for word in ("No tag", "No sentiment", "No source"))


def test_a_field_says_what_it_takes(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Each field says what can be typed, and the period says whose days it uses."""
    connect(small, LOOP_TIME_ZONE="Europe/Berlin")

    form, last = page("submit"), page().segmented_control(key="last")

    shown = [form.selectbox(key=f"draft_{field}").placeholder for field in ("tag", "source")]
    assert shown == ["Choose or type, such as exports", "Choose or type, such as in-app-widget"]
    assert (last.label, last.help) == ("Period", "Whole days in Europe/Berlin, today included.")


def test_an_invalid_value_in_a_link_is_reported_and_ignored(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """An unknown value in a link is reported and not applied."""
    connect(small)

    app = page(status="shut")

    assert metrics(app)["Items"] == "5"
    assert "status “shut” is not known." in texts(app)


def test_the_inbox_opens_on_open_negative_items(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The inbox opens on open negative items, newest first, with the newest one beside the list."""
    connect(small)

    app = page("inbox")

    assert not app.exception
    assert list(app.dataframe[0].value["message"]) == [
        "The newest",
        "**bold** ![x](http://example.invalid/x.png) $1 and $2",
    ]
    assert "The newest" in [element.value for element in app.text]


def test_a_link_opens_an_item(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The item of a link is shown as plain text, even if the view does not list it."""
    connect(small)

    app = page("inbox", item="fb_5")

    assert "Message 5" in [element.value for element in app.text]
    assert any("outside the current view" in text for text in texts(app))


def test_the_time_of_resolution_is_shown_as_far_as_it_was_observed(
    small: RunningSandbox, connect: Callable[..., None]
) -> None:
    """An item's time of resolution is shown as the span in which it was observed."""
    connect(small)
    small.store.resolve(["fb_1"])
    with time_machine.travel(runtime.now() + timedelta(minutes=6)):  # the open items are scanned again by then
        runtime.check_now()
        until(lambda: (runtime.snapshot().frame["status"] == "resolved").sum() == 2)

    assert any(text.startswith("observed, between ") for text in texts(page("inbox", item="fb_1")))
    assert not any("observed" in text for text in texts(page("inbox", item="fb_5")))


def test_no_items_are_an_invitation(sandbox: RunningSandbox, connect: Callable[..., None]) -> None:
    """An empty account links to the form, without an error."""
    connect(sandbox)

    for name in ("overview", "inbox"):
        app = page(name)
        assert not app.exception
        assert any("There is no feedback yet" in text for text in texts(app))


@pytest.mark.usefixtures("still")
def test_a_period_is_compared_with_the_one_before(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A period compares items, negative share and people with the previous one; without a period, nothing is."""
    kinds = ["positive", "negative", "negative"]
    now = [row(number, sentiment=kinds[number % 3], user_id=f"u_{number % 15}") for number in range(1, 31)]
    before = [row(24 * 9 + number, sentiment="positive", user_id=f"u_{number}") for number in range(10)]
    with running_sandbox(tmp_path / "loop", items=[*now, *before, row(24 * 30)]) as sandbox:
        connect(sandbox)

        deltas = {metric.label: metric.delta for metric in page(last="7 days").metric}
        assert deltas["Items"] == "+200%"
        assert deltas["Negative share"] == "+66.7 points"
        assert deltas["People"] == "no clear change"  # 15 and 10 items
        assert deltas["Open"] == deltas["Open negative"] == deltas["No sentiment"] == ""
        earlier = {metric.label: metric.proto.delta_description for metric in page(last="7 days").metric}
        assert {name: before for name, before in earlier.items() if before} == {
            "Items": "10 before",
            "Negative share": "0% before",
            "People": "10 before",
        }
        assert {metric.delta for metric in page().metric} == {""}
        compared = {"Items", "Negative share", "People"}
        for link, reason in (({}, "no earlier period"), ({"status": "open"}, "not compared")):
            period = page(last="7 days" if link else "90 days", **link)
            assert {metric.label: metric.delta for metric in period.metric if metric.delta} == dict.fromkeys(
                compared, reason
            )
            assert not any(metric.proto.delta_description for metric in period.metric)
