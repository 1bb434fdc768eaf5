"""Variants of exports of stores, boards and ticket systems that no sample shows."""

from __future__ import annotations

import json
from typing import Final

import pytest

from tests.loop_client.service.formats.made import archive, notes, run_of, table, told, workbook

PLAY: Final = ["Package Name", "Star Rating", "Review Title", "Review Text", "Developer Reply Text", "Review Link"]
LINK: Final = "http://play.google.com/console/x?corpus=P&reviewId=gp%3AAO1&p=2"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8"])
def test_google_play_goes_by_name(encoding: str) -> None:
    """The set of columns varies, the parameters of the link too; our own reply is never in the message."""
    rows = [["x", "4", "Nice", "Works", "Thank you!", LINK], ["x", "0", "", "No link", "", ""]]
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    data = mark + table(PLAY, *rows, encoding=encoding)

    run = run_of(data, "reviews_x_202610.csv")

    assert told(run) == [(1, "google-play:gp:AO1", "Nice\n\nWorks", "positive", None)]
    assert run.skipped == {2: "no user id"}
    assert "“0” is not on the scale" in notes(run)


def test_older_fider_columns_are_recognised() -> None:
    """Counts had other names; a tag may hold a comma without a space."""
    header = ["number", "title", "description", "created_at", "created_by", "total_votes", "total_comments", "status"]
    row = ["1", " Dark", "", "2026-10-01T10:00:00Z", "Ana", "1", "1", "open", "", "", "a,b, c"]
    run = run_of(table([*header, "original_number", "original_title", "tags"], row))

    assert told(run) == [(1, "Ana", "Dark", None, "a,b")]
    assert run.items[0].other_tags == ("c",)


def test_a_zip_of_a_workspace_holds_the_posts() -> None:
    """Of a Quackback workspace, posts.csv is read and the note names it."""
    posts = table(
        ["id", "title", "content", "board", "author_name", "author_email"], ["p1", "'=1", "''x", "b", "", "a@x.de"]
    )
    run = run_of(archive(posts_csv=posts, boards_csv=table(["id", "name"], ["b", "Ideas"])), "workspace.zip")

    assert (run.format, told(run)) == ("quackback", [(1, "a@x.de", "=1\n\n''x", None, None)])
    assert "posts.csv" in notes(run)


def test_several_months_in_one_archive_are_one_import() -> None:
    """Files of one format and header are read one after the other, and rows are counted on."""
    months = [table(PLAY, ["x", "5", "", text, "", LINK]) for text in ("One", "Two")]
    run = run_of(archive(a_csv=months[0], b_csv=months[1]), "reviews.zip")

    assert [(one.row, one.draft.message) for one in run.items] == [(1, "One"), (2, "Two")]


def test_months_with_other_columns_in_one_archive_are_one_import() -> None:
    """Columns are found by name in each file; rows that do not fit their own header are named as before."""
    first = table(PLAY, ["x", "5", "", "One", "", LINK])
    columns = ["Device", "Package Name", "Review Link", "Star Rating", "Review Text", "Review Title"]
    rows = ["d", "x", LINK, "1", "Two", "Title"], ["d", "x", LINK, "2", "Three"], ["d", *"xxxxx", "too wide"]
    run = run_of(archive(a_csv=first, b_csv=table(columns, *rows)), "reviews.zip")

    assert told(run) == [
        (1, "google-play:gp:AO1", "One", "positive", None),
        (2, "google-play:gp:AO1", "Title\n\nTwo", "negative", None),
        (3, "google-play:gp:AO1", "Three", "negative", None),
    ]
    assert [*run.skipped] == [4]
    assert "Row 4: more cells than the header" in notes(run)


def test_a_discourse_archive_is_read_from_its_zip() -> None:
    """The folder in the zip names the person; private messages are left out in any language."""
    header = ["topic_title", "categories", "is_pm", "post_raw", "post_cooked", "created_at"]
    rows = [
        ["A", "Hilfe|App", "Nein", "Eins", "", "2020-10-01"],
        ["B", "-", "Ja", "Zwei", "", "2020-10-01"],
        ["C", "-", "Jawohl", "Drei", "", "2020-10-01"],
        ["D", "App", "Nope", "Vier", "", "2021-10-01"],
    ]
    files = {"user_archive-kim-261001-091500__user_archive_csv": table(header, *rows)}
    run = run_of(archive(**files, badges_csv=table(["a", "b"], ["1", "2"])), "x.zip")

    assert told(run) == [(1, "kim", "Eins", None, "App"), (4, "kim", "Vier", None, "App")]
    assert run.skipped == {2: "private message", 3: "private message"}
    assert "1 row from 2020 and 1 row from 2021 will be dated today" in notes(run)


def test_an_older_discourse_archive() -> None:
    """Older files have two columns of categories, and the post under another name."""
    header = ["topic_title", "category", "sub_category", "is_pm", "post"]
    run = run_of(table(header, ["A", "Help", "App", "No", "One"], ["A", "Help", "-", "No", "Two"]), user_id="kim")

    assert told(run) == [(1, "kim", "One", None, "App"), (2, "kim", "Two", None, "Help")]


