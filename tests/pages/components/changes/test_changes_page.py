"""The page Changes: what it says, where its sentences lead, and that text from outside is only text."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs

import pytest

from loop_client.mirror import Mirror, StoreError
from loop_client.query import Filters, question_of
from loop_client.report import compared_periods
from pages.components.changes import ChangesModel
from pages.server import downloads
from pages.session import displayed, runtime
from tests.moment import NOW
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.usefixtures("still")

HOSTILE = "a **bold** :red[tag] <b>"
PERSONAL = "ana@example.com"
THINGS = ["checkout", "payment", "basket", "voucher", "order", "receipt", "refund", "parcel"]


def rows_of(tag: str) -> list[dict[str, str | None]]:
    """90 quiet days, a tag that is the first ever, one that went, and somebody who turned."""
    rows: list[dict[str, str | None]] = []

    def add(hour: int, **values: str | None) -> None:
        number = len(rows)
        usual: dict[str, str | None] = {"message": f"All is well with {THINGS[number % 8]}", "sentiment": "neutral"}
        usual |= {"id": f"fb_{number}", "user_id": f"u_{number}", "status": "resolved", "tag": "misc"}
        rows.append(row(hour, **{**usual, **values}))

    for number in range(120):
        add(18 * number + 2)
    for number in range(20):
        jams = f"The turnstile *jams* at [gate](http://x.invalid) {THINGS[number % 8]}"
        add(30 * number + 3, tag=tag, sentiment="negative", message=jams)
        add(30 * number + 24 * 31, tag="old")
    add(24 * 40, user_id=PERSONAL, sentiment="positive", message="Lovely")
    add(24 * 3, user_id=PERSONAL, sentiment="negative", message=f"Not any more, says {PERSONAL}", status="open")
    add(24 * 30 - 3, tag="old")  # in neither period: the last day of the earlier one counts up to this time of day
    return sorted(rows, key=lambda one: str(one["created_at"]))


@pytest.fixture
def eventful(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account in which a lot changed."""
    with running_sandbox(tmp_path / "loop", items=rows_of(HOSTILE)) as sandbox:
        connect(sandbox)
        yield


SENTENCES = {
    (
        f"{HOSTILE} is there for the first time: 20 items. 33% of all items, 0% before. "
        "Negative: 100%, unknown before: too few to tell."
    ),
    (
        "old is gone: none, after 20 items in the period before (0.00 to 0.31 times as many). 0% of all items, "
        "33% before. Negative: unknown, 0% before: too few to tell."
    ),
    (
        "“The turnstile *jams* at [gate](http://x.invalid) checkout” is there for the first time: 20 people. "
        "20 items, 0 before."
    ),
    "“turnstile jams” is used by 20 people of 61, 0 of 61 before.",
    f"{PERSONAL} turned: positive on 10 May 2026, negative on 16 Jun 2026.",
    f"“Not any more, says {PERSONAL}” has been open since 16 Jun 2026.",
    (
        "email has 61 items, 61 before: no clear change. 100% of all items, 100% before. Negative: 34%, 0% before: "
        "+34.4 points (+20.2 to +48.8)."
    ),
}


def lines(app: AppTest) -> dict[str, Any]:
    """Sentence, without the backslashes that make it plain → link."""
    links = [link.proto for link in app.get("page_link") if link.proto.label.endswith(".")]
    return {link.label.replace(displayed.NOTHING, "").replace("\\", ""): link for link in links}


@pytest.mark.usefixtures("eventful")
def test_each_change_is_a_sentence_with_its_earlier_number() -> None:
    """Tags, sources, clusters, words, people who turned and what waits are said in sentences with both numbers."""
    app = page("changes", last="30 days")

    assert not app.exception
    assert set(lines(app)) == SENTENCES
    labels = [one.label.replace(displayed.NOTHING, "") for one in lines(app).values()]
    assert all(re.fullmatch(r"(?:\\[!-/:-@\[-`{-~]|[^!-/:-@\[-`{-~])*", label) for label in labels)
    assert [(one.label, one.value, one.delta) for one in app.metric] == [
        ("Items", "61", "no clear change"),
        ("People", "61", "no clear change"),
        ("Negative share", "34%", "+34.4 points"),
        ("Open negative", "1", "not compared"),
    ]


