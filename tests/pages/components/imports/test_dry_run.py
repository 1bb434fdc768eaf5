"""The dry run on the page: what it says before anything is sent, and how it is corrected."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from loop_client.service.importer import FORMATS, SCALES
from pages.components.imports import labels
from pages.components.imports import verdicts as verdict_table
from pages.session import dry_runs, imported, runtime
from tests.pages.components.imports.conftest import (
    OTHER,
    PLAY,
    choose,
    chosen,
    column,
    said,
    titled,
    uploaded,
    verdicts,
)
from tests.pages.conftest import page, texts

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.usefixtures("account")


def test_each_row_of_a_known_file_has_a_verdict_before_anything_is_sent() -> None:
    """With what is left out, what stands in, what is lost, and the columns that were used."""
    app = uploaded(PLAY)

    assert titled(app) == ["3 items to import", "What each row becomes"]
    assert verdicts(app) == [
        (1, "Becomes an item"),
        (2, "Becomes an item"),
        (3, "Left out: no text"),
        (4, "Becomes an item"),
    ]
    assert column(app, "Message")[0] == "Great\n\nWorks well"
    assert column(app, "Person")[1] == "Stand-in google-play:gp:two"
    assert column(app, "Sentiment") == ["positive", "negative", "", "negative"]
    assert "Left out: no text (1)." in said(app)
    assert "2 rows from 2024 and 1 row from 2025 will be dated today: an import cannot set dates." in said(app)
    assert "Message: Review Title + Review Text · Person: Review Link · Rating: Star Rating" in said(app)
    assert app.expander[0].label == "How the file is read: Google Play Console reviews"
    assert not app.expander[0].proto.expanded
    imports = runtime.imports()
    assert imports is not None
    assert imports.all() == []


def test_rows_are_filtered_by_their_verdict() -> None:
    """Each filter says how many rows it has, and those without any are not offered."""
    app = uploaded(PLAY)
    (shown,) = (one for one in app.selectbox if one.label == "Show")
    assert shown.options == [
        "All rows (4)",
        "Becomes an item (3)",
        "Becomes an item with a stand-in person (3)",
        "Left out: no text (1)",
    ]

    choose(app, "Show", "Left out: no text")
    assert verdicts(app) == [(3, "Left out: no text")]


def test_many_rows_are_shown_a_page_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another filter begins on its first page."""
    monkeypatch.setattr(verdict_table, "PAGE", 2)
    rows = "".join(f"u_{number},{'text' if number < 5 else ''},\n" for number in range(8))
    app = uploaded(f"user_id,message,tag\n{rows}")
    assert [row for row, _ in verdicts(app)] == [1, 2]

    app.session_state["import_page"] = 4
    app.run()
    assert [row for row, _ in verdicts(app)] == [7, 8]
    choose(app, "Show", "Left out: no text")
    assert [row for row, _ in verdicts(app)] == [6, 7]
    assert app.session_state["import_page"] == 1


def test_an_unknown_table_is_mapped_by_hand() -> None:
    """It asks for the message, and a row counts once it has a text and a person."""
    app = uploaded(OTHER)
    assert titled(app)[0] == "Choose the column that holds the message"
    assert app.button(key="import-write").disabled
    assert app.expander[0].proto.expanded

    choose(app, "Message", ["What"])
    choose(app, "Person", ["Who"])
    assert titled(app)[0] == "2 items to import"
    assert verdicts(app)[2] == (3, "Left out: no user id")
    assert column(app, "Message") == ["The PDF is blank", "It is slow", ""]

    choose(app, "Person of rows that name nobody", "visitors")
    assert column(app, "Person")[2] == "Stand-in visitors"
    choose(app, "Source of the items", "phone calls")
    assert column(app, "Source") == ["phone calls"] * 3

    app.button(key="import-undo").click().run()
    assert titled(app)[0] == "Choose the column that holds the message"
    assert chosen(app, "Person of rows that name nobody") == ""


def test_a_known_format_that_names_nobody_asks_for_a_person() -> None:
    """As a person's own posts do; the mapping is open, because nothing can be imported without."""
    app = uploaded("topic_title,categories,is_pm,post_raw\nHelp,Support|Mobile,No,It crashes\n", "user_archive.csv")
    assert titled(app)[0] == "No row can become an item"
    assert app.expander[0].proto.expanded

    choose(app, "Person of rows that name nobody", "ada")
    assert titled(app)[0] == "1 item to import"
    assert app.expander[0].proto.expanded


