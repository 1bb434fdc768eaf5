"""Variants of survey exports that no sample shows."""

from __future__ import annotations

import json

import pytest

from tests.loop_client.service.formats.made import notes, run_of, table, told, workbook

TYPEFORM = ["Response Type", "Start Date (UTC)", "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"]
NPS = "How likely are you to recommend us?"


def typeform(*answers: tuple[str, ...], questions: tuple[str, ...]) -> bytes:
    """A file of today's Typeform."""
    dates = ["completed", "2026-10-01 10:00:11", "", "2026-10-01 10:01:05", "n", ""]
    rows = [[f"token{number}", *cells, *dates] for number, cells in enumerate(answers, 1)]
    return table(["#", *questions, *TYPEFORM], *rows)


def test_an_older_typeform_file_has_three_columns_of_its_own() -> None:
    """Without Response Type and Tags it is Typeform all the same, and choices in a cell are no message."""
    header = ["#", "Which parts?", "Why?", "Start Date (UTC)", "Submit Date (UTC)", "Network ID"]
    run = run_of(table(header, ["t1", " / Sync / Search", "'+1 for sync, always", "2025-02-22 17:15:19", "", "n"]))

    assert run.format == "typeform"
    assert told(run) == [(1, "typeform:t1", "+1 for sync, always", None, None)]
    assert run.years == {2025: 1}


@pytest.mark.parametrize(
    ("scores", "sentiments"),
    [
        (("9", "7", "3"), ["positive", "neutral", "negative"]),
        (("0", "7", "6"), ["negative", "neutral", "negative"]),
        (("8", "7", "3"), [None, None, None]),
        (("5", "4", "1"), [None, None, None]),
    ],
)
def test_a_recommendation_is_rated_only_where_its_scale_is_certain(
    scores: tuple[str, ...], sentiments: list[str | None]
) -> None:
    """Without 0, 9 or 10 the numbers may be those of a shorter scale: no sentiment, and a note asks."""
    run = run_of(typeform(*((score, f"Text number {score}") for score in scores), questions=(NPS, "Why?")))

    assert [one.draft.sentiment for one in run.items] == sentiments
    assert ("not certain" in notes(run)) == (sentiments[0] is None)


@pytest.mark.parametrize(
    ("scores", "sentiments"),
    [
        (("5", "3", "2"), ["positive", "neutral", "negative"]),
        (("5", "0", "2"), [None, None, None]),
        (("4", "3", "2"), [None, None, None]),
        (("7", "1", "5"), [None, None, None]),
    ],
)
def test_another_rating_is_stars_only_where_that_is_certain(
    scores: tuple[str, ...], sentiments: list[str | None]
) -> None:
    """A 0 is not on the scale of stars, numbers above 5 neither, and without a 5 nobody knows how far it goes."""
    run = run_of(typeform(*((score, f"Text number {score}") for score in scores), questions=("Rate the app", "Why?")))

    assert [one.draft.sentiment for one in run.items] == sentiments


def test_a_scale_that_somebody_chose_holds() -> None:
    """A chosen scale rates what no rule would, and a value by hand stands above it."""
    data = typeform(("4", "Good"), ("1", "Bad"), ("3", "So so"), questions=("Rate the app", "Why?"))
    run = run_of(data, scale="stars-5", ratings={"3": "negative"})

    assert [one.draft.sentiment for one in run.items] == ["positive", "negative", "negative"]
    assert [(one.value, one.sentiment, one.count) for one in run.mapping.ratings] == [
        ("4", "positive", 1),
        ("1", "negative", 1),
        ("3", "negative", 1),
    ]


def test_surveymonkey_of_old_names_and_without_options() -> None:
    """Older names, and a condensed layout whose second record is missing or blank: the answers tell the columns."""
    header = ["RespondentID", "CollectorID", "StartDate", "EndDate", "LastName", "Custom Data", "Satisfied?", "Why?"]
    row = ["118000000001", "4", "10/01/2026 09:11:02 AM", "", "", "", "Very dissatisfied", "It loses my tables"]
    expected = [(1, "surveymonkey:118000000001", "It loses my tables", "negative", None)]

    assert told(run_of(table(header, row))) == expected
    assert told(run_of(table(header, [""] * 8, row))) == expected


def test_surveymonkey_numbers_have_no_meaning() -> None:
    """With numeric values, nobody knows what a 1 stands for."""
    header = [*["Respondent ID", "Collector ID", "Email Address"], "How satisfied?", "Why?", "Areas", ""]
    options = ["", "", "", "Response", "Open-Ended Response", "Search", "Sync"]
    rows = [["1", "2", "a@x.de", "1", "Slow search", "", "2"], ["2", "2", "b@x.de", "4", "Fine, all of it", "", ""]]
    run = run_of(table(header, options, *rows))

    assert [one.draft.sentiment for one in run.items] == [None, None]
    assert "not certain" in notes(run)