@pytest.mark.usefixtures("eventful")
def test_the_bare_address_compares_the_last_30_days() -> None:
    """Opened without a period, as a link with other parameters too, the page compares the last 30 days."""
    for query in ({}, {"sentiment": "negative"}):
        app = page("changes", **query)

        assert "21 May 2026 to 19 Jun 2026, compared with 21 Apr 2026 to 20 May 2026." in [c.value for c in app.caption]


@pytest.mark.usefixtures("eventful")
def test_a_sentence_leads_to_the_rows_that_it_counts() -> None:
    """The link of a tag leads to as many items as its sentence says, also where they are of the period before."""
    app, snapshot = page("changes", last="30 days"), runtime.snapshot()
    for start, items in (("a ", 20), ("old ", 20), ("email ", 61)):
        (link,) = (one for sentence, one in lines(app).items() if sentence.startswith(start))
        question = question_of(parse_qs(link.query_string), NOW.date())

        assert len(question.rows(snapshot)) == items


@pytest.mark.usefixtures("eventful")
def test_a_cluster_leads_to_its_items_and_from_there_to_its_people() -> None:
    """The sentence of a cluster opens the items that it counts, whose people are as many as it says."""
    (to_items,) = (one for said, one in lines(page("changes", last="30 days")).items() if said.startswith("“The turn"))
    inbox = page("inbox", **parse_qs(to_items.query_string))
    found: list[Any] = [*inbox.get("page_link")]
    (to_people,) = (one.proto for one in found if one.label == "Who they are")
    people = page("people", **parse_qs(to_people.query_string))

    assert "1 row, which are 20 items" in texts(inbox)
    assert "20 people with 20 items." in texts(people)


@pytest.mark.usefixtures("eventful")
def test_quotes_are_texts_that_are_sent_once_they_are_opened() -> None:
    """A line's quotes are only text, and are in the page only while their popover is open."""
    app = page("changes", last="30 days")
    assert not [text for text in texts(app) if "turnstile" in text]
    app.session_state["table-quotes-clusters-0"] = True
    app.run()

    assert len([one for one in app.text if one.value.startswith("The turnstile *jams* at [gate]")]) == 3
    assert not [one for one in (*app.caption, *app.markdown) if "turnstile" in one.value]


