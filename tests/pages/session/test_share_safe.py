"""Share-safe: no person's id, address or long number is on the screen, in an export, or in the link."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from loop_client.query import HIDEABLE
from loop_client.report.export import HIDDEN
from loop_client.report.masking import E_MAIL
from loop_client.sandbox.store import Store
from pages.components.inbox import export_menu
from pages.session import runtime
from tests.exported import about_of, rows_of
from tests.pages.conftest import exported, page, texts
from tests.raw_server import raw_server
from tests.sandboxes import RunningSandbox, row, running_sandbox

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

SECRETS = ("u_canary", "anna.canary@example.com", "+49 170 1234567", "canary-colleague")
SECRET_TEXT = (
    f"Call {SECRETS[2]} or write to {SECRETS[1]}; my id is {SECRETS[0]}, and the export fails. "
    f"So it does for {SECRETS[3].upper()}."
)
ROWS = [
    *(row(number, message=SECRET_TEXT, user_id="u_canary", tag=SECRETS[1], source=SECRETS[2]) for number in (3, 2, 1)),
    row(4, user_id=SECRETS[3], message="The export fails", tag="u_canary", source="for canary-colleague"),
    row(5, user_id=SECRETS[3], sentiment="anna.canary@example.com", status="+49 170 1234567"),
]


def shown(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """Everything that the browser receives, as text."""
    assert not app.exception
    elements = [*app.main, *app.sidebar]
    frames = [element.value.to_csv() for element in app.dataframe]
    return "".join(
        [*frames, *(str(getattr(element, "proto", "")) for element in elements), str(dict(app.query_params))]
    )


@pytest.mark.parametrize("name", ["overview", "inbox", "people"])
def test_nothing_of_a_person_is_shown(name: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """Nothing personal is shown, not in the lists beside the item and not from the link."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)

        open_ = shown(page(name, item="fb_1"))
        safe = shown(page(name, item="fb_1", safe="true", user="u_canary", text="canary", tag=[SECRETS[1], "u_canary"]))
        of_all = shown(page(name, safe="true", view="all"))

    assert all(secret in open_ for secret in (SECRETS if name == "inbox" else SECRETS[1:]))
    for output in (safe, of_all):
        assert not any(secret in output.lower() for secret in ("canary", "anna", *SECRETS))  # nor a shared word
    assert name == "overview" or "the export fails" in safe


def test_an_item_that_there_is_none_of_is_masked_in_the_link(tmp_path: Path, connect: Callable[..., None]) -> None:
    """The id of an unknown item is removed from the link, and that of an existing one stays."""
    with running_sandbox(tmp_path / "loop", items=[*ROWS, row(6, id="fb_4917012345678")]) as sandbox:
        connect(sandbox)
        nobody = page("inbox", item=SECRETS[1], view="all", safe="true")
        long_number = page("inbox", item="fb_4917012345678", view="all", safe="true")

    assert "canary" not in shown(nobody)
    assert "This item is not among the loaded items" in "".join(texts(nobody))
    assert parts(long_number)["item"] == {"fb_4917012345678"}


def test_the_form_proposes_nobody(tmp_path: Path, connect: Callable[..., None]) -> None:
    """With share-safe on, the form proposes no person."""
    with running_sandbox(tmp_path / "loop", items=[*ROWS, row(6, tag="search")]) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true").switch_page("submit.py").run()

    assert app.selectbox(key="draft_tag").options == ["search", "exports"]
    assert "canary" not in shown(app)


