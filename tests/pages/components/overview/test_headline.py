"""The headline's sentences: what they say, where they lead, and that names in them are only text."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest

from loop_client.query import question_of
from pages.session import displayed, runtime
from tests.moment import NOW
from tests.pages.conftest import page, texts
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("still")

PERSONAL = "ana@example.com"
WORDS = ["".join(letters) for letters in product("bdfgklmnprst", "aeiou", "bdfgklmnprst", "aeiou", "nt")]
QUIET = {"sentiment": None, "tag": None, "status": "resolved"}


def rows_of(tag: str) -> list[dict[str, str | None]]:
    """A fire, a tag that rose and one that fell, a loud person with this tag, and two items that wait."""
    hours = {
        "broke": [3 * n + 1 for n in range(12)],
        "rose": [33 * n + 5 for n in range(20)],
        "fell": [33 * n + 730 for n in range(20)],
        "loud": [70 * n + 2 for n in range(9)],
        "waits": [24 * 40, 24 * 50],
        "quiet": [24 * (62 + n) for n in range(30)],
    }
    values: dict[str, dict[str, str | None]] = {
        "broke": {"message": "The *badge* reader [is](http://example.invalid) dead, isn't it?", "tag": "doors"},
        "rose": {"tag": "search", "status": "resolved"},
        "fell": {"tag": "billing", "status": "resolved"},
        "loud": {"tag": tag, "sentiment": "positive"},
        "waits": {"tag": "misc"},
        "quiet": QUIET,
    }
    rows: list[dict[str, str | None]] = []
    for kind, each in hours.items():
        for n, hour in enumerate(each):
            number = len(rows)
            user_id = "u_loud" if kind == "loud" and n < 7 else f"u_{number}"
            message = " ".join(WORDS[4 * number : 4 * number + 4])
            rows.append(row(hour, **{"id": f"fb_{number}", "user_id": user_id, "message": message, **values[kind]}))
    return sorted(rows, key=lambda one: str(one["created_at"]))


@pytest.fixture
def eventful(tmp_path: Path, connect: Callable[..., None]) -> Iterator[None]:
    """An account in which everything happens at once."""
    with running_sandbox(tmp_path / "loop", items=rows_of("a **bold** :red[tag]")) as sandbox:
        connect(sandbox)
        yield


SENTENCES = {
    "local_fire_department": (
        "“The *badge* reader [is](http://example.…”: 12 people were negative about it in 7 days, usually none."
    ),
    "trending_up": "search rose to 20 negative items, from 0 in the period before.",
    "person_alert": "a **bold** :red[tag]: 1 person wrote 7 of the 9 items.",
    "hourglass_top": "2 open negative items have waited over 30 days, the oldest since 30 Apr 2026.",
    "trending_down": "billing fell to 0 negative items, from 20 in the period before.",
}


def lines(app: Any) -> dict[str, Any]:  # noqa: ANN401 - an AppTest
    """Icon → link, for the sentences of the headline."""
    return {
        link.proto.icon.split("/")[-1].rstrip(":"): link.proto
        for link in app.get("page_link")
        if link.proto.icon.split("/")[-1].rstrip(":") in SENTENCES
    }


@pytest.mark.usefixtures("eventful")
def test_each_kind_has_its_sentence() -> None:
    """Each finding is a sentence, in which names have no Markdown; the caption says what is compared."""
    app = page(last="30 days")

    shown = {icon: link.label.replace(displayed.NOTHING, "") for icon, link in lines(app).items()}
    assert {icon: re.sub(r"\\(.)", r"\1", label) for icon, label in shown.items()} == SENTENCES
    for label in shown.values():
        assert not re.search(r"(?<!\\)[*\[\]():.$_`<]", label.replace("\\\\", ""))
    assert [*lines(app)] == [*SENTENCES]
    assert "Since 21 May 2026, compared with 21 Apr 2026 to 20 May 2026." in texts(app)


@pytest.mark.usefixtures("eventful")
def test_each_sentence_leads_to_as_many_rows_as_it_says() -> None:
    """The link of each sentence has the rows of its number, within the page's period or of all time."""
    found = lines(page(last="30 days"))

    counted = {}
    for icon, link in found.items():
        query = parse_qs(link.query_string)
        question = question_of({"last": ["30 days"], **query}, NOW.date())
        counted[icon] = len(question.rows(runtime.snapshot()))
    assert counted.pop("local_fire_department") == 14  # an item, among all that are open
    assert counted == {"trending_up": 20, "person_alert": 9, "hourglass_top": 2, "trending_down": 0}
    fire = parse_qs(found["local_fire_department"].query_string)
    assert fire["sort"] == ["most urgent"]
    assert fire["last"] == ["all time"]
    item = runtime.snapshot().frame.set_index("id").loc[fire["item"][0]]
    assert item["tag"] == "doors"


@pytest.mark.usefixtures("eventful")
def test_without_news_it_says_so() -> None:
    """A selection without news says so, and what it covers."""
    assert "All time. Nothing stands out." in texts(page(tag="search"))
    assert "Until 1 Jun 2026. Nothing stands out." in texts(page(until="2026-06-01", tag="search"))
    assert "Since 21 May 2026." in texts(page(last="30 days", status="open"))


@pytest.mark.usefixtures("eventful")
@pytest.mark.parametrize(
    ("text", "found"), [("badge", "12 items"), ('"bakun bakut"', "1 item"), ('"', None), ("", None)]
)
def test_a_search_leads_to_what_it_found(text: str, found: str | None) -> None:
    """With a search, a link leads to the items that it found, of the same days, in a view that hides none of them."""
    app: Any = page(last="30 days", text=text)

    links = [one for one in app.get("page_link") if one.label.startswith("Show the ")]
    assert [link.label for link in links] == ([f"Show the {found} found"] if found else [])
    for link in links:
        query = parse_qs(link.proto.query_string)
        assert query == {"view": ["all"], "last": ["30 days"]}
        question = question_of({**query, "text": [text]}, NOW.date())
        assert len(question.rows(runtime.snapshot())) == int(str(found).split()[0])


def test_share_safe_masks_names_and_links(tmp_path: Path, connect: Callable[..., None]) -> None:
    """With share-safe on, a name that is personal is masked, and its sentence has no link."""
    with running_sandbox(tmp_path / "loop", items=rows_of(PERSONAL)) as sandbox:
        connect(sandbox)
        link = lines(page(last="30 days"))["person_alert"]
        assert link.label == r"ana\@example\.com\: 1 person wrote 7 of the 9 items\."

        safe = page(last="30 days", safe="true")

    assert "person_alert" not in lines(safe)
    (sentence,) = (text for text in texts(safe) if "1 person wrote 7 of the 9 items." in text)
    assert "ana" not in sentence
    assert "example.com" not in sentence
    assert len(lines(safe)) == len(SENTENCES) - 1
