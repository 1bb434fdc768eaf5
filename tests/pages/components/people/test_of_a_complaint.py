"""From a complaint to its people and companies: the page People of a drill-down, and the way back."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from pages.components.overview.vega_specs import PICKED
from tests.pages.components.people.test_people import link, people, select, shown
from tests.pages.conftest import exported, page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

TEXT = "The export of the quarterly report never ends"

ALIKE = [
    row(1, message=f"{TEXT}!", user_id="u_1"),
    row(3, message=TEXT, user_id="u_3", tag="billing"),
    row(4, message=f"{TEXT}?", user_id="u_3"),
    row(400, message=f"{TEXT}…", user_id="u_4", status="resolved"),
]
ROWS = [
    *ALIKE,
    row(2, message="Where is the dark theme gone", user_id="u_2"),
    row(5, message="Please invite my colleagues", user_id="u_3"),
]

NAMES = "person,name,company\nu_1,Anna,Acme\nu_2,Ben,Acme\nu_3,Cara,Beta\nu_4,Dan,Beta\n"


@pytest.fixture(autouse=True)
def account(tmp_path: Path, connect: Callable[..., None]) -> Iterator[Path]:
    """An account with one complaint in four items of three people, and two others; the folder for `people.csv`."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        (tmp_path / "people.csv").write_text(NAMES)
        yield tmp_path


def followed(link: Any) -> AppTest:  # noqa: ANN401 - a protocol buffer
    """The page that a link leads to."""
    return page(link.page, **parse_qs(link.query_string))


def links(app: AppTest, label: str) -> list[Any]:
    """The links whose label begins so, as protocol buffers."""
    found: list[Any] = [*app.get("page_link")]
    return [one.proto for one in found if one.label.startswith(label)]


def who(app: AppTest) -> Any:  # noqa: ANN401 - a protocol buffer
    """The link in an item to who they are."""
    (found,) = links(app, "Who they are: ")
    return found


def messages(rows: list[dict[str, str | None]]) -> list[str]:
    """The messages of rows, in the order of `listed`."""
    return sorted(str(one["message"]) for one in rows)


def counts(app: AppTest) -> Mapping[str, int]:
    """Person or group → items in the table of people."""
    return {one["0"]: one["items"] for one in shown(app)}


def listed(app: AppTest) -> list[str]:
    """The ids of the items in the list of the inbox, each in a row of its own."""
    app.toggle(key="single").set_value(True).run()
    return sorted(app.dataframe[0].value["message"])


@pytest.mark.parametrize("item", ["fb_1", "fb_400"])
def test_an_item_leads_to_everybody_who_says_the_same(item: str) -> None:
    """The people and their items are those of a plain count of the complaint, and the note says what is listed."""
    to_people = who(page("inbox", item=item))
    app = followed(to_people)

    expected = Counter(one["user_id"] for one in ALIKE)
    assert to_people.label == f"Who they are: {len(expected)} people"
    assert counts(app) == expected
    assert "3 people with 4 items." in texts(app)
    assert any(text == f"Only what says the same as “{TEXT}{'!' if item == 'fb_1' else '…'}”" for text in texts(app))


def test_companies_of_a_complaint_are_counted() -> None:
    """Grouped by company, a row has the people and items of this complaint alone."""
    app = page("people", only="cluster:fb_1", group_by="company")

    assert {one["0"]: (one["people"], one["items"]) for one in shown(app)} == {"Acme": (1, 1), "Beta": (2, 3)}


def test_whom_to_call_about_a_complaint_counts_only_its_items() -> None:
    """Open negative items of a person are those of this complaint."""
    assert {one["0"]: one["open_negative"] for one in shown(page("people", only="cluster:fb_1"))} == {
        "u_1": 1,
        "u_3": 2,
        "u_4": 0,
    }


def test_one_wish_said_twice_is_one_complaint() -> None:
    """What somebody says again counts once for whom to call, and what another person says counts for each."""
    counted = {one["0"]: (one["open_negative"], one["complaints"]) for one in shown(page("people"))}

    assert counted == {"u_1": (1, 1), "u_2": (1, 1), "u_3": (3, 2), "u_4": (0, 0)}
    by_company = shown(page("people", group_by="company"))
    assert {one["0"]: one["complaints"] for one in by_company} == {"Acme": 2, "Beta": 2}


def test_an_export_has_the_people_of_the_complaint_and_says_so() -> None:
    """The file has the listed people with their items of this complaint, and names it."""
    app = page("people", only="cluster:fb_1")
    rows = [*csv.DictReader(io.StringIO(b"".join(exported(app, "csv").pieces()).decode("utf-8-sig"), newline=""))]

    assert {one["user_id"]: int(one["items"]) for one in rows} == counts(app)
    assert f"what says the same as “{TEXT}!”" in rows[0]["about"]


def test_their_items_are_as_many_as_are_counted() -> None:
    """The links of the page and of a person lead to the items counted there, and to no others of these people."""
    app = page("people", only="cluster:fb_1", person="u_3")
    of_all, of_one = links(app, "Their items")

    assert listed(followed(of_all)) == messages(ALIKE)
    assert listed(followed(of_one)) == [TEXT, f"{TEXT}?"]
    assert any("2, 2 open" in text for text in texts(app))