@pytest.mark.parametrize("name", ["overview", "inbox", "people", "submit"])
def test_loops_words_about_a_failure_are_masked(name: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """Loop's message about a failure is masked on every page and in the details."""

    def refuse(connection: socket.socket, _: bytes) -> None:
        body = json.dumps({"error": {"type": "invalid", "message": f"Stop: {SECRETS[1]}, {SECRETS[2]}"}}).encode()
        head = f"HTTP/1.1 400 x\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode() + body)

    with raw_server(refuse) as address:
        connect(RunningSandbox(address, "a-key", Store(tmp_path / "unused.db")))
        app = page("inbox", safe="true").switch_page(f"{name}.py").run()
        runtime.stop()

    assert shown(app).count("Loop says: Stop") >= 2
    assert not any(secret in shown(app) for secret in SECRETS)


def test_a_safe_link_names_nobody(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A share-safe link has no person, neither as a filter nor in a drill-down."""
    connect(small)

    app = page(
        "inbox", safe="true", view="all", user="u_1", text="x", only=["user:u_1", "tag:search", "source:a@b.example"]
    )

    assert app.query_params == {"safe": "true", "view": "all", "only": "tag:search", "hidden": ["text", "user", "only"]}


@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("form", export_menu.FILES)
def test_an_export_is_as_safe_as_the_screen(
    form: Any,  # noqa: ANN401 - one of the formats
    safe: bool,  # noqa: FBT001 - a parameter of the test
    tmp_path: Path,
    connect: Callable[..., None],
) -> None:
    """A share-safe export has the same items with all personal values masked."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        app = page("inbox", view="all", safe=str(safe).lower())
        file = b"".join(exported(app, form).pieces())

    text = file.decode() if form != "xlsx" else str(rows_of(file, form)) + about_of(file, form)
    assert all(text.count(f"fb_{number}") == 1 for number in range(1, 6))
    assert [secret in text.lower() for secret in SECRETS] == [not safe] * len(SECRETS)


def test_a_name_that_is_typed_while_the_switch_is_on_is_left_out(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A name typed while share-safe is on is left out and reported; an earlier one stays applied and hidden."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all", tag=[SECRETS[1], "exports"], source="for canary-colleague")
        app.toggle(key="safe").set_value(True).run()
        turned = (app.multiselect(key="tag").value, app.multiselect(key="source").value)
        app.multiselect(key="tag").set_value(["exports", SECRETS[1]]).run()

    assert turned == (["exports"], [])
    assert [toast.value.split(" that")[0] for toast in app.toast] == ["A tag"]
    assert app.multiselect(key="tag").value == ["exports"]
    assert not any(secret in shown(app).lower() for secret in ("canary", "anna"))


LONG = "a_canary_with_an_id_that_a_sentence_about_a_link_cuts_off"
ADDRESS = "a.canary.with.an.address.that.a.sentence.cuts.off@example.com"


@pytest.mark.parametrize("name", ["overview", "inbox", "people"])
@pytest.mark.parametrize("secret", [LONG, LONG.upper(), ADDRESS, "odd\u200bcanary", "\uff2fDDCANAR\uff39"])
def test_messages_about_unknown_values_of_a_link_name_nobody(
    name: str, secret: str, tmp_path: Path, connect: Callable[..., None]
) -> None:
    """Messages about unknown values of a link are masked before they are cut."""
    rows = [row(1, user_id=LONG), row(2, user_id="oddcanary"), row(3)]
    parts = ("status", "only", "sort", "view", "page", "last", "columns", "bucket", secret)
    with running_sandbox(tmp_path / "loop", items=rows) as sandbox:
        connect(sandbox)

        app = page(name, safe="true", **{part: f"bogus:{secret}" if part == "only" else secret for part in parts})

    assert sum("“" in text for text in texts(app)) == len(parts)
    assert app.query_params == {"safe": "true", **({"last": "all time"} if name == "overview" else {})}
    assert not any(secret in shown(app).lower() for secret in ("canary", "canar\uff59", "ddcanar"))


@pytest.mark.parametrize("secret", ["odd canary with a long id", "a.canary.with.a.long.name@example.com"])
@pytest.mark.parametrize("end", range(1_975, 2_001, 5))
def test_the_list_cuts_no_name_in_two(end: int, secret: str, tmp_path: Path, connect: Callable[..., None]) -> None:
    """A message is masked before it is cut for the list."""
    message = f"{'x' * (end - 16)}@example.com to {secret}"
    with running_sandbox(
        tmp_path / "loop", items=[row(1, message=message), row(2, user_id="odd canary with a long id")]
    ) as sandbox:
        connect(sandbox)

        assert "canary" not in shown(page("inbox", view="all", safe="true"))


PERSONAL: list[dict[str, str | list[str]]] = [
    {"text": "canary"},
    {"text": "user:u_canary export"},
    {"user": "u_canary"},
    {"user": ["u_canary", "nobody"]},
    {"tag": SECRETS[1]},
    {"tag": ["u_canary", "exports"]},
    {"source": "for canary-colleague"},
    {"sentiment": "anna.canary@example.com"},
    {"status": "+49 170 1234567"},
    {"only": "user:u_canary"},
    {"only": ["not-tag:u_canary", "status:open"]},
    {"text": "fails", "user": "u_canary", "tag": SECRETS[1], "source": SECRETS[2], "only": "user:u_canary"},
]
"""Personal parameters of a link."""


def parts(app: Any) -> dict[str, set[str]]:  # noqa: ANN401 - an AppTest
    """The parameters of the link, without the switch."""
    parameters = {name: {value} if isinstance(value, str) else {*value} for name, value in app.query_params.items()}
    parameters.pop("safe", None)
    return parameters


def items(app: Any) -> str:  # noqa: ANN401 - an AppTest
    """The number of items on the overview."""
    assert not app.exception
    return next((metric.value for metric in app.metric if metric.label == "Items"), "none")


@pytest.mark.parametrize("query", PERSONAL, ids=str)
def test_the_switch_changes_no_rows(
    query: dict[str, str | list[str]], tmp_path: Path, connect: Callable[..., None]
) -> None:
    """Turning share-safe on and off changes no rows, and restores the filters' texts."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        app = page("inbox", view="all", single="true", **query)
        before, link = len(app.dataframe[0].value), parts(app)
        counted = items(page("overview", **query))

        app.toggle(key="safe").set_value(True).run()
        safe = app.run()
        assert len(safe.dataframe[0].value) == before < len(ROWS)
        assert not any(secret in shown(safe).lower() for secret in ("canary", "anna", *SECRETS))
        assert parts(safe)["hidden"] == {kind for kind in HIDEABLE if kind in query}
        assert items(page("overview", safe="true", **query)) == counted
        assert len(page("inbox", view="all", single="true", safe="true", **query).dataframe[0].value) == before

        app.toggle(key="safe").set_value(False).run()
        assert len(app.dataframe[0].value) == before
        assert parts(app) == link


def button(app: Any, label: str) -> Any:  # noqa: ANN401 - an AppTest
    """The first button with that label."""
    return next(button for button in app.button if button.label == label)


@pytest.mark.parametrize("name", ["overview", "inbox", "people"])
def test_who_wrote_nothing_leaves_the_link_too(name: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A person without items is removed from the link too."""
    connect(small)
    app = page(name, user="u_canary")

    app.toggle(key="safe").set_value(True).run()

    assert parts(app) == {"hidden": {"user"}, **({"last": {"all time"}} if name == "overview" else {})}


@pytest.mark.parametrize("how", ["Remove", "Clear filters"])
def test_what_is_hidden_can_be_dropped(how: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Hidden filters are named by kind and pseudonym, and can be removed for good."""
    connect(small)
    app = page("inbox", view="all", text="newest", user="u_1")
    app.toggle(key="safe").set_value(True).run()
    assert len(app.dataframe[0].value) == 1
    assert "Search: hidden" in texts(app)
    assert any(text.startswith("Person: ") and "u_1" not in text for text in texts(app))

    button(app, how).click().run()

    assert len(app.dataframe[0].value) == 5
    assert parts(app) == {"view": {"all"}}
    app.toggle(key="safe").set_value(False).run()
    assert len(app.dataframe[0].value) == 5


@pytest.mark.parametrize("name", ["overview", "inbox", "people"])
def test_a_safe_link_says_that_it_selects_more(name: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """A copied share-safe link reports that it may select more items, until that is dismissed."""
    connect(small)

    app = page(name, safe="true", hidden=["text", "user", "nonsense"])
    assert "Share-safe hides a search and a person from links. What is shown here matches the other filters." in texts(
        app
    )
    button(app, "Dismiss").click().run()

    assert not any("Share-safe hides" in text for text in texts(app))
    assert "hidden" not in app.query_params


def test_what_is_hidden_goes_along_to_the_other_page(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Hidden filters apply on the other page too, and a drill-down does not."""
    connect(small)
    app = page("inbox", view="all", text="newest", only="user:u_1")
    app.toggle(key="safe").set_value(True).run()

    app.query_params.clear()  # as a link to another page does, without bound filters
    app.query_params["safe"] = "true"
    app.switch_page("overview.py").run()

    assert items(app) == "1"
    assert parts(app) == {"hidden": {"text"}, "last": {"all time"}}


def test_a_safe_export_has_the_rows_of_the_screen(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A share-safe export has the rows of the screen, and names hidden filters by kind and pseudonym."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        connect(sandbox)
        app = page("inbox", view="all", text="fails canary", user="u_canary", tag=SECRETS[1])
        app.toggle(key="safe").set_value(True).run()
        file = json.loads(b"".join(exported(app, "json").pieces()))

    assert [item["id"] for item in file["items"]] == ["fb_1", "fb_2", "fb_3"]
    assert file["about"]["filters"]["text"] == HIDDEN
    assert file["about"]["filters"]["tag"] == [E_MAIL]
    assert file["about"]["filters"]["user"] == [file["items"][0]["user_id"]]
    assert "hidden=text&hidden=user&hidden=tag" in file["about"]["link"]
    assert not any(secret in json.dumps(file).lower() for secret in ("canary", "anna"))


@pytest.mark.parametrize("name", ["overview", "inbox"])
def test_unknown_values_of_a_link_are_masked(name: str, small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Unknown values of a link are masked in the message, and unknown parameters are removed."""
    connect(small)

    query = dict.fromkeys(("sentiment", "since", "foo"), SECRETS[1])
    app = page(name, **query, safe="true", item=f"{SECRETS[1]} {SECRETS[2]}", submission=SECRETS[1])
    shown_text = "".join(str(getattr(element, "proto", "")) for element in app.main)

    assert not any(secret in shown_text for secret in ("anna", SECRETS[2]))
    assert "sentiment" in shown_text
    assert set(app.query_params) <= {"safe", "item", "sentiment", "since", "last"}


def test_documented_names_stay_where_somebody_is_called_so(tmp_path: Path, connect: Callable[..., None]) -> None:
    """Documented values stay unmasked, even if a person's id is the same word."""
    with running_sandbox(tmp_path / "loop", items=[row(1, user_id="open"), row(2, user_id="negative")]) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true", view="all", status="open", sentiment="negative")

    assert app.multiselect(key="status").value == ["open"]
    assert app.multiselect(key="sentiment").value == ["negative"]
    assert app.dataframe[0].value["sentiment"].tolist() == ["▼ negative"] * 2


def test_a_copied_link_stays_safe(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """The link in a copied quote names nobody."""
    connect(small)

    links = [parse_qs(code.value.rpartition("?")[2]) for code in page("inbox", safe="true", item="fb_1").code]

    assert links == [{"view": ["all"], "item": ["fb_1"], "safe": ["true"]}] * 2


def test_a_message_is_masked_before_it_is_cut(tmp_path: Path, connect: Callable[..., None]) -> None:
    """A message is masked before it is cut, even if it starts with blanks."""
    secrets = ("anna.canary@example.com", "u_canary")
    items = [
        row(number, message=f"{' ' * 1_990}{secret}", user_id="u_canary") for number, secret in enumerate(secrets, 1)
    ]
    with running_sandbox(tmp_path / "loop", items=items) as sandbox:
        connect(sandbox)

        app = page("inbox", safe="true", view="all")

    assert not any("anna" in message or "u_" in message for message in app.dataframe[0].value["message"])


def test_an_id_is_listed_as_it_is(tmp_path: Path, connect: Callable[..., None]) -> None:
    """An id is listed unchanged; only a pseudonym is listed without its prefix."""
    with running_sandbox(tmp_path / "loop", items=[row(1, user_id="person bob"), row(2, user_id="bob")]) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all")

    assert app.dataframe[0].value["person"].tolist() == ["person bob", "bob"]


def test_no_excerpt_reveals_the_search(tmp_path: Path, connect: Callable[..., None]) -> None:
    """With a hidden search, messages are listed from their start, not around the found word."""
    with running_sandbox(
        tmp_path / "loop", items=[row(1, message=f"{'Beginning ' * 30}Annabel {'end ' * 30}")]
    ) as sandbox:
        connect(sandbox)

        app = page("inbox", view="all", text="annabel")
        before = app.dataframe[0].value["message"].iloc[0]
        app.toggle(key="safe").set_value(True).run()

    assert "Annabel" in before
    assert app.dataframe[0].value["message"].iloc[0].startswith("Beginning ")
    assert "Annabel" not in app.dataframe[0].value["message"].iloc[0]