def test_line_abc_as_a_workbook_without_some_columns() -> None:
    """Dates and numbers of a sheet are texts, issues are a list, and the response's id stands in."""
    rows = [[57.0, "2026-10-01 18:20:00", "2026-10-01 18:20:00", "Slow, Login", "It hangs, a lot", 10, "=1+1"]]
    run = run_of(workbook(["ID", "Created", "Updated", "Issue", "Text", "Note", "Formula"], *rows), "feedback.xlsx")

    assert (run.format, run.encoding) == ("line-abc", None)
    assert told(run) == [(1, "line-abc:57", "It hangs, a lot", "positive", "Slow")]


IDEAS: Final = [
    "idea_id",
    "Idea-Title",
    "IDEA  DESCRIPTION",
    "Labels",
    "Moderation_State",
    "Idea Creator Email Address",
]


def test_uservoice_names_are_spelt_in_several_ways() -> None:
    """Case, blanks, underscores and hyphens do not count, also under a mapping."""
    rows = [["1", "A", "", "x,y", "Published", "a@x.de"], ["1", "A", "", "x,y", "Published", "a@x.de"]]
    run = run_of(table(IDEAS, *rows, ["2", "B", "", "", "spam", "b@x.de"]), columns={"tag": ("idea title",)})

    assert told(run) == [(1, "a@x.de", "A", None, "A")]
    assert run.skipped == {2: "another voter of the same idea", 3: "marked as spam"}


def test_uservoice_analysis_has_ideas_without_people() -> None:
    """The columns of the creator are not established: a person has to be typed in or mapped."""
    data = table(
        ["suggestion.id", "suggestion.title", "suggestion.body", "suggestion.labels.name"], ["1", "A", "B", "x"]
    )

    assert run_of(data).skipped == {1: "no user id"}
    assert told(run_of(data, user_id="board")) == [(1, "board", "A\n\nB", None, "x")]
    assert told(run_of(data, columns={"user_id": ("suggestion.id",)}))[0][1] == "uservoice:1"


JIRA: Final = ["Summary", "Issue key", "Issue id", "Reporter", "Reporter Id", "Creator", "Created"]


def test_jira_by_reporter_id_and_with_gaps_in_labels() -> None:
    """The reporter's id comes before the name, the creator never; a large description is a message like another."""
    rows = [["A", "F-1", "1", "Ana", "acc1", "bot", "14/Jul/25 3:42 PM", "", "", "b", "x" * 200_000, "note"]]
    rows += [["B", "F-2", "2", "", "", "bot", "6/21/2024 16:14", "a", "", "", "", ""]]
    run = run_of(table([*JIRA, "Labels", "Labels", "Labels", "Description", "Comment"], *rows))

    assert [(row, user, len(text), tag) for row, user, text, _, tag in told(run)] == [(1, "acc1", 200_003, "b")]
    assert run.skipped == {2: "no user id"}
    assert run.years == {2025: 1}
    assert [one.label for one in run.columns][7:10] == ["Labels (1 of 3)", "Labels (2 of 3)", "Labels (3 of 3)"]


def test_a_label_of_a_repeated_column_maps_that_column_alone() -> None:
    """The page offers each of the columns of one name."""
    data = table([*JIRA, "Labels", "Labels"], ["A", "F-1", "1", "Ana", "", "", "", "x", "y"])

    assert run_of(data, columns={"tag": ("Labels (2 of 2)",)}).items[0].draft.tag == "y"
    assert run_of(data, columns={"tag": ("labels",)}).items[0].draft.tag == "x"


def test_rows_wider_than_the_header_are_named_and_left_out() -> None:
    """Nothing is shifted: the wide row is skipped, empty cells at its end do no harm, and a narrow row is filled up."""
    rows = [["A", "F-1", "1", "Ana", "", "", "", "x", "surplus"], ["B", "F-2", "2", "Ben", "", "", "", "y", "", ""]]
    run = run_of(table([*JIRA, "Labels"], *rows, ["C", "F-3", "3", "Cy"]))

    assert [(row, user, tag) for row, user, _, _, tag in told(run)] == [(2, "Ben", "y"), (3, "Cy", None)]
    assert run.skipped == {1: "wide: more cells than the header"}
    assert "Row 1: more cells than the header" in notes(run)
    assert "Row 3: fewer cells than the header" in notes(run)


@pytest.mark.parametrize("end", ["", ",x", '"'])
def test_a_file_that_ends_inside_any_cell_is_torn(end: str) -> None:
    """Also where the cell is the last of the row, which is then as wide as the header."""
    run = run_of(f'id,created,updated,issue,note\n1,,,,Fine and good\n2,,,,"Not wh{end}', "feedback.csv")

    is_torn = end != '"'
    assert run.skipped == ({2: "torn: the file ends inside a cell"} if is_torn else {})
    assert run.is_whole is not is_torn


