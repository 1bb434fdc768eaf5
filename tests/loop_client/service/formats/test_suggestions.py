"""Columns of a table of no known format are suggested by their usual names, and never taken."""

from __future__ import annotations

from tests.loop_client.service.formats.made import run_of, table


def test_the_most_usual_name_is_suggested() -> None:
    """White space and case do not count; a field without a usual name has no suggestion."""
    run = run_of(table(["E-mail", "Body", " FEEDBACK ", "Score", "Comments"], ["a@x.org", "b", "f", "3", "c"]))

    assert run.suggestions() == {"user_id": ("E-mail",), "message": ("FEEDBACK",), "sentiment": ("Score",)}
    assert run.skipped == {1: "no text"}


def test_a_known_format_has_no_suggestions() -> None:
    """It says itself which column is which."""
    header = ["Package Name", "Star Rating", "Review Title", "Review Text", "Review Link", "Tag"]
    run = run_of(table(header, ["x", "4", "Nice", "Works", "http://x/?reviewId=1", "a"]))

    assert run.format == "google-play-console"
    assert run.suggestions() == {}
