"""The page People: who says how much, what the team knows of them, and one person beside the table."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest

from loop_client import report
from loop_client.mirror import Coverage
from loop_client.query import Question, shortened
from pages.components.people import Chosen, PeopleModel, person, table
from pages.session import runtime
from tests.frames import item, items_frame, snapshot_of
from tests.moment import NOW
from tests.pages.conftest import exported, number, page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

NAMES = "person,name,company\nu_1,Anna Weber,Acme\nu_2,Ben Rossi,Acme\nu_3,Cara Novak,=Beta\nu_9,Nobody,Gone\n"

ROWS = [
    row(30, user_id="u_3", sentiment="positive", tag="search"),
    row(20, user_id="u_2", status="resolved"),
    row(15, user_id="u_4", sentiment=None, tag=None),
    row(12, user_id="u_1", sentiment="positive", message="Thank you, u_2"),
    row(10, user_id="u_2"),
    row(5, user_id="u_1"),
    row(4, user_id="u_1"),
]


@pytest.fixture
def account(tmp_path: Path, connect: Callable[..., None]) -> Iterator[Path]:
    """A connected account of four people; the folder for `people.csv`."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        yield tmp_path


def shown(app: AppTest) -> list[dict[str, Any]]:
    """The rows of the table, by column: "0" is the person or group, further numbers are the team's columns."""
    (frame,) = (one.value for one in app.dataframe if "open_negative" in one.value)
    return [{str(name): cell for name, cell in one.items()} for one in frame.to_dict("records")]


def link(app: AppTest, label: str) -> Any:  # noqa: ANN401 - a protocol buffer
    """The link with this label."""
    found: list[Any] = [*app.get("page_link")]
    (one,) = (one.proto for one in found if one.label == label)
    return one


def people(app: AppTest) -> list[str]:
    """The first cells of the table."""
    return [str(one["0"]) for one in shown(app)]


def select(app: AppTest, place: int) -> AppTest:
    """Select a row of the table, as the browser says so; AppTest has no call for it."""
    (table,) = (one for one in app.dataframe if "open_negative" in one.value)
    states = app._tree.get_widget_states()  # noqa: SLF001
    state = states.widgets.add()
    state.id = table.proto.id
    state.string_value = json.dumps({"selection": {"rows": [], "columns": [], "cells": [[place, "0"]]}})
    return app._run(widget_state=states)  # noqa: SLF001


@pytest.mark.usefixtures("account")
def test_each_person_has_the_numbers_of_a_plain_count() -> None:
    """The table has everybody with a plain count of their items, those to be called first."""
    app = page("people")

    found = shown(app)
    assert not app.exception
    assert Counter({one["0"]: one["items"] for one in found}) == Counter(one["user_id"] for one in ROWS)
    to_answer = Counter(one["user_id"] for one in ROWS if (one["status"], one["sentiment"]) == ("open", "negative"))
    assert [(one["0"], one["open_negative"]) for one in found][:2] == to_answer.most_common()
    assert {one["0"]: one["negative"] for one in found if one["0"] != "u_4"} == pytest.approx(
        {"u_1": 200 / 3, "u_2": 100, "u_3": 0}
    )
    assert any(text == "4 people with 7 items." for text in texts(app))


@pytest.mark.usefixtures("account")
def test_the_filters_of_the_sidebar_apply() -> None:
    """Only people with items that pass the filters are listed, with those items alone."""
    assert {one["0"]: one["items"] for one in shown(page("people", sentiment="positive"))} == {"u_1": 1, "u_3": 1}


@pytest.mark.usefixtures("account")
def test_the_overviews_number_of_people_leads_here_with_the_same_number() -> None:
    """The card People of the overview leads to as many rows."""
    app = page(last="7 days")
    to_people = link(app, "Who they are")

    query = {name: values[0] for name, values in parse_qs(to_people.query_string).items()}
    assert (to_people.page, len(shown(page("people", **query)))) == ("people", int(number(app, "People")))