def test_a_column_of_two_header_lines_is_mapped_by_question_or_option() -> None:
    """The question names all its columns, the option one of them."""
    header = ["Respondent ID", "Collector ID", "Why?", "Which areas?", ""]
    data = table(header, ["", "", "Open-Ended Response", "Search", "Sync"], ["1", "2", "Slow", "Search", "Sync"])

    assert [run_of(data, columns={"tag": (name,)}).items[0].draft.tag for name in ("which  AREAS?", "sync")] == [
        "Search",
        "Sync",
    ]


QUALTRICS = ["StartDate", "Status", "Finished", "ResponseId", "RecipientEmail", "ExternalReference"]
IMPORT_IDS = ["startDate", "status", "finished", "_recordId", "recipientEmail", "externalDataReference"]


def qualtrics(*rows: tuple[str, ...], text: str = "Why?", **file: str) -> bytes:
    """A Qualtrics file with an NPS question, a text and a choice, whose columns the author has renamed."""
    ids = [json.dumps({"ImportId": name}) for name in (*IMPORT_IDS, "QID1_NPS_GROUP", "QID1", "QID2_TEXT", "QID3")]
    names = [*QUALTRICS, "nps group", "nps", "why", "area"]
    return table(names, [*QUALTRICS, "Group", "Score", text, "Area"], ids, *rows, **file)


def test_qualtrics_with_numbers_for_choices() -> None:
    """Status, Finished and the group are numbers; previews, tests and spam are skipped."""
    run = run_of(
        qualtrics(
            ("2026-10-01", "0", "1", "R_1", "", "u_1", "1", "3", "Slow sync", "2"),
            ("2026-10-01", "1", "1", "R_2", "", "", "3", "10", "A preview", "2"),
            ("2026-10-01", "2", "1", "R_3", "", "", "3", "10", "A test", "2"),
            ("2026-10-01", "8", "1", "R_4", "", "", "3", "10", "Spam", "2"),
            ("2026-10-01", "0", "0", "R_5", "a@x.de", "", "2", "", "Unfinished", ""),
        )
    )

    assert told(run) == [(1, "u_1", "Slow sync", "negative", "2"), (5, "a@x.de", "Unfinished", "neutral", None)]
    assert list(run.skipped.values()) == ["survey preview", "survey test", "marked as spam"]
    assert "Row 5: not finished" in notes(run)


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("utf-16", "\t")])
def test_qualtrics_question_texts_span_lines(encoding: str, delimiter: str) -> None:
    """A line break in a question is no record; TSV is UTF-16."""
    row = ("2026-10-01", "IP Address", "True", "R_1", "", "", "Promoter", "9", 'It says "ImportId"', "Sync")
    run = run_of(qualtrics(row, text='Why?\n{"ImportId":"x"}', encoding=encoding, delimiter=delimiter))

    assert run.format == "qualtrics"
    assert told(run) == [(1, "qualtrics:R_1", 'It says "ImportId"', "positive", "Sync")]


def test_a_third_record_that_is_an_answer_is_no_qualtrics() -> None:
    """Only a record of which every cell is such JSON tells the format."""
    answer = json.dumps({"ImportId": "x"})

    assert run_of(table(["a", "b"], ["c", "d"], [answer, "e"])).format == "generic"


def test_old_qualtrics_has_two_header_records() -> None:
    """Older files begin with V1 and ResponseID."""
    names = ["V1", "V2", "V3", "V4", "Q1", "Q2"]
    texts = ["ResponseID", "ExternalDataReference", "Status", "Finished", "Why?", "Area"]
    run = run_of(table(names, texts, ["R_1", "", "0", "1", "Too slow, I think", "Sync"]))

    assert (run.format, told(run)) == ("qualtrics", [(1, "qualtrics:R_1", "Too slow, I think", None, "Sync")])


def test_google_forms_by_username_or_by_a_question_called_email() -> None:
    """A quiz's score is no rating, and a person is named by the form or by an answer."""
    header = ["Timestamp", "Username", "Score", "Your e-mail ", "What is\nmissing? "]
    row = ["2026/09/27 3:00:00 PM GMT+3", "ana@x.de", "4 / 5", "b@x.de", "A dark mode, for the night"]
    run = run_of(
        table(header, row, [row[0], "", "3 / 5", "b@x.de", "Nothing at all"], [row[0], "", "", "", "Hi there"])
    )

    assert told(run) == [
        (1, "ana@x.de", "A dark mode, for the night", None, None),
        (2, "b@x.de", "Nothing at all", None, None),
    ]
    assert run.skipped == {3: "no user id"}
    assert run_of(table(header, row), user_id="somebody").items[0].draft.user_id == "ana@x.de"


def test_a_stand_in_is_for_rows_that_nothing_else_names() -> None:
    """With a stand-in, rows without a person become items too, and are marked."""
    run = run_of(table(["Timestamp", "Email Address", "Why?"], ["1", "a@x.de", "One"], ["1", "", "Two"]), user_id="web")

    assert [(one.draft.user_id, one.stands_in) for one in run.items] == [("a@x.de", False), ("web", True)]


FORMS = ["Id", "Start time", "Completion time", "Email", "Name"]