def test_columns_with_usual_names_are_suggested() -> None:
    """In a table of no known format, a pasted one too; the sentiment by its own words."""
    app = page("import")
    app.text_area(key="import_pasted").set_value("Customer ID\tFeedback\tRating\nu_1\tGood \t5\nu_2\tBad\t1\n")
    app.button(key="import-paste").click().run()

    assert app.session_state["import_pasted"] == ""
    assert titled(app)[0] == "2 items to import"
    assert (chosen(app, "Message"), chosen(app, "Person"), chosen(app, "Rating")) == (
        ["Feedback"],
        ["Customer ID"],
        ["Rating"],
    )
    assert column(app, "Sentiment") == ["positive", "negative"]
    assert not [button for button in app.button if button.key == "import-undo"]


def test_nothing_is_read_from_an_empty_field() -> None:
    """The page says what is missing."""
    app = page("import")
    app.button(key="import-paste").click().run()
    assert said(app)[-1] == imported.NO_ROWS
    assert len(app.file_uploader) == 1
    assert titled(uploaded(PLAY, app=app))[0] == "3 items to import"
    assert imported.NO_ROWS not in said(app)


def test_a_cleared_column_means_none_and_its_own_columns_the_formats_rule() -> None:
    """Also for ratings, whose scale the format knows."""
    app = uploaded(PLAY)

    choose(app, "Rating", [])
    assert set(column(app, "Sentiment")) == {"No sentiment", ""}
    choose(app, "Rating", ["Star Rating"])
    assert column(app, "Sentiment") == ["positive", "negative", "", "negative"]
    assert app.session_state["import_choices"] == imported.ImportOptions()


def test_what_a_rating_means_is_corrected() -> None:
    """Value by value, to no sentiment as well; another scale forgets that."""
    app = uploaded(PLAY)
    choose(app, "Sentiment of 2", "neutral")
    assert column(app, "Sentiment")[3] == "neutral"
    choose(app, "Sentiment of 1", labels.NO_SENTIMENT)
    assert column(app, "Sentiment")[1] == "No sentiment"

    choose(app, "Scale of the rating", "nps")
    assert column(app, "Sentiment") == ["negative", "negative", "", "negative"]


def test_ratings_are_in_their_own_order() -> None:
    """They are listed by size, and words after numbers, however often each occurs."""
    ratings = ["10", "9", "9", "2", "bad", "2.5", "Awful", "10", "10", "nan"]
    app = uploaded("user_id,message,rating\n" + "".join(f"u,{place},{one}\n" for place, one in enumerate(ratings)))
    choose(app, "Rating", ["rating"])
    listed = [one.label.removeprefix("Sentiment of ") for one in app.selectbox if one.label.startswith("Sentiment of")]

    assert listed == ["2", "2-5", "9", "10", "Awful", "bad", "nan"]


def test_a_scale_that_is_not_certain_is_asked_for() -> None:
    """Until then the rows have no sentiment."""
    app = uploaded("user_id,message,rating\nu_1,Fine,4\nu_2,Bad,2\n")
    assert chosen(app, "Scale of the rating") is None
    assert column(app, "Sentiment") == ["No sentiment"] * 2
    assert any("is not certain" in text for text in said(app))

    choose(app, "Scale of the rating", "stars-5")
    assert column(app, "Sentiment") == ["positive", "negative"]


def test_tags_that_loop_has_in_another_spelling_are_offered() -> None:
    """The file's own is kept until somebody chooses; what is new is named."""
    app = uploaded("user_id,message,tag\nu_1,One,Export\nu_2,Two,Colours\nu_3,Three,exports\n")
    assert "New tags: “Export” (1), “Colours” (1)." in said(app)
    assert any(text.startswith("1 of them is a tag that Loop has in another spelling.") for text in said(app))
    assert column(app, "Tag") == ["Export", "Colours", "exports"]

    choose(app, "Tag of Export", "exports")
    assert column(app, "Tag") == ["exports", "Colours", "exports"]
    assert "New tags: “Colours” (1)." in said(app)
    app.button(key="import-undo").click().run()
    assert column(app, "Tag") == ["Export", "Colours", "exports"]