def test_the_teams_columns_are_shown_and_searched(account: Path) -> None:
    """Names are beside ids, the search finds them, and what was loaded is said."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", find="anna")

    assert [(one["0"], one["1"], one["2"]) for one in shown(app)] == [("u_1", "Anna Weber", "Acme")]
    assert "4 people, 3 of the 4 here. Columns: name, company." in texts(app)


def test_people_are_grouped_and_a_group_shows_its_people(account: Path) -> None:
    """A company is a row with the sum of its people's items; a button lists those of the selected one."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", group_by="company")
    groups = [(one["0"], one["people"], one["items"]) for one in shown(app)]
    select(app, 1)
    assert [one["0"] for one in shown(app)] == [name for name, *_ in groups]
    select(app, 0)
    assert app.query_params == {"group_by": "company"}
    (button,) = (one for one in app.button if one.label == "Show these 2 people")
    button.click().run()

    assert groups == [("Acme", 2, 5), ("=Beta", 1, 1), ("(none)", 1, 1)]
    assert people(app) == ["u_1", "u_2"]
    assert app.query_params == {"member_of": "company:Acme"}
    assert parse_qs(link(app, "Items of these 2 people").query_string)["only"] == ["user:u_1", "user:u_2"]


def test_a_group_replaces_what_was_chosen_of_its_column_in_any_spelling(account: Path) -> None:
    """The people of a group are listed, and nobody of the value that was typed before."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", group_by="company", member_of=["COMPANY:Acme", "name:Anna Weber"])
    select(app, 0)
    (button,) = (one for one in app.button if one.label == "Show this person")
    button.click().run()

    assert app.query_params == {"member_of": ["name:Anna Weber", "company:Acme"]}


def test_a_column_of_the_teams_file_is_no_markdown(account: Path) -> None:
    """Signs that would make a link or an image of its name are not passed on."""
    (account / "people.csv").write_text("person,[open](//evil.example) **b**\nu_1,Acme\n")

    app = page("people", person="u_1")

    [name] = [one.value for one in app.caption if "evil" in one.value]
    assert set("[]()/.*").isdisjoint(name)


def test_a_typed_value_needs_no_column(account: Path) -> None:
    """A value is found in any column and any case; what no column has is said, and neither filters nor is exported."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", member_of=["acme", "compnay:Acme"])

    assert people(app) == ["u_1", "u_2"]
    assert [one.value for one in app.text if "is not known" in one.value] == [
        "Only “compnay:Acme” is not known: no column of people.csv has it."
    ]
    about = b"".join(exported(app, "csv").pieces()).decode()
    assert '""member_of"":""acme"",' in about