def test_everybody_who_turned_can_be_shown(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The list of who turned is cut, and all others are sent once they are asked for."""
    rows = rows_of("gates")
    for number in range(17):
        about: dict[str, str | None] = {"user_id": f"p_{number:02}", "message": "So it is", "tag": "misc"}
        rows.append(row(24 * 45 + number, **{**about, "id": f"was_{number}", "sentiment": "positive"}))
        rows.append(row(2 + number, **{**about, "id": f"is_{number}", "sentiment": "negative"}))
    with running_sandbox(tmp_path / "many", items=sorted(rows, key=lambda one: str(one["created_at"]))) as sandbox:
        connect(sandbox)
        app = page("changes", last="30 days")
        first = [said for said in lines(app) if " turned: " in said]
        (more,) = (one for one in app.expander if one.label.startswith("Show"))
        app.session_state["more-turned"] = True
        app.run()

    everybody = [f"p_{number:02}" for number in range(17)] + [PERSONAL]
    assert [said.split()[0] for said in first] == everybody[:10]
    assert more.label == "Show 8 more"
    assert [said.split()[0] for said in lines(app) if " turned: " in said] == everybody


@pytest.mark.usefixtures("eventful")
def test_people_are_called_as_the_teams_file_says_now(tmp_path: Path) -> None:
    """Sentences and quotes have the names of the file, also of one that has just changed, and only as text."""
    page("changes", last="30 days")
    (tmp_path / "people.csv").write_text(f"person,name\n{PERSONAL},{HOSTILE}\nu_120,{HOSTILE}\n")
    app = page("changes", last="30 days")
    app.session_state["table-quotes-clusters-0"] = True
    app.run()

    named = [said for said in lines(app) if HOSTILE in said and not said.startswith(HOSTILE)]
    assert named == [
        f"{PERSONAL} ({HOSTILE}) turned: positive on 10 May 2026, negative on 16 Jun 2026.",
        f"“Not any more, says {PERSONAL}” ({HOSTILE}) has been open since 16 Jun 2026.",
    ]
    assert HOSTILE in [one.value for one in app.text]
    assert not [one for one in (*app.caption, *app.markdown) if HOSTILE in one.value]


@pytest.mark.usefixtures("eventful")
def test_share_safe_masks_people_and_leaves_out_words() -> None:
    """While share-safe is on, no sentence, link or file names a person, and no words are listed."""
    app = page("changes", last="30 days", safe="true")
    app.session_state["take_along"] = True
    app.run()
    files = [downloads.offered.take(link.rpartition("/")[2]) for link in app.session_state["export_links"][-1]]
    content = [b"".join(file.pieces()).decode() for file in files if file]

    assert len(content) == 3
    assert all("example" not in one and "turnstile jams”" not in one for one in content)
    assert not [one for one in (*texts(app), *lines(app)) if "example.com" in one or "turnstile jams”" in one]
    assert [one for one in app.text if one.value.startswith("person ")]


@pytest.mark.usefixtures("eventful")
def test_two_other_periods_are_compared_as_the_link_says() -> None:
    """Days in the link take the place of the previous period; people are not compared where lengths differ."""
    query = {"compare": "other days", "other_since": "2026-04-01", "other_until": "2026-04-20"}
    app = page("changes", last="30 days", **query)

    assert not app.exception
    assert "21 May 2026 to 19 Jun 2026, compared with 1 Apr 2026 to 20 Apr 2026." in [c.value for c in app.caption]
    assert [one.delta for one in app.metric][1] == "not compared"


@pytest.mark.usefixtures("eventful")
def test_what_could_not_be_compared_is_said_in_the_open() -> None:
    """A part that could not be compared says why on the page, and not behind what did not change."""
    query = {"compare": "other days", "other_since": "2026-04-01", "other_until": "2026-04-20"}
    app = page("changes", last="30 days", **query)
    said = [one.value for one in app.caption if "**What people say.** Not compared: " in one.value]
    hidden = [one.value for expander in app.expander for one in expander.caption]

    assert len(said) == 1
    assert said[0] not in hidden


@pytest.mark.usefixtures("eventful")
def test_resolutions_that_cannot_be_read_are_not_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the copy cannot be read, a sentence says so where everybody sees it, and the next look reads it again."""

    def broken(*_: object) -> NoReturn:
        raise StoreError("The disk has an error.")

    with monkeypatch.context() as patched:
        patched.setattr(Mirror, "resolutions", broken)
        app = page("changes", last="30 days")
    hidden = [one.value for expander in app.expander for one in expander.caption]
    again = page("changes", last="30 days")

    assert not app.exception
    assert NOT_READ in [one.value for one in app.caption]
    assert not [one for one in hidden if "Resolved" in one]
    assert [one.value for one in again.caption if "**Resolved.** None seen in this period." in one.value]


NOT_READ = "**Resolved.** Not known right now: the copy on disk could not be read. Reload the page to try again."


@pytest.mark.usefixtures("eventful")
def test_the_days_around_a_day_are_compared() -> None:
    """Around a day, it and up to 29 days after it are compared with as many before."""
    app = page("changes", compare="around a day", around="2026-05-10")

    assert "10 May 2026 to 8 Jun 2026, compared with 10 Apr 2026 to 9 May 2026." in [c.value for c in app.caption]


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"last": "30 days", "compare": "other days"}, "Choose the first and the last of the other days."),
        ({"compare": "around a day"}, "Choose a day, such as that of a release."),
        ({"compare": "other days", "other_since": "2026-06-01", "other_until": "2026-06-02"}, "periods overlap"),
        (
            {"compare": "other days", "other_since": "2027-01-01", "other_until": "2027-01-02"},
            "1 Jan 2027 has not begun",
        ),
        ({"compare": "around a day", "around": "2027-01-01"}, "1 Jan 2027 has not begun yet. Choose days that have."),
        ({"last": "90 days"}, "there is no complete period before"),
        ({"last": "30 days", "status": "open"}, "older items had longer to be resolved"),
        ({"last": "30 days", "tag": "unheard of"}, "No item matches"),
    ],
)
def test_where_nothing_is_compared_a_sentence_says_why(query: dict[str, str], said: str) -> None:
    """A missing period, an uncovered one, a filtered status and filters without items each have a reason."""
    app = page("changes", **query)

    assert not app.exception
    assert [text for text in texts(app) if said in text]


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize("how", ["previous period", "other days"])
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"last": "all time"}, "Choose a period to compare: all time has nothing before it."),
        ({"until": "2026-06-01"}, "Choose a first day, too: all days up to 1 Jun 2026 have nothing before them."),
        ({"since": "2027-01-01"}, "1 Jan 2027 has not begun yet. Choose days that have."),
    ],
)
def test_a_period_that_cannot_be_compared_says_why_and_offers_another(
    query: dict[str, str], said: str, how: str
) -> None:
    """All time, days without a first one, and future days each have their reason, and a button for 30 days."""
    app = page("changes", compare=how, other_since="2026-04-01", other_until="2026-04-20", **query)

    assert [one.value for one in app.markdown if said in one.value]
    app.button(key="first_period").click().run()
    assert len(app.metric) == 4