def test_tags_that_are_left_out_are_shown() -> None:
    """An item has one."""
    tickets = '{"tickets": [{"id": 1, "subject": "A", "description": "B", "requester_id": 7, "tags": ["pdf", "slow"]}]}'
    app = uploaded(tickets, "tickets.json")
    assert column(app, "Tags left out") == ["slow"]
    assert any("Left out: “slow” (1)" in text for text in said(app))


def test_missing_pages_are_said() -> None:
    """A saved page of an API is rarely the whole."""
    review = '{"type": "customerReviews", "id": "1", "attributes": {"rating": 5, "title": "A", "body": "B"}}'
    more = '{"data": [%s], "links": {"next": "https://x"}, "meta": {"paging": {"total": 90, "limit": 1}}}'
    assert any("90" in text for text in said(uploaded(more % review, "reviews.json")))


def test_an_encoding_that_is_guessed_is_shown_with_a_line_to_judge_it_by() -> None:
    """Another one is chosen there."""
    app = uploaded("user_id;message\nu_1;Größe\n".encode("cp1252"))
    assert chosen(app, "Encoding") == "cp1252"
    assert "Do these letters look right? u_1;Größe" in said(app)

    choose(app, "Encoding", "cp1251")
    assert column(app, "Message") == ["GrцЯe"]


def test_another_format_is_chosen_by_hand() -> None:
    """Columns and ratings that were chosen before no longer count."""
    app = uploaded(OTHER)
    choose(app, "Message", ["What"])
    choose(app, "Rating", ["How"])
    choose(app, "Sentiment of good", "neutral")
    choose(app, "Format", "fider")
    assert app.session_state["import_choices"] == imported.ImportOptions(format="fider")


REPEATING = (
    "user_id,message\n"
    "u_1,Message 4\n"  # an item in Loop
    "u_9,The monthly invoice shows the wrong address\n"
    "u_8,Something else entirely\n"
    "u_9,The monthly invoice shows the wrong address\n"
    "u_7,the monthly invoice shows a wrong address!!\n"
)


def test_rows_that_repeat_an_item_or_a_row_are_named() -> None:
    """Exactly or nearly, each with a filter of its own; they are imported unless somebody leaves them out."""
    app = uploaded(REPEATING)
    assert titled(app)[0] == "5 items to import"
    assert column(app, "Repeats") == ["an item in Loop", "", "", "row 2", "row 4, nearly"]
    assert "1 row has the person and message of an item in Loop." in said(app)
    assert "1 row has the person and message of an earlier row." in said(app)
    assert "1 row is a near-duplicate of an earlier row." in said(app)
    choose(app, "Show", "Near-duplicate of an earlier row")
    assert [row for row, _ in verdicts(app)] == [5]

    app.checkbox(key="import_once").check().run()
    assert titled(app)[0] == "3 items to import"
    assert "Left out: in Loop already (1), repeats an earlier row (1)." in said(app)
    assert app.checkbox(key="import_once").label.startswith("Leave out 2 rows ")
    choose(app, "Show", "Left out: repeats an earlier row")
    assert verdicts(app) == [(4, "Left out: repeats an earlier row")]


def test_choices_stay_while_another_page_is_looked_at() -> None:
    """Widgets that are not drawn lose their values; the choices do not."""
    app = uploaded("user_id,message,tag,rating\nu_1,One,Export,4\n")
    choose(app, "Tag of Export", "exports")
    choose(app, "Scale of the rating", "stars-5")
    app.switch_page("outbox.py").run().switch_page("import.py").run()

    assert chosen(app, "Tag of Export") == "exports"
    assert chosen(app, "Scale of the rating") == "stars-5"
    assert (column(app, "Tag"), column(app, "Sentiment")) == (["exports"], ["positive"])


def test_a_reload_finds_the_file_and_the_choices_again() -> None:
    """By the link, until the file is put aside; without it, a session begins without a file."""
    app = uploaded("user_id,message,tag,rating\nu_1,One,Export,4\nu_1,One,Export,4\n")
    choose(app, "Tag of Export", "exports")
    choose(app, "Scale of the rating", "stars-5")
    app.checkbox(key="import_once").check().run()
    token = app.query_params["importing"]
    again = page("import", importing=token)

    assert titled(again)[0] == "1 item to import"
    assert again.checkbox(key="import_once").value
    assert (column(again, "Tag"), column(again, "Sentiment")) == (["exports"] * 2, ["positive"] * 2)
    assert not page("import").dataframe
    again.button(key="import-other").click().run()
    assert "importing" not in again.query_params
    assert not page("import", importing=token).dataframe


