"""Share-safe: nobody's id, address or long number is on the screen, in an export, or in the link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loop_client.report.export import About
from pages.shared import data, exports
from pages.shared.filters import Filters
from tests.pages.conftest import page
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sandboxes import RunningSandbox

SECRETS = ("u_canary", "anna.canary@example.com", "+49 170 1234567", "canary-colleague")
SAID = (
    f"Call {SECRETS[2]} or write to {SECRETS[1]}; my id is {SECRETS[0]}, and the export fails. "
    f"So it does for {SECRETS[3].upper()}."
)
ROWS = [
    *(row(number, message=SAID, user_id="u_canary", tag=SECRETS[1], source=SECRETS[2]) for number in (3, 2, 1)),
    row(4, user_id=SECRETS[3], message="The export fails", tag="u_canary", source="for canary-colleague"),
    row(5, user_id=SECRETS[3], sentiment="anna.canary@example.com", status="+49 170 1234567"),
]


def shown(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """All that the browser is given, as text."""
    assert not app.exception
    elements = [*app.main, *app.sidebar]
    frames = [element.value.to_csv() for element in app.dataframe]
    return "".join(
        [*frames, *(str(getattr(element, "proto", "")) for element in elements), str(dict(app.query_params))]
    )


@pytest.mark.parametrize("name", ["overview", "inbox"])
def test_nothing_of_a_person_is_shown(name: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """Also not in the lists beside the item, and not where the link asked for the person or a text."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)

        open_ = shown(page(name, item="fb_1"))
        safe = shown(page(name, item="fb_1", safe="true", user="u_canary", text="canary", tag=[SECRETS[1], "u_canary"]))

    assert all(secret in open_ for secret in (SECRETS if name == "inbox" else SECRETS[1:]))
    assert not any(secret in safe.lower() for secret in ("canary", "anna", *SECRETS))  # nor a shared word of them
    assert name == "overview" or "the export fails" in safe


def test_the_form_proposes_nobody(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The switch is on the reading pages, and holds on the way from them to the form."""
    with running_sandbox(tmp_path / "loop", items=[*ROWS, row(6, tag="search")]) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true").switch_page("submit.py").run()

    assert app.selectbox(key="draft_tag").options == ["search", "exports"]
    assert "canary" not in shown(app)


def test_a_safe_link_names_nobody(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Neither as a filter nor as what a number led to; the rest of the link stays."""
    connect(small)

    app = page(
        "inbox", safe="true", view="all", user="u_1", text="x", only=["user:u_1", "tag:search", "source:a@b.example"]
    )

    assert app.query_params == {"safe": "true", "view": "all", "only": "tag:search"}


@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("form", ["csv", "json", "markdown"])
def test_an_export_is_as_safe_as_the_screen(
    form: Any,  # noqa: ANN401 - one of the formats
    safe: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    connect: Callable[..., None],
) -> None:
    """The same items, each once, with the secrets or without."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        snapshot = data.snapshot()
        file = exports._file(snapshot, Filters().rows(snapshot), About(), form, safe=safe).decode().lower()  # noqa: SLF001

    assert all(file.count(f"fb_{number}") == 1 for number in range(1, 6))
    assert [secret in file for secret in SECRETS] == [not safe] * len(SECRETS)
