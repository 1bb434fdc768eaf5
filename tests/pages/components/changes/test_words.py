"""From a new word on the page Changes to its items and people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from loop_client.query.text import visible
from tests.pages.components.changes.test_changes_page import lines
from tests.pages.conftest import exported, page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.usefixtures("still")

SAID = "The tur\u202enstile *jams* at [gate](http://x.invalid)"
THINGS = ["checkout", "payment", "basket", "voucher", "order", "receipt", "refund", "parcel"]


def rows() -> list[dict[str, str | None]]:
    """Two quiet periods of 30 days; in the later one 16 people write 24 items about the turnstile."""
    found = []
    for number in range(120):
        quiet = f"All is well with {THINGS[number % 8]}"
        found.append(row(12 * number + 1, id=f"fb_{number}", user_id=f"u_{number}", message=quiet, tag="misc"))
    for number in range(24):
        names = {"id": f"new_{number}", "user_id": f"u_{number % 16}"}
        found.append(
            row(
                29 * number + 2,
                message=f"{SAID} {THINGS[number % 8]}",
                sentiment=["neutral", "negative"][number % 3 > 0],
                **names,
            )
        )
    return sorted(found, key=lambda one: str(one["created_at"]))


@pytest.fixture(autouse=True)
def account(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account in which a word is new."""
    with running_sandbox(tmp_path / "loop", items=rows()) as sandbox:
        connect(sandbox)
        yield


def followed(query: str, filters: dict[str, str], name: str = "inbox") -> AppTest:
    """The page that a link leads to, each item in a row of its own. `filters`: carried along by widgets."""
    parts: dict[str, str | list[str]] = {**filters, **parse_qs(query)}
    app = page(name, **parts | ({"single": "true"} if name == "inbox" else {}))
    assert not app.exception
    return app


def sentence(app: AppTest) -> tuple[str, str]:
    """The only sentence about a word, and the query of its link."""
    ((said, link),) = ((said, link) for said, link in lines(app).items() if " used by " in said)
    return said, link.query_string


@pytest.mark.parametrize(
    "query",
    [{"last": "30 days"}, {"since": "2026-05-21", "until": "2026-06-18"}, {"last": "30 days", "sentiment": "negative"}],
)
def test_a_word_leads_to_its_items_and_to_as_many_people_as_are_said(query: dict[str, str]) -> None:
    """The inbox has the items of the period that use the word, and People has those who are counted in the sentence."""
    said, link = sentence(page("changes", **query))
    inbox = followed(link, {**query, "columns": "age"})  # so that the messages have room
    links: list[Any] = [*inbox.get("page_link")]
    (to_people,) = (one.proto for one in links if one.label == "Who they are")
    people = followed(to_people.query_string, query, "people")
    counted = [one for one in rows() if str(one["message"]).startswith("The tur")]
    if "sentiment" in query:
        counted = [one for one in counted if one["sentiment"] == query["sentiment"]]
    if "until" in query:
        counted = [one for one in counted if str(one["created_at"]) < "2026-06-19"]
    persons = {one["user_id"] for one in counted}

    assert said.startswith(f"“tur⟦RLO⟧nstile jams” is used by {len(persons)} people of ")
    assert sorted(inbox.dataframe[0].value["message"]) == sorted(visible(str(one["message"])) for one in counted)
    assert f"{len(persons)} people with {len(counted)} items." in texts(people)


def test_what_is_open_says_by_which_word() -> None:
    """The inbox, People and an export say which word and which time they are limited to, as text."""
    _, link = sentence(page("changes", last="30 days"))
    inbox, said = followed(link, {}), "items that use “tur⟦RLO⟧nstile jams”, created up to 19 Jun 2026"

    assert [one.value for one in inbox.text if one.value.startswith(f"Only {said}")]
    assert not [one for one in (*inbox.markdown, *inbox.caption) if "tur" in one.value]
    assert said in b"".join(exported(inbox, "json").pieces()).decode()


def test_a_second_look_at_a_word_reads_no_text_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The items of a word are looked up once for a snapshot, filters and days."""
    app, looked_up = page("inbox", only="word:turnstil jam", view="all"), list[str]()
    monkeypatch.setattr("pages.session.drilldown.uses_of", lambda *_: looked_up.append("again"))
    app.toggle(key="single").set_value(True).run()

    assert not app.exception
    assert len(app.dataframe[0].value) == 24
    assert looked_up == []


@pytest.mark.parametrize("word", ["zebra", "<b>**x**</b> [y](http://z)", "timeout\u202e"])
def test_a_word_that_nobody_uses_says_so(word: str) -> None:
    """A link to an unknown word lists nothing, says what was read, and has a way out."""
    for name in ("inbox", "people"):
        app = page(name, only=f"word:{word}", last="30 days", **({"view": "all"} if name == "inbox" else {}))

        assert not app.exception
        assert any("No item matches the period and the drill-down" in text for text in texts(app))
        assert any(one.label == "Remove the drill-down" for one in app.button)
        assert not [one for one in (*app.markdown, *app.caption) if word in one.value]
    note = "No item of these days uses it; 84 were read. A search finds parts of words, too."
    assert note in texts(page("inbox", only=f"word:{word}", last="30 days", view="all"))


def test_share_safe_hides_a_word_and_stays_with_its_items() -> None:
    """With share-safe on, a word, which may be a name, is neither on the page nor in its link; the rows stay."""
    for name, about in (("inbox", "24 items"), ("people", "16 people with 24 items.")):
        app = page(name, only="word:turnstil jam", safe="true", **({"view": "all"} if name == "inbox" else {}))

        assert "Only items that use a word, which is hidden" in texts(app)
        assert any(about in text for text in texts(app))
        assert "turnstil" not in str(app.query_params)


def test_with_share_safe_on_a_word_leads_to_its_people_without_being_in_the_link() -> None:
    """The way from the items to their people is a button then, whose page has the same people."""
    inbox = page("inbox", only="word:turnstil jam", view="all", safe="true")
    (button,) = (one for one in inbox.button if one.label == "Who they are")
    button.click().run()

    assert "16 people with 24 items." in texts(inbox)
    assert "turnstil" not in str(inbox.query_params)


def test_a_saved_word_counts_what_its_list_shows() -> None:
    """A saved view of a word counts the items that use it."""
    app = page("inbox", only="word:turnstil jam", view="all", sentiment="neutral")
    app.text_input(key="view_name").set_value("Gates")
    next(button for button in app.button if button.label == "Save").click().run()

    assert page("inbox").pills(key="saved").options == ["Gates 8"]


def test_where_more_items_than_are_read_could_use_a_word_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of which older items were not read says so, and its counts are lower bounds."""
    monkeypatch.setattr("loop_client.report.word_uses.READ", 20)
    app = page("inbox", only="word:turnstil jam", view="all", single="true")

    assert any(text.startswith("Read for it: the newest 20 of 144 items.") for text in texts(app))
    assert any(text.endswith("so far") for text in texts(app))