def test_a_person_keeps_their_numbers_beside_groups(account: Path) -> None:
    """An open person has their own numbers, also while the rows are companies."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", group_by="company", person="u_2")

    assert "2, 1 open, 1 open and negative" in str(texts(app))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name\nAnna\n", "The header has no column “person” with the ids of people."),
        ("person,name\n,Anna\nu_1,Anna\n", "Row 2: left out: it has no person."),
    ],
)
def test_a_broken_file_says_why_and_breaks_nothing(account: Path, content: str, said: str) -> None:
    """What is wrong with the file is said by row, and the table is there all the same."""
    (account / "people.csv").write_text(content)

    app = page("people")

    assert not app.exception
    assert said in texts(app)
    assert len(shown(app)) == 4


def test_a_changed_file_is_shown_in_the_next_run(account: Path) -> None:
    """A name that is added to the file is in the table without a restart."""
    app = page("people")
    (account / "people.csv").write_text(NAMES)

    assert "1" not in shown(app)[0]
    assert shown(app.run())[0]["1"] == "Anna Weber"


@pytest.mark.usefixtures("account")
def test_a_selected_person_is_in_the_link_with_open_negative_items_first() -> None:
    """A person has a timeline with a text, and their items, those to answer first."""
    app = select(page("people"), 0)

    assert app.query_params == {"person": "u_1"}
    (chart,) = app.get("vega_lite_chart")
    assert "3 in all" in chart.proto.alt
    (listed,) = (one.value for one in app.dataframe if "message" in one.value)
    assert listed["message"].tolist() == ["Message 4", "Message 5", "Thank you, u_2"]
    assert "2 different complaints open, the oldest for less than a day." in texts(app)
    assert any("= √2 complaints × " in text for text in texts(app))


@pytest.mark.parametrize(
    ("complaints", "items", "days", "said"),
    [
        (3, 5, 12.4, "3 different complaints open, said in 5 items, the oldest for 12 days."),
        (2, 2, 1.0, "2 different complaints open, the oldest for 1 day."),
        (1, 1, 40.0, "1 complaint open, for 40 days."),
        (1, 1, -0.1, "1 complaint open, for less than a day."),
    ],
)
def test_whom_to_call_is_explained_in_plain_words(complaints: int, items: int, days: float, said: str) -> None:
    """A sentence has the different complaints, the items, and how long the oldest waits."""
    about = {
        "complaints": complaints,
        "open_negative": items,
        "open_since": pd.Timestamp(NOW) - pd.Timedelta(days=days),
    }

    assert person.why(pd.Series(about, dtype=object), NOW) == said


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("label", "only"), [("Their items", ["user:u_1"]), ("To answer", ["status:open", "sentiment:negative", "user:u_1"])]
)
def test_their_items_are_only_theirs(label: str, only: list[str]) -> None:
    """Links lead to the inbox with the items of this person alone."""
    app = page("people", person="u_1")

    found = link(app, label)
    assert (found.page, parse_qs(found.query_string)) == ("inbox", {"view": ["all"], "only": only})


@pytest.mark.usefixtures("account")
def test_a_person_without_items_that_pass_is_said_to_have_none() -> None:
    """A link to a person whom the filters exclude, or who is unknown, says so."""
    for query in ({"person": "u_3", "sentiment": "negative"}, {"person": "u_unknown"}):
        app = page("people", **query)

        assert ":material/search_off: **No item of this person matches the filters.**" in texts(app)


@pytest.mark.usefixtures("account")
def test_an_item_of_a_person_opens_in_the_inbox() -> None:
    """The id that selecting an item puts into the link leads to the inbox, among the items of this person."""
    app = page("people", person="u_1")
    app.query_params["item"] = "fb_5"
    app.run()

    assert app.title[0].value == "Inbox"
    assert app.query_params["item"] == "fb_5"
    assert app.query_params["only"] == "user:u_1"


def test_a_very_long_id_is_opened_by_its_short_name(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A person with a very long id has a short name in the link, which opens exactly this one."""
    ids = ["x" * 300 + end for end in "ab"]
    items = [row(number, user_id=one) for number, one in enumerate(ids)]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        app = select(page("people"), 1)

    assert app.query_params == {"person": shortened(ids[1])}
    (listed,) = (one.value for one in app.dataframe if "message" in one.value)
    assert listed["message"].tolist() == ["Message 1"]


def test_without_items_the_page_says_why(tmp_path: Path, connect: Callable[..., None]) -> None:
    """An account without feedback, and filters that nothing passes, have a sentence in place of the table."""
    with running_sandbox(tmp_path / "loop", items=[]) as sandbox:
        connect(sandbox)

        app = page("people")

    assert not app.exception
    assert ":material/inbox: **There is no feedback yet.**" in texts(app)


@pytest.mark.usefixtures("account")
def test_a_search_without_hits_says_so() -> None:
    """Where nobody is found, the page says that search and filter do it."""
    app = page("people", find="nobody of this name")

    assert ":material/search_off: **Nobody matches the search and the filter of people.**" in texts(app)


