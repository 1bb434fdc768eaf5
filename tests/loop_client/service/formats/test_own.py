"""Our own exports come back as they were, from all formats and versions; pasted rows need no quotes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import numpy as np
import pytest

from loop_client.mirror import Zone
from loop_client.report import About, Export, Items
from loop_client.report.column_masks import Mask
from loop_client.report.masking import People
from loop_client.service.importer import ImportRefusedError, read_file, read_pasted
from tests.frames import item, items_frame
from tests.loop_client.service.formats.made import notes, run_of, table, told

if TYPE_CHECKING:
    from loop_client.report.export import Format

TEXTS = [
    "'Great' is the word",
    "''x",
    "'-1' is",
    "-1",
    "=1+1",
    '"quoted", yes',
    "a\nb",
    "plain",
    "_x000D_ is CR",
    "None",
]


def export(*, mask: Mask | None = None, sample: bool = False) -> Export:
    """An export of items with awkward texts."""
    frame = items_frame(item(number, message=text) for number, text in enumerate(TEXTS))
    return Export(Items(frame, np.arange(len(TEXTS)), Zone("UTC"), mask=mask), About(sample=sample))


@pytest.mark.parametrize("sample", [False, True])
@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "jsonl"])
def test_an_export_comes_back_as_it_was(form: Format, *, sample: bool) -> None:
    """Texts, people and ids are those of the items, whatever guards the format needed."""
    made = export(sample=sample)

    run = read_file(f"feedback.{form}", made.to(form))

    assert run.format == ("loop-json" if form.startswith("json") else "loop-csv")
    assert [one.draft.message for one in run.items] == TEXTS
    assert [one.draft.user_id for one in run.items] == made.items.frame["user_id"].tolist()
    assert list(run.item_ids.values()) == made.items.frame["id"].tolist()
    assert run.years == {made.items.frame["created_at"].iloc[0].year: len(TEXTS)}


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "jsonl"])
def test_a_share_safe_export_is_refused(form: Format) -> None:
    """Its people are aliases; whoever wants them maps the column by hand."""
    data = export(mask=Mask(People.of([]), bytes(32))).to(form)

    with pytest.raises(ImportRefusedError, match="share-safe"):
        run_of(data)
    assert len(run_of(data, columns={"user_id": ("user_id",)}).items) == len(TEXTS)


def test_a_share_safe_export_of_an_earlier_version_is_refused() -> None:
    """Earlier versions described themselves in the name of the ninth column."""
    header = ["id", "user_id", "message", "sentiment", "source", "tag", "status", "created_at"]
    row = ["fb_1", "alias", "Hi", "", "", "", "open", "2026-10-06T09:15:00+00:00", ""]

    for is_safe in (True, False):
        data = table([*header, f"about {json.dumps({'count': 1, 'share_safe': is_safe})}"], row)
        if is_safe:
            with pytest.raises(ImportRefusedError, match="share-safe"):
                run_of(data)
        else:
            assert told(run_of(data, source="old")) == [(1, "alias", "Hi", None, None)]
            assert run_of(data, source="old").items[0].draft.source == "old"


def test_what_an_import_cannot_repeat_is_said() -> None:
    """Resolved items become open ones, and items that Loop has already would be there twice."""
    header = [
        "id",
        "user_id",
        "message",
        "sentiment",
        "source",
        "tag",
        "status",
        "created_at",
        "created_local",
        "about",
    ]
    run = run_of(table(header, ["fb_1", "u", "Hi", "", "", "", "resolved", "2026-10-06T09:15:00+00:00", "", ""]))

    assert run.item_ids == {1: "fb_1"}
    assert "1 row resolved" in notes(run)
    assert "1 row with an id of Loop" in notes(run)


PASTED: Final = "number\ttitle\tdescription\tcreated_by\toriginal_number\ttags\n"


@pytest.mark.parametrize(
    ("rows", "messages"),
    [
        ('1\tA\t"x\ny ""z"""\tAna\t\tq\n2\tB\tw\tBo\t\tq\n', ['A\n\nx\ny "z"', "B\n\nw"]),
        ('1\t"A\tx\tAna\t\tq\n2\tB"\tw\tBo\t\tq\n', ['"A\n\nx', 'B"\n\nw']),
        ('1\tA\t"x" y\tAna\t\tq\n', ['A\n\n"x" y']),
    ],
    ids=["a line break in a cell", "quotes that fit without", "a quoted word"],
)
def test_pasted_cells_with_a_line_break_are_whole(rows: str, messages: list[str]) -> None:
    """A spreadsheet quotes these cells, and only these; quotes count where the rows fit with them alone."""
    run = read_pasted(PASTED + rows)
    assert [item.draft.message for item in run.items] == messages
    assert run.skipped == {}


def test_pasted_rows_need_no_quotes() -> None:
    """A quote at the beginning of a pasted cell is a letter like another."""
    run = read_pasted('number\ttitle\tdescription\tcreated_by\toriginal_number\ttags\n1\t"A" it\tx, y\tAna\t\tq\n')

    assert (run.format, told(run)) == ("fider", [(1, "Ana", '"A" it\n\nx, y', None, "q")])