def test_microsoft_quizzes_and_forms_that_ask_for_an_address() -> None:
    """Points and feedback are no questions; anonymous is nobody; a second Email column names the person."""
    header = [*FORMS, "Total points", "What should\xa0we do?\n", "Points - What should we do?", "Area", "Email"]
    when = "7/27/26 19:06:23"
    run = run_of(
        table(
            header,
            ["1", when, when, "anonymous", "Anonymous", "5", "Do less, and better", "5", "Sync;Search;", "a@x.de"],
            ["2", when, when, "Anonymous", "", "1", "Nothing, it is fine", "1", "Sync;", ""],
        )
    )

    assert told(run) == [
        (1, "a@x.de", "Do less, and better", None, "Sync"),
        (2, "ms-forms:2", "Nothing, it is fine", None, "Sync"),
    ]
    assert run.items[0].other_tags == ("Search",)
    assert run.years == {2026: 2}


def test_rules_of_a_format_hold_under_a_mapping() -> None:
    """Anonymous stays nobody, the response's id keeps its prefix, and lists of tags are split as before."""
    when = "7/27/26 19:06:23"
    data = table([*FORMS, "Why?", "Topics"], ["1", when, when, "anonymous", "Ana", "Because", "a;b;"])
    columns = {"user_id": ("EMAIL", "id"), "tag": ("topics",), "message": ("Name", "Why?")}
    run = run_of(data, columns=columns, source="forms")

    assert told(run) == [(1, "forms:1", "Ana\n\nBecause", None, "a")]
    assert run.items[0].other_tags == ("b",)


def test_formbricks_as_a_workbook() -> None:
    """SheetJS writes carriage returns as _x000d_; guards are in workbooks too; option ids are never a tag."""
    head = ["No.", "Response ID", "Timestamp", "Finished", "Quotas", "Survey ID", "Formbricks ID (internal)", "User ID"]
    questions = ["Tags", "Notes", "url", "1. Rate us", "2. Why?", "3. Areas?", "3. Areas? - Option ID", "'-plan"]
    row = [1, "cm1", "2026-10-01 09:15:00 GMT+8", "Yes", "", "s", "c", ""]
    answers = ["", "", "https://x.de/s/1", "5", "'- slow_x000d_\nreally", "Sync; Search", "opt_a; opt_b", "pro"]
    run = run_of(workbook([*head, *questions], [*row, *answers]), "export.xlsx")

    assert told(run) == [(1, "formbricks:cm1", "- slow\nreally", "positive", "Sync")]
    assert run.items[0].other_tags == ("Search",)
    assert "-plan" in [column.label for column in run.columns]


LIME = ["id", "submitdate", "lastpage", "startlanguage", "token"]


def test_limesurvey_with_codes_and_another_delimiter() -> None:
    """Answers can be codes, parts of a question are no tags, and a survey without responses is one empty record."""
    header = [*LIME, "AREA", "Q2[SQ001]", "Q2[SQ002]", "FEED"]
    rows = [["7", "2026-10-01 10:00:00", "1", "en", "t7", "A2", "Y", "", "It is slow, always"]]

    assert told(run_of(table(header, *rows))) == [(1, "t7", "It is slow, always", None, "A2")]
    assert run_of(table(header, [""] * 9, delimiter=";")).skipped == {1: "no text"}


def test_limesurvey_headers_of_code_and_text() -> None:
    """The setting that writes code and text of each question is recognised by the codes."""
    header = ["id. Response ID", "submitdate. Date submitted", "lastpage. Last page", "startlanguage. Start language"]
    run = run_of(table([*header, "FEED. What should we improve?"], ["7", "", "1", "en", "The menus"], delimiter=";"))

    assert (run.format, told(run)) == ("limesurvey-csv", [(1, "limesurvey:7", "The menus", None, None)])


def test_limesurvey_headers_of_another_language_fail_softly() -> None:
    """With texts for headers, the columns are offered for mapping."""
    header = ["Antwort-ID", "Datum Abgeschickt", "Letzte Seite", "Start-Sprache", "Was fehlt?"]
    run = run_of(table(header, ["7", "", "1", "de", "Nichts"], delimiter=";"))

    assert run.format == "generic"
    assert [column.label for column in run.columns] == header
    assert "No column holds the message" in notes(run)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"he wrote \\"no\\" twice"', 'he wrote \\"no\\" twice'),
        ('"a ""word"" and \\"', 'a "word" and \\'),
        ("{lbrace}newline}", "{newline}"),
        ('"{quote}Yes"" and {quote}"', '"Yes" and {quote}'),
        ('"C:\\new folder"', "C:\\new folder"),
        ("one{cr}{newline}two", "one\ntwo"),
    ],
)
def test_limesurvey_vv_cells_are_read_by_a_rule_of_their_own(written: str, read: str) -> None:
    """PHP does not double a quote after a backslash, and LimeSurvey escapes four characters in one pass."""
    names = "\t".join([*LIME, "FEED", "AREA"])
    run = run_of(f"{names}\n{names}\n1\t{{question_not_shown}}\t1\ten\tt1\t{written}\tSync\n", "vvexport_1.txt")

    assert (run.format, told(run)) == ("limesurvey-vv", [(1, "t1", read, None, "Sync")])