def test_chatwoot_without_its_footer_is_not_whole() -> None:
    """Every report ends with its period: one without it was cut, even if no cell is open."""
    header = ["Agent Name", "Rating", "Feedback Comment", "Contact Name", "Contact Email Address"]
    row = ["Kim (kim@x.de)", "5", "Good", "", ""]

    cut = run_of(table(header, row, [*row[:3], "Ana", ""]))
    complete = run_of(table(header, row, ["Reporting period 1 to 2"]))

    assert (cut.is_whole, told(cut)) == (False, [(2, "Ana", "Good", "positive", None)])
    assert "not whole" in notes(cut)
    assert (complete.is_whole, complete.skipped) == (True, {1: "no user id", 2: "footer, not a response"})


def test_chatwoot_of_another_language_fails_softly() -> None:
    """Names follow the account's language: the file is another table, to be mapped."""
    data = table(["Agentenname", "Bewertung", "Kommentar", "E-Mail"], ["Kim", "5", "Gut", "a@x.de"])
    columns = {"user_id": ("e-mail",), "message": ("kommentar",), "sentiment": ("Bewertung",)}

    assert run_of(data).format == "generic"
    assert told(run_of(data, columns=columns, scale="stars-5")) == [(1, "a@x.de", "Gut", "positive", None)]


def as_json(value: object) -> bytes:
    """A JSON file."""
    return json.dumps(value).encode()


def review(number: int, **more: object) -> dict[str, object]:
    """A review of the App Store's API."""
    return {
        "type": "customerReviews",
        "id": f"r{number}",
        "attributes": {"rating": number, "title": "", "body": "x", **more},
    }


@pytest.mark.parametrize(
    ("beside", "is_whole"),
    [({}, True), ({"links": {"next": "https://x.de"}}, False), ({"meta": {"paging": {"total": 3, "limit": 2}}}, False),
     ({"meta": {"paging": {"total": 2, "limit": 50}}, "links": {"self": "x"}}, True)],
)  # fmt: skip
def test_a_page_of_reviews_says_that_there_are_more(beside: dict[str, object], *, is_whole: bool) -> None:
    """A saved page is rarely the whole."""
    run = run_of(as_json({"data": [review(1), review(5, title="T", body=None)], **beside}), "r.json")

    assert (run.format, run.is_whole) == ("app-store-connect-api", is_whole)
    assert told(run) == [(1, "app-store:r1", "x", "negative", None), (2, "app-store:r5", "T", "positive", None)]


def test_a_feed_with_one_review_has_an_object() -> None:
    """Not a list of one."""
    entry = {"im:rating": {"label": "3"}, "id": {"label": "7"}, "title": {"label": "T"}, "content": {"label": "C"}}
    run = run_of(as_json({"feed": {"entry": entry}}), "rss.json")

    assert (run.format, told(run)) == ("itunes-rss-json", [(1, "app-store:7", "T\n\nC", "neutral", None)])


def test_delighted_rates_only_what_has_documented_classes() -> None:
    """Of the survey types only nps has; an expanded person is named by its id."""
    base = {"id": "1", "comment": "Hm", "tags": ["a, b", "c"], "created_at": 1_600_000_000}
    answers = [
        {**base, "person": {"id": "9", "email": "a@x.de"}, "survey_type": "nps", "score": 9},
        {**base, "person": "10", "survey_type": "csat", "score": 5},
        {**base, "person": None, "survey_type": "ces", "score": 1},
    ]
    run = run_of(as_json(answers), "d.json")

    assert told(run) == [(1, "9", "Hm", "positive", "a, b"), (2, "10", "Hm", None, "a, b")]
    assert run.skipped == {3: "no user id"}
    assert "not certain" in notes(run)
    assert run.years == {2020: 2}


def test_tickets_tell_that_good_and_bad_rate_the_support() -> None:
    """The dry run says whose work the score is about, and a lone half of a letter is no fault of the file."""
    ticket = {"id": 1, "subject": "A", "description": "B", "requester_id": 2, "tags": [], "satisfaction_rating": None}
    data = as_json({"tickets": [ticket, {**ticket, "satisfaction_rating": {"score": "great"}}], "count": 5})
    run = run_of(data.replace(b'"B"', b'"B\\ud83d"'), "t.json")

    assert [(one.row, one.draft.user_id, one.draft.sentiment) for one in run.items] == [(1, "2", None), (2, "2", None)]
    assert "rate the support" in notes(run)
    assert "“great” is not on the scale" in notes(run)
    assert "2 of 5 rows" in notes(run)


def test_any_other_list_is_mapped_by_dotted_paths() -> None:
    """JSON and JSON Lines without a known signature; lists are tags."""
    rows = [{"who": {"id": 7}, "text": "Hi", "labels": ["a", "b"]}, {"who": None, "text": "Ho", "extra": {"x": 1}}]
    columns = {"user_id": ("who.id", "Extra.X"), "message": ("text",), "tag": ("labels",)}
    lines = b"\n".join(map(as_json, rows))

    for data in (as_json(rows), as_json({"meta": 1, "rows": rows}), lines, lines + b"\r\n"):
        run = run_of(data, "x.json", columns=columns)
        assert (run.format, told(run)) == ("generic", [(1, "7", "Hi", None, "a"), (2, "1", "Ho", None, None)])
        assert run.items[0].other_tags == ("b",)