def test_the_items_of_found_people_stay_those_of_the_complaint() -> None:
    """The link below a search for people keeps the complaint."""
    app = page("people", only="cluster:fb_1", find="beta")

    assert listed(followed(link(app, "Items of these 2 people"))) == [TEXT, f"{TEXT}?", f"{TEXT}…"]


def test_a_persons_chart_has_the_items_of_the_complaint() -> None:
    """The chart over time of an open person counts what the page counts."""
    app = page("people", only="cluster:fb_1", person="u_3")

    (chart,) = app.get("vega_lite_chart")
    assert "2 in all" in chart.proto.alt


def test_a_bar_of_a_persons_chart_leads_to_what_it_counts() -> None:
    """A click on a bar keeps the complaint and the person, and adds its days and its sentiment."""
    app = page("people", only="cluster:fb_1", person="u_3", bucket="month")
    (chart,) = app.get("vega_lite_chart")
    states = app._tree.get_widget_states()  # noqa: SLF001
    state = states.widgets.add()
    state.id = chart.proto.id
    bar = {"start": 1_000 * datetime(2026, 6, 1, tzinfo=UTC).timestamp(), "sentiment": "negative"}
    state.string_value = json.dumps({"selection": {PICKED: [bar]}})
    app._run(widget_state=states)  # noqa: SLF001

    assert app.title[0].value == "Inbox"
    assert app.query_params["only"][:3] == ["sentiment:negative", "user:u_3", "cluster:fb_1"]
    assert listed(page("inbox", **app.query_params)) == [TEXT, f"{TEXT}?"]


def test_an_item_that_is_opened_from_a_person_stays_among_those_of_the_complaint() -> None:
    """The inbox that a person's item opens in lists the complaint's items of this person."""
    app = page("people", only="cluster:fb_1", person="u_3")
    app.query_params["item"] = "fb_3"
    app.run()

    assert app.title[0].value == "Inbox"
    assert app.query_params["only"] == ["user:u_3", "cluster:fb_1"]


def test_the_note_is_the_way_back_to_everybody() -> None:
    """The button of the note removes the drill-down, and everybody is listed."""
    app = page("people", only="cluster:fb_1")
    app.button(key="widen").click().run()

    assert app.query_params == {}
    assert set(people(app)) == {one["user_id"] for one in ROWS}


@pytest.mark.parametrize("view", ["open negative", "all"])
def test_a_drill_down_of_the_inbox_leads_to_the_people_of_the_rows(view: str) -> None:
    """The note of the inbox leads to whoever wrote the items listed there, in whatever view."""
    inbox = page("inbox", only="tag:exports", view=view)
    to_people = next(one for one in links(inbox, "Who they are") if one.label == "Who they are")

    expected = [one for one in ROWS if one["tag"] == "exports" and (view == "all" or one["status"] == "open")]
    app = followed(to_people)
    assert counts(app) == Counter(one["user_id"] for one in expected)
    assert listed(followed(link(app, "Their items"))) == messages(expected)


def test_filters_count_in_the_link_to_the_people() -> None:
    """Where filters leave out some of the people, the link counts those whom the page lists."""
    inbox = page("inbox", item="fb_1", status="open")
    to_people = who(inbox)

    assert to_people.label == "Who they are: 2 people who pass the filters"
    app = page("people", status="open", **parse_qs(to_people.query_string))
    assert counts(app) == {"u_1": 1, "u_3": 2}


def test_one_persons_complaint_has_no_link_to_people() -> None:
    """Where one person alone says so, there is no list of people to look at."""
    assert not links(page("inbox", item="fb_5"), "Who they are")


def test_a_person_opened_among_the_people_keeps_the_complaint() -> None:
    """Selecting a row keeps the drill-down in the link."""
    app = page("people", only="cluster:fb_1")
    opened = people(app)[0]
    select(app, 0)

    assert app.query_params == {"only": "cluster:fb_1", "person": opened}


def test_share_safe_keeps_a_complaint_and_masks_what_it_says() -> None:
    """With share-safe on, the link names the complaint's item, and the note quotes it masked."""
    app = page("people", only="cluster:fb_1", safe="true")

    assert app.query_params == {"only": "cluster:fb_1", "safe": "true"}
    assert len(shown(app)) == 3
    assert "u_1" not in str(texts(app))


def test_share_safe_removes_a_cluster_that_no_item_has() -> None:
    """A text in place of an id may name somebody, and is not left in the link."""
    app = page("people", only="cluster:anna@example.com", safe="true")

    assert "anna" not in str(app.query_params) + str(texts(app))


def test_a_person_hidden_by_share_safe_is_followed_to_their_page() -> None:
    """A drill-down that names a person leads to People too while it is hidden."""
    inbox = page("inbox", only="user:u_3", view="all", safe="true")
    (button,) = (one for one in inbox.button if one.label == "Who they are")
    button.click().run()

    assert inbox.title[0].value == "People"
    assert [one["items"] for one in shown(inbox)] == [3]
    assert "u_3" not in str(inbox.query_params)


def test_a_complaint_without_such_an_item_says_so() -> None:
    """A link to the complaint of an item that is not there lists nobody, with a way out."""
    app = page("people", only="cluster:fb_unknown")

    assert any("No item matches the drill-down" in text for text in texts(app))
    assert any(one.label == "Remove the drill-down" for one in app.button)
