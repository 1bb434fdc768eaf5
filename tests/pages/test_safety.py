"""Share-safe: nobody's id, address or long number is on the screen, in an export, or in the link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest import mock
from urllib.parse import parse_qs

import pytest

from pages.shared import exports
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
@pytest.mark.parametrize("form", exports.FILES)
def test_an_export_is_as_safe_as_the_screen(
    form: Any,  # noqa: ANN401 - one of the formats
    safe: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    connect: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a click on the page's button builds: the same items, each once, with the secrets or without."""
    button = mock.Mock()
    monkeypatch.setattr("streamlit.download_button", button)
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        page("inbox", view="all", safe=str(safe).lower())
        build = next(call.args[1] for call in reversed(button.mock_calls) if call.kwargs["key"] == f"export-{form}")
        file = build().decode().lower()

    assert all(file.count(f"fb_{number}") == 1 for number in range(1, 6))
    assert [secret in file for secret in SECRETS] == [not safe] * len(SECRETS)


def test_who_turns_the_switch_asks_for_nobody_any_more(tmp_path: Path, connect: Callable[..., None]) -> None:
    """What was chosen before, and what is typed while it is on: the filter drops it, and says so."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all", tag=[SECRETS[1], "exports"], source="for canary-colleague")
        app.toggle(key="safe").set_value(True).run()
        turned = (app.multiselect(key="tag").value, app.multiselect(key="source").value, [t.value for t in app.toast])
        app.multiselect(key="tag").set_value(["exports", SECRETS[1]]).run()

    assert turned[:2] == (["exports"], [])
    assert [toast.split(" that")[0] for toast in turned[2]] == ["A tag", "A source"]
    assert app.multiselect(key="tag").value == ["exports"]
    assert not any(secret in shown(app).lower() for secret in ("canary", "anna"))


@pytest.mark.parametrize("name", ["overview", "inbox"])
def test_what_a_link_asks_in_vain_is_masked(name: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """In the sentence about it, and an unknown part goes out of the link."""
    connect(small)

    asked = dict.fromkeys(("sentiment", "since", "foo"), SECRETS[1])
    app = page(name, **asked, safe="true", item=f"{SECRETS[1]} {SECRETS[2]}")
    said = "".join(str(getattr(element, "proto", "")) for element in app.main)

    assert not any(secret in said for secret in ("anna", SECRETS[2]))
    assert "sentiment" in said
    assert set(app.query_params) <= {"safe", "item", "sentiment", "since"}


def test_documented_names_stay_where_somebody_is_called_so(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Anybody can have "open" as an id: statuses are still told, offered and asked for."""
    with running_sandbox(tmp_path / "loop", items=[row(1, user_id="open"), row(2, user_id="negative")]) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true", view="all", status="open", sentiment="negative")

    assert app.multiselect(key="status").value == ["open"]
    assert app.multiselect(key="sentiment").value == ["negative"]
    assert app.dataframe[0].value["sentiment"].tolist() == ["▼ negative"] * 2


def test_a_copied_link_stays_safe(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The quote under which it stands names nobody, so what it opens does not either."""
    connect(small)

    links = [parse_qs(code.value.rpartition("?")[2]) for code in page("inbox", safe="true", item="fb_1").code]

    assert links == [{"view": ["all"], "item": ["fb_1"], "safe": ["true"]}] * 2


def test_a_message_is_masked_before_it_is_cut(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Half an address is one, too: blanks at the beginning are no part of what is drawn."""
    told = ("anna.canary@example.com", "u_canary")
    items = [row(number, message=f"{' ' * 1_990}{secret}", user_id="u_canary") for number, secret in enumerate(told, 1)]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true", view="all")

    assert not any("anna" in message or "u_" in message for message in app.dataframe[0].value["message"])


def test_an_id_is_listed_as_it_is(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Only an alias is listed without its word."""
    with running_sandbox(tmp_path / "loop", items=[row(1, user_id="person bob"), row(2, user_id="bob")]) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all")

    assert app.dataframe[0].value["person"].tolist() == ["person bob", "bob"]