def test_many_people_are_paged(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A page has at most 50 rows, whose pages together have everybody once; another order starts at the first."""
    items = [row(number, user_id=f"u_{number}") for number in range(120, 0, -1)]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        pages = [people(page("people", people_page=str(place))) for place in (1, 2, 3)]
        app = page("people", people_page="3")
        app.selectbox(key="people_by").set_value("last said").run()

    assert [len(one) for one in pages] == [50, 50, 20]
    assert len({one for each in pages for one in each}) == 120
    assert people(app) == [f"u_{number}" for number in range(1, 51)]


def test_share_safe_masks_people_and_what_the_team_knows(account: Path) -> None:
    """With share-safe on neither the page nor its export has an id, a name or a company, and the rows stay."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", safe="true", person="u_1", find="acme", member_of="company:Acme")
    drawn = str([one.value.to_dict() for one in app.dataframe]) + str(texts(app)) + str(app.subheader)
    file = b"".join(exported(app, "csv").pieces()).decode()

    assert len(shown(app)) == 2
    assert any("√2 complaints × " in text for text in texts(app))
    secrets = ("u_1", "u_2", "Anna", "Weber", "Acme", "acme")
    assert not [secret for secret in secrets if secret in drawn + file]
    assert app.query_params == {"safe": "true", "hidden": ["person", "find", "member_of"]}


def test_turned_off_share_safe_shows_again_what_it_hid(account: Path) -> None:
    """Search, filter and open person are in widgets and link again once the switch is off."""
    (account / "people.csv").write_text(NAMES)
    query = {"person": "u_1", "find": "anna", "member_of": "company:Acme"}

    app = page("people", **query)
    app.toggle(key="safe").set_value(True).run()
    hidden = dict(app.query_params)
    app.toggle(key="safe").set_value(False).run()

    assert hidden == {"safe": "true", "hidden": ["person", "find", "member_of"]}
    assert app.query_params == query
    assert (app.text_input(key="find").value, people(app)) == ("anna", ["u_1"])


@pytest.mark.usefixtures("account")
def test_their_items_are_found_while_share_safe_hides_who_it_is() -> None:
    """With share-safe on, "Their items" leads to the items of the person, and no link names them."""
    app = select(page("people", safe="true"), 0)
    (button,) = (one for one in app.button if one.label == "Their items")
    button.click().run()

    assert app.title[0].value == "Inbox"
    assert "u_1" not in str(app.query_params)
    assert any("3 items" in text for text in texts(app))


def test_an_export_has_the_rows_of_the_table(account: Path) -> None:
    """The file has everybody who is listed, in the same order, with the choices of the page."""
    (account / "people.csv").write_text(NAMES)

    app = page("people", find="a", people_by="items")
    listed = people(app)
    file = exported(app, "csv")
    rows = [*csv.DictReader(io.StringIO(b"".join(file.pieces()).decode("utf-8-sig"), newline=""))]

    assert file.name.startswith("feedback-people-")
    assert [one["user_id"] for one in rows] == listed
    assert [one["company"] for one in rows if one["user_id"] == "u_3"] == ["'=Beta"]
    assert rows[0]["about"].startswith(f"{len(rows)} people · filters:")
    assert '"find":"a","people_by":"items"' in rows[0]["about"]