@pytest.mark.usefixtures("eventful")
def test_other_days_may_be_in_either_order() -> None:
    """The first and the last other day are as good swapped, as in the sidebar."""
    app = page("changes", last="30 days", compare="other days", other_since="2026-04-20", other_until="2026-04-01")

    assert "21 May 2026 to 19 Jun 2026, compared with 1 Apr 2026 to 20 Apr 2026." in [c.value for c in app.caption]


def test_an_account_without_items_says_so(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Without any item the page says so, and offers the form."""
    with running_sandbox(tmp_path / "loop", items=[]) as sandbox:
        connect(sandbox)
        app = page("changes")

        assert not app.exception
        assert [text for text in texts(app) if "There is no feedback yet" in text]


@pytest.mark.usefixtures("eventful")
def test_a_marker_chooses_its_day() -> None:
    """Around a day, the latest marker is chosen at first, and all are offered by day and name."""
    markers = runtime.markers()
    assert markers is not None
    for day, name in (
        (25, "v4.1"),
        (33, "v4.2"),
        (33, "[gate](http://x.invalid)"),
        (33, "www.x.invalid"),
        (62, "later"),
    ):
        markers.add(date(2026, 5, 1) + timedelta(days=day - 1), name)

    app = page("changes", compare="around a day")
    since = next(c.value for c in app.caption if c.value.startswith("Since"))
    days = "2 Jun 2026 to 19 Jun 2026, compared with 15 May 2026 to 1 Jun 2026."
    assert since == rf"Since v4\.2, gate--http---x-invalid, www-x-invalid: {days}"  # no link, whatever Markdown does

    offered = app.selectbox(key="marker_chosen")
    assert offered.value == date(2026, 6, 2)
    assert offered.options == [
        "1 Jul 2026: later",
        "2 Jun 2026: v4.2, [gate](http://x.invalid), www.x.invalid",
        "25 May 2026: v4.1",
    ]
    offered.select_index(2).run()
    assert "25 May 2026 to 19 Jun 2026" in next(c.value for c in app.caption if c.value.startswith("Since v4"))
    app.date_input(key="around").set_value(date(2026, 5, 26)).run()
    assert app.selectbox(key="marker_chosen").value is None  # a day without a marker
    linked = page("changes", compare="around a day", around="2026-05-25")
    assert linked.selectbox(key="marker_chosen").value == date(2026, 5, 25)


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize(("until", "is_same"), [(date(2026, 6, 18), True), (None, False)])
def test_only_a_period_that_ends_now_is_compared_again_each_minute(
    monkeypatch: pytest.MonkeyPatch, until: date | None, *, is_same: bool
) -> None:
    """What changed between two past periods is computed once for all minutes."""
    page("changes", last="30 days")
    snapshot, found = runtime.snapshot(), []
    for now in (NOW, NOW + timedelta(minutes=1)):
        monkeypatch.setattr("pages.session.coverage_line.as_of", lambda _, now=now: now)
        both = compared_periods((date(2026, 6, 1), until), now, snapshot.zone)
        assert both is not None
        found.append(ChangesModel(snapshot, Filters(), both).found)

    assert (found[0] is found[1]) == is_same


@pytest.mark.usefixtures("eventful")
def test_a_file_has_the_markers() -> None:
    """The chart of the HTML file has the days with a marker, also one that was added after the page was drawn."""
    page("changes", last="30 days")
    markers = runtime.markers()
    assert markers is not None
    markers.add(date(2026, 6, 2), "v4.2")
    app = page("changes", last="30 days")
    app.session_state["take_along"] = True
    app.run()
    files = [downloads.offered.take(link.rpartition("/")[2]) for link in app.session_state["export_links"][-1]]
    content = "".join(b"".join(file.pieces()).decode() for file in files if file)

    assert "2 Jun 2026 <bdi><b>v4.2</b></bdi>" in content
