"""The page Import in a browser made by AppTest, and files to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pages.session import dry_runs
from tests.pages.conftest import page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


PLAY = (
    "Package Name,Device,Review Submit Date and Time,Star Rating,Review Title,Review Text,Review Link\n"
    "com.example,a,2024-03-01T10:00:00Z,5,Great,Works well,http://x/?reviewId=gp%3Aone\n"
    "com.example,a,2024-03-02T10:00:00Z,1,,Crashes,http://x/?reviewId=gp%3Atwo\n"
    "com.example,a,2025-03-03T10:00:00Z,3,,,http://x/?reviewId=gp%3Athree\n"
    "com.example,a,2025-03-04T10:00:00Z,2,,Slow,http://x/?reviewId=gp%3Afour\n"
)
"""Reviews of a known format: four rows, of which one has no text; nobody is named."""

OTHER = "Who,What,How,About\nu_7,The PDF is blank,good,Export\nu_8,It is slow,awful,Speed; Export\n,No name,good,\n"
"""A table of no known format, with no usual name of a column."""


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No file of another test in memory."""
    yield
    dry_runs._sources.clear()  # noqa: SLF001 - of the process
    dry_runs._checks.clear()  # noqa: SLF001
    dry_runs._opened.clear()  # noqa: SLF001


def uploaded(data: str | bytes, name: str = "reviews.csv", app: Any = None) -> Any:  # noqa: ANN401 - an AppTest
    """The page once this file was uploaded. `app`: the page before; a new one without."""
    app = app or page("import")
    content = data.encode() if isinstance(data, str) else data
    app.file_uploader[0].set_value((name, content, "text/csv")).run()
    assert not app.exception
    return app


def said(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """All plain texts of the page."""
    return [text.value for text in app.text]


def verdicts(app: Any) -> list[tuple[int, str]]:  # noqa: ANN401 - an AppTest
    """The rows of the table with their verdicts."""
    shown = app.dataframe[0].value
    return [*zip(shown["Row"], shown["Verdict"], strict=True)]


def column(app: Any, name: str) -> list[str]:  # noqa: ANN401 - an AppTest
    """The cells of a column of the table."""
    return [*app.dataframe[0].value[name]]


def choose(app: Any, label: str, value: str | Sequence[str]) -> None:  # noqa: ANN401 - an AppTest
    """Choose the value of the field with this label: columns for a list, else an option, or a text."""
    fields = [*app.selectbox, *app.multiselect, *app.text_input]
    (field,) = (one for one in fields if one.label == label)
    field.set_value(value).run()
    assert not app.exception


def chosen(app: Any, label: str) -> Any:  # noqa: ANN401 - an AppTest, and a value
    """The value of the field with this label."""
    (field,) = (one for one in (*app.selectbox, *app.multiselect, *app.text_input) if one.label == label)
    return field.value


def titled(app: Any) -> list[str]:  # noqa: ANN401 - an AppTest
    """The headings below the page's own."""
    return [one.value for one in app.subheader]