@pytest.mark.usefixtures("account")
def test_viewers_share_what_the_page_makes_of_its_items(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is made once for all viewers with the same filters."""
    made = []
    real = report.people_table

    def counted(*given: Any) -> report.PeopleTable:  # noqa: ANN401 - as the real one takes them
        made.append(given)
        return real(*given)

    monkeypatch.setattr(report, "people_table", counted)

    for _ in range(3):
        page("people")

    assert len(made) == 1


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("**b** $1$ `x` <b>", r"\*\*b\*\* \$1\$ \`x\` \<b\>"),
        ("**b** O'Brien_2", r"\*\*b\*\* O\'Brien\_2"),
        ("![x](http://example.invalid/x.png) **b**", "x--http---example-invalid-x-png- --b"),
        ("see www.example.invalid", "see www-example-invalid"),
        ("anna@example.invalid :material/home:", "anna-example-invalid -material-home"),
    ],
)
def test_hostile_names_are_not_read_as_markdown(
    name: str, title: str, tmp_path: Path, connect: Callable[..., None]
) -> None:
    """A name is shown as it is in a person's title, or without the signs that would make a link of it."""
    with running_sandbox(tmp_path / "loop", items=[row(1)]) as sandbox:
        connect(sandbox)
        (tmp_path / "people.csv").write_text(f"person,name\nu_1,{name}\n")

        app = page("people", person="u_1")

    assert title in [one.value for one in app.subheader]


@pytest.mark.parametrize(("complete", "said"), [(True, "1 person with 2 items."), (False, "1+ people with 2+ items.")])
def test_while_items_are_loading_counts_are_lower_bounds(complete: bool, said: str) -> None:  # noqa: FBT001 - a parameter
    """People and items are counted with a "+" until all items are loaded."""
    snapshot = snapshot_of(items_frame([item(1), item(2)]), Coverage(complete=complete))

    model = PeopleModel(snapshot, Question(), runtime.LoadedPeople(), NOW, Chosen("items"))

    assert table.span(model, 0, 1) == said


@pytest.mark.parametrize(
    ("coverage", "said"),
    [
        (Coverage(complete=True), "2, 1 open, 1 open and negative"),
        (Coverage(reconciled_at=NOW), "2+, 1 open, 1 open and negative"),
        (Coverage(), "2+, 1+ open, 1+ open and negative"),
    ],
)
def test_a_persons_open_items_are_exact_once_these_are_loaded(coverage: Coverage, said: str) -> None:
    """Open items are loaded before the others: their number has a "+" until then, that of all items until later."""
    snapshot = snapshot_of(items_frame([item(1), item(2, status="resolved")]), coverage)
    model = PeopleModel(snapshot, Question(), runtime.LoadedPeople(), NOW, Chosen("items"))

    assert person.counts(model, model.people.rows.iloc[0]) == said


@pytest.mark.usefixtures("account")
def test_a_page_that_is_not_there_breaks_nothing() -> None:
    """A link to a page beyond the last one shows the table."""
    app = page("people", people_page="99")

    assert not app.exception
    assert len(shown(app)) == 4


def test_fewer_people_than_before_show_the_last_page(account: Path) -> None:
    """When the list gets shorter while one reads its last page, there is no error."""
    (account / "people.csv").write_text(NAMES)
    app = page("people", group_by="company")
    app.session_state["people_page"] = 2

    app.run()

    assert not app.exception
    assert len(shown(app)) == 3


def test_the_height_of_a_table_is_bounded() -> None:
    """The height of a table fits its rows, and is bounded."""
    assert table.height(1) < table.height(5) < table.height(50) == table.height(5_000)


def test_without_a_connection_nothing_is_known_of_people() -> None:
    """A process without a connection has read no file."""
    assert not runtime.people().is_there


def test_one_person_is_computed_once_for_all_viewers() -> None:
    """The numbers and the first items of a person are cached with the snapshot, whatever a viewer lists."""
    snapshot = snapshot_of(items_frame(item(number, user_id="u_1") for number in range(3)))
    hour = NOW.replace(minute=0)
    models = [
        PeopleModel(snapshot, Question(), runtime.LoadedPeople(), hour, Chosen("items", text=text))
        for text in ("", "u_1")
    ]
    of_person = [replace(model, chosen=Chosen("items")) for model in models]

    assert models[0].to_answer(0, 2) is models[1].to_answer(0, 2)
    assert len({id(model.page(np.array([0]))) for model in of_person}) == 1
