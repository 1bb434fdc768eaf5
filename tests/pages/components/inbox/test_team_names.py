"""An item of the inbox shows its person as the team knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.pages.conftest import page
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOSTILE = "**Lena** :red[x] <b>"


@pytest.mark.parametrize(("safe", "shown"), [("false", True), ("true", False)])
def test_an_item_has_name_and_company_beside_the_person(
    safe: str,
    shown: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    connect: Callable[..., None],
) -> None:
    """Both stand behind the id, as plain text; with share-safe on there is a pseudonym alone."""
    with running_sandbox(tmp_path / "loop", items=[row(1)]) as sandbox:
        connect(sandbox)
        (tmp_path / "people.csv").write_text(f"person,plan,company,name\nu_1,Pro,Aster,{HOSTILE}\n")

        app = page("inbox", safe=safe)

    drawn = [one.value for one in app.text]
    assert (f"u_1 · {HOSTILE} · Aster" in drawn) is shown
    assert shown or not [one for one in drawn if "u_1" in one or "Lena" in one or "Aster" in one]
    assert not [one for one in (*app.markdown, *app.caption) if "Lena" in one.value]