def test_a_file_that_cannot_be_read_is_refused_with_its_reason() -> None:
    """Above the choice of another one."""
    app = uploaded(b"PK\x03\x04 no archive", "rows.zip")
    assert any("This file cannot be imported as it is" in text for text in texts(app))
    assert not app.subheader
    assert titled(uploaded(PLAY, app=app))[0] == "3 items to import"


def test_a_choice_that_does_not_fit_can_be_undone() -> None:
    """The file stays."""
    app = uploaded(PLAY)
    choose(app, "Format", "zendesk-tickets")
    assert any("is not one of tables" in text for text in said(app))
    app.button(key="import-undo").click().run()
    assert titled(app)[0] == "3 items to import"


def test_a_file_that_had_to_make_room_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of all readers together have a bound."""
    monkeypatch.setattr(dry_runs, "MOST_BYTES", len(PLAY) + 10)
    app = uploaded(PLAY)
    uploaded(OTHER)
    assert titled(app.run()) == ["3 items to import", "What each row becomes"], "a dry run that is there needs no file"
    choose(app, "Rating", [])
    assert any("The file is no longer in memory" in text for text in texts(app))
    assert len(app.file_uploader) == 1


def test_dry_runs_in_memory_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was used least recently goes; it is read again when it is needed."""
    monkeypatch.setattr(dry_runs, "MOST_OBJECTS", 3)
    app = uploaded(PLAY)
    for scale in ("nps", "stars-5", "nps", "words", "good-bad"):
        choose(app, "Scale of the rating", scale)
        assert len(dry_runs._checks) <= 3  # noqa: SLF001 - its size is what counts


def test_share_safe_masks_what_the_file_holds() -> None:
    """People, addresses and examples; the file's name may be a person's."""
    app: Any = page("import", masked="true")
    data = "user_id,message,tag\nu_secret,Ask anna@example.com,anna@example.com\n"
    shown = str([getattr(element, "proto", "") for element in uploaded(data, "Ada Lovelace.csv", app).main])
    for text in ("anna@example.com", "u_secret", "Ada"):
        assert text not in shown
    assert "anna@example.com" not in str(app.dataframe[0].value)
    assert "u_secret" not in str(app.dataframe[0].value)


def test_each_format_and_scale_has_a_label() -> None:
    """And no label is of none."""
    assert {*labels.FORMATS} == {*FORMATS}
    assert {*labels.SCALES} == {*SCALES}


def test_a_file_without_rows_says_so() -> None:
    """A header alone offers nothing to import, and no reason for which a row is left out."""
    app = uploaded("user_id,message\n")
    assert titled(app)[0] == "There are no rows below the header"
    assert app.button(key="import-write").disabled


def test_a_run_of_the_page_costs_the_same_for_a_large_file() -> None:
    """What grows with the file is computed once: here each row has a tag of its own, and repeats the one before."""
    calls: dict[int, int] = {}

    def count(_frame: object, event: str, _what: object) -> None:
        calls[rows] += event in {"call", "c_call"}

    for rows in (200, 5_000):
        app = uploaded("user_id,message,tag\n" + "".join(f"u_1,The same text,tag {row}\n" for row in range(rows)))
        app.checkbox(key="import_once").check().run()
        app.run()
        calls[rows] = 0
        threading.setprofile(count)  # of threads that begin, as each run of the page does
        try:
            app.run()
        finally:
            threading.setprofile(None)
    assert calls[200] > 1_000
    assert calls[5_000] < 1.1 * calls[200]


def test_rows_that_are_left_out_for_another_reason_were_not_imported_before() -> None:
    """The heading says so where a reader leaves out all that Loop has already."""
    item = runtime.snapshot().frame.iloc[0]
    app = uploaded(f"user_id,message\n{item['user_id']},{item['message']}\n")
    app.checkbox(key="import_once").check().run()
    assert titled(app)[0] == "All rows are left out"
    assert "Left out: in Loop already (1)." in said(app)


def test_a_column_that_a_format_uses_twice_is_named_once() -> None:
    """As in Google Forms, where a column of addresses fits two rules."""
    header = "Timestamp,Email Address,How do you rate the app?,What should we improve?\n"
    app = uploaded(f"{header}10/1/2026 15:04:05,ana@example.com,5,Keep going!\n")
    assert app.expander[0].label == "How the file is read: Google Forms"
    assert chosen(app, "Person") == ["Email Address"]
