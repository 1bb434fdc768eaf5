"""The overview says which tags are shown as others and which look alike, and gives the rules to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.service.aliases import rules_of
from pages.components.overview import tag_names
from pages.session import runtime
from tests.pages.components.overview.test_kpi_row import walking
from tests.pages.conftest import exported, page, texts
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from streamlit.testing.v1 import AppTest

    from tests.sandboxes import RunningSandbox

TAGS = ["login", "login", "Log-in", "log in", "**md** $x$", "**MD** $x$", "anna@example.com", "Anna@example.com", None]
ROWS = [row(number, tag=tag, message=f"Message {number}") for number, tag in enumerate(TAGS, 1)]


@pytest.fixture
def spelt(tmp_path: Path) -> Iterator[RunningSandbox]:
    """A sandbox with tags that look alike."""
    with running_sandbox(tmp_path / "loop", items=ROWS) as sandbox:
        yield sandbox


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A file with rules for the spellings of login."""
    file = tmp_path / "aliases.toml"
    file.write_text('[tags]\n"Log-in" = "login"\n"log in" = "login"\n')
    return file


def opened(key: str, **query: str) -> AppTest:
    """The overview with this popover open."""
    app = page(**query)
    app.session_state[key] = True
    return app.run()


def labels(app: AppTest) -> list[str]:
    """The labels of the popovers below the tags."""
    return [one.proto.popover.label for one in app.get("popover") if one.key in {"tags-shown", "tags-alike"}]


def table(app: AppTest, *names: str) -> list[tuple[object, ...]]:
    """The rows of the table with these columns."""
    (found,) = (one.value for one in app.dataframe if tuple(one.value.columns) == names)
    return [tuple(one) for one in found.itertuples(index=False)]


def test_tags_that_look_alike_come_with_their_rules(spelt: RunningSandbox, connect: Callable[..., None]) -> None:
    """They are listed with their items and with lines that are valid rules, as code, whatever is in them."""
    connect(spelt)
    app = opened("tags-alike", last="all time")

    assert labels(app) == ["7 tags look alike"]
    assert table(app, "Tag", "Items", "Would be shown as")[:3] == [
        ("login", 2, "login"),
        ("Log-in", 1, "login"),
        ("log in", 1, "login"),
    ]
    (code,) = app.code
    assert rules_of(code.value) == {
        "Log-in": "login",
        "log in": "login",
        "**md** $x$": "**MD** $x$",
        "anna@example.com": "Anna@example.com",
    }
    assert not any("$x$" in text for text in texts(app))


def test_rules_name_nobody_while_share_safe_is_on(spelt: RunningSandbox, connect: Callable[..., None]) -> None:
    """With share-safe on, masked names stand in the table alone."""
    connect(spelt)
    app = opened("tags-alike", last="all time", safe="true")

    (code,) = app.code
    assert set(rules_of(code.value)) == {"Log-in", "log in", "**md** $x$"}
    assert "example.com" not in str(table(app, "Tag", "Items", "Would be shown as")).lower()


def test_aliases_are_visible(spelt: RunningSandbox, connect: Callable[..., None], rules: Path) -> None:
    """The overview and the filter say how many tags are shown as how many, and a table says which as which."""
    connect(spelt, LOOP_ALIASES=str(rules))
    app = opened("tags-shown", last="all time")

    assert labels(app) == ["7 tags shown as 5", "4 tags look alike"]
    assert "7 tags shown as 5" in [caption.value for caption in app.sidebar.caption]
    assert table(app, "As sent", "Shown as", "Items") == [("Log-in", "login", 1), ("log in", "login", 1)]
    assert app.sidebar.multiselect(key="tag").options[0] == "login"


def test_without_look_alikes_the_overview_says_so(small: RunningSandbox, connect: Callable[..., None]) -> None:
    """Where no two tags look alike, a caption says how many were compared, and its help says how."""
    connect(small)
    app = page()

    assert labels(app) == []
    (caption,) = (one for one in app.caption if "look alike" in one.value)
    assert caption.value == "No two of the 2 tags look alike."
    assert caption.help == tag_names.UNLIKE


def test_tags_of_a_part_of_the_items_are_unlike_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While older items are still being loaded, nothing is said about their tags."""
    rows = [row(number, tag=f"tag {number % 3}") for number in range(500, 0, -1)]
    with walking(monkeypatch, tmp_path, rows, lambda shown: len(shown.frame)):
        assert "No two of the 3 tags loaded so far look alike." in texts(page())


def test_one_tag_is_compared_with_none(connect: Callable[..., None], tmp_path: Path) -> None:
    """An account with one tag gets no sentence about tags that look alike."""
    with running_sandbox(tmp_path / "loop", items=[row(1, tag="exports"), row(2, tag=None)]) as sandbox:
        connect(sandbox)
        assert not any("look alike" in text for text in texts(page()))


def test_an_alias_in_a_link_selects_what_it_is_shown_as(
    spelt: RunningSandbox, connect: Callable[..., None], rules: Path
) -> None:
    """A pasted link with an alias filters by its target, in the sidebar, the list, the address and the export."""
    connect(spelt, LOOP_ALIASES=str(rules))
    only = ["anna@example.com", "tag:log in"]  # the first is no drill-down
    app = page("inbox", view="all", tag="Log-in", only=only, single="true", item="fb_3")

    assert app.sidebar.multiselect(key="tag").value == ["login"]
    assert app.query_params["tag"] == "login"
    assert app.query_params["only"] == "tag:login"
    assert "Only tag login" in texts(app)
    file = b"".join(exported(app, "jsonl").pieces()).decode()
    assert file.count('"tag":"login"') == 4
    assert file.count('"tag_raw":"login"') == 2


def test_an_item_says_what_was_sent(spelt: RunningSandbox, connect: Callable[..., None], rules: Path) -> None:
    """The open item has the tag as shown and, where it is an alias, the tag as sent."""
    connect(spelt, LOOP_ALIASES=str(rules))

    aliased, plain = (texts(page("inbox", view="all", item=item)) for item in ("fb_3", "fb_1"))

    assert aliased[aliased.index("login") :].index("Log-in") >= 0
    assert "Tag as sent" in aliased
    assert "Tag as sent" not in plain


def test_a_wrong_file_is_reported_until_it_is_corrected(
    spelt: RunningSandbox, connect: Callable[..., None], rules: Path
) -> None:
    """A wrong file leaves each tag as it was sent, with the line that is wrong; once corrected, news are offered."""
    good = rules.read_text()
    rules.write_text('[tags]\nlogin = ""\n')
    connect(spelt, LOOP_ALIASES=str(rules))
    app = page()
    assert f"{rules}, line 2: a tag cannot be empty." in texts(app)
    assert labels(app) == ["7 tags look alike"]

    rules.write_text(good)
    runtime.check_now()
    until(lambda: not runtime.aliases_problem())
    until(lambda: bool(runtime.snapshot().aliases))
    app.run()
    assert not any("line 2" in text for text in texts(app))
    app.button(key="show_new").click().run()
    assert labels(app) == ["7 tags shown as 5", "4 tags look alike"]
