"""The period of a page: the overview's first one, that of a link, and what it leaves out."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from streamlit.testing.v1 import AppTest

from loop_client.query import FIRST_PERIOD
from tests.pages.conftest import FRAME, number, page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("old_and_new", "still")


@pytest.fixture
def old_and_new(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account with three items of this month and two older ones."""
    rows = [row(1), row(2), row(3, tag="search"), row(24 * 40), row(24 * 80)]
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)
        yield


def opened(**query: str) -> AppTest:
    """The overview, opened by this link."""
    app = AppTest.from_file(FRAME, default_timeout=30)
    app.query_params.update(query)
    return app.run()


def asked(app: AppTest) -> Any:  # noqa: ANN401 - Streamlit's
    """The period that is selected."""
    return app.segmented_control(key="last").value


def test_the_bare_address_is_the_last_30_days() -> None:
    """The bare address shows the last 30 days, and says so in its link."""
    app = opened()

    assert number(app, "Items") == "3"
    assert asked(app) == FIRST_PERIOD == "30 days"
    assert app.query_params == {"last": "30 days"}


@pytest.mark.parametrize("link", [{"tag": "exports"}, {"measure": "shares"}, {"safe": "true"}, {"text": "message"}])
def test_an_older_link_means_all_time(link: dict[str, str]) -> None:
    """A link that names no dates still means all time, whatever else it names."""
    app = opened(**link)

    assert number(app, "Items") == ("4" if "tag" in link else "5")
    assert asked(app) == "all time"
    assert app.query_params == {**link, "last": "all time"}


def test_a_link_with_dates_has_no_period() -> None:
    """A link with a date selects its days, and no period."""
    app = opened(since="2026-05-01")

    assert number(app, "Items") == "4"
    assert asked(app) is None
    assert app.query_params == {"since": "2026-05-01"}


def test_all_time_is_one_click_away() -> None:
    """One click shows all items."""
    app = opened()
    app.segmented_control(key="last").set_value("all time").run()

    assert number(app, "Items") == "5"


def test_a_period_and_dates_replace_each_other() -> None:
    """A date removes the period; without any date it is all time; a period removes the dates."""
    app = opened()

    app.date_input(key="since").set_value(date(2026, 5, 1)).run()
    assert (asked(app), number(app, "Items")) == (None, "4")
    app.segmented_control(key="last").set_value("7 days").run()
    assert (app.date_input(key="since").value, number(app, "Items")) == (None, "3")
    app.date_input(key="until").set_value(date(2026, 5, 20)).run()
    assert (asked(app), number(app, "Items")) == (None, "2")
    app.date_input(key="until").set_value(None).run()
    assert (asked(app), number(app, "Items")) == ("all time", "5")


def test_without_filters_all_items_are_shown() -> None:
    """Clearing the filters shows all items, on each page."""
    app = opened(tag="exports", text="message", last="7 days")

    press(app, "Clear filters")

    assert (asked(app), number(app, "Items")) == ("all time", "5")
    assert next(button for button in app.button if button.label == "Clear filters").disabled
    inbox = page("inbox", last="7 days")
    press(inbox, "Clear filters")
    assert asked(inbox) is None


def press(app: AppTest, label: str) -> None:
    """Click the button with that label."""
    next(button for button in app.button if button.label == label).click().run()


@pytest.mark.parametrize("link", [{"since": "garbage"}, {"until": "1900-01-01"}])
def test_an_invalid_date_means_all_time_too(link: dict[str, str]) -> None:
    """A link with a date that is not valid means all time, before and after its notice."""
    app = opened(**link)
    assert (asked(app), number(app, "Items")) == ("all time", "5")

    press(app, "Dismiss")

    assert (asked(app), number(app, "Items")) == ("all time", "5")


def test_a_period_in_a_link_takes_the_place_of_dates() -> None:
    """Of a link with a period and dates the period counts, and no date is shown."""
    app = opened(last="30 days", since="2026-01-01")

    assert (asked(app), app.date_input(key="since").value, number(app, "Items")) == ("30 days", None, "3")
    assert "since is left out: the link has last, too." in texts(app)


def test_the_inbox_has_no_period_of_its_own() -> None:
    """The bare inbox shows what is open, however old; its filters stay on the way to the overview."""
    app = page("inbox", tag="exports")
    assert asked(app) is None

    assert number(app.switch_page("overview.py").run(), "Items") == "4"
    assert asked(app) == "all time"


def test_the_inbox_says_what_is_outside_the_period() -> None:
    """A period hides older items that need an answer: the inbox says how many, and shows them."""
    app = page("inbox", last="30 days")
    assert "2 more are outside the period." in texts(app)

    app.button(key="all_time").click().run()

    assert asked(app) == "all time"
    assert not any("outside the period" in text for text in texts(app))
    assert "2 more are outside the period." in texts(page("inbox", last="30 days", view="all"))
    assert "1 more is outside the period." in texts(page("inbox", since="2026-05-01", view="all"))
    assert not any("outside the period" in text for text in texts(page("inbox", last="30 days", view="new")))


def test_the_first_number_leads_to_the_older_items_too() -> None:
    """Beside what is open in the period is a link to all that is open, which changes the period."""
    app = opened()
    links: Any = [*app.get("page_link")]
    (link,) = (link for link in links if link.label == "All time: 5")
    assert (number(app, "Open negative"), link.proto.query_string) == (
        "3",
        "view=all&only=status%3Aopen&only=sentiment%3Anegative&last=all+time",
    )
    links = [*page().get("page_link")]
    assert not any("All time: " in link.label for link in links)

    app.query_params.clear()
    app.query_params.update({"view": "all", "only": ["status:open", "sentiment:negative"], "last": "all time"})
    app.switch_page("inbox.py").run()

    assert asked(app) == "all time"


def test_an_overview_without_items_in_its_period_offers_all_time() -> None:
    """Where the period hides all items, its button shows them."""
    app = opened(until="2026-01-01")
    assert "The period hides 5 items." in texts(app)

    press(app, "Show all time: 5")

    assert (asked(app), number(app, "Items")) == ("all time", "5")


def test_what_waits_longest_is_shown_whatever_the_period() -> None:
    """The chart by age has all open negative items: a period would hide those that have waited longest."""
    charts: Any = opened().get("vega_lite_chart")

    (ages,) = (chart.proto.alt for chart in charts if "open negative items" in chart.proto.alt)
    assert ages.startswith("5 open negative items, 2 of them over 30 days old")
    assert "All time, whatever the period. The oldest is from 31 Mar 2026." in texts(opened())
    assert "The oldest is from 31 Mar 2026." in texts(opened(last="all time"))
