"""The drawing on a list's canvas, and the effects of its keys and headings in Chromium."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.conftest import FLAGS, chromium
from tests.browser.states import account_with, sample
from tests.sandboxes import row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.browser

NEVER_BROKEN = [
    "W" * 20_000,
    "漢字" * 200,
    "\N{WAVING HAND SIGN}" * 300,
    "مرحبا" * 90,
    "@Щж" * 200,
    "a" + "\u0301" * 900,
]
ROWS = [
    *(row(number) for number in range(140, len(NEVER_BROKEN), -1)),
    *(
        row(number, message=text, tag=text[:120], source=text[:120], user_id=text[:120], sentiment=text[:40])
        for number, text in enumerate(NEVER_BROKEN, start=1)
    ),
]

RECORD = """
window.drawn = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
  drawn.push([text, Math.round(x), Math.round(y)]);
  return fillText.call(this, text, x, y, ...more);
};
"""
"""Records the texts drawn on a canvas, with their positions."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of 140 items, the newest of which have very long words."""
    with account_with(tmp_path_factory.mktemp("lists"), ROWS) as running:
        yield running


@pytest.fixture
def page(window: BrowserContext, address: str) -> Iterator[Page]:
    """The inbox with all items."""
    page = window.new_page()
    page.add_init_script(RECORD)
    page.goto(f"{address}/inbox?view=all&columns=tag&columns=sentiment&columns=source&columns=person")
    expect(page.get_by_text("1-50 of 140 items")).to_be_visible(timeout=60_000)
    looking.settled(page)
    yield page
    page.close()


def drawn(page: Page) -> list[list[Any]]:
    """The texts drawn on the canvas, with x and y."""
    found: list[list[Any]] = page.evaluate("drawn")
    return found


def test_a_cell_has_three_lines_and_ends_in_an_ellipsis(page: Page) -> None:
    """A cell has three lines and ends in an ellipsis, even with very long words."""
    cells: dict[tuple[int, int], list[int]] = {}
    for (x, line), _ in groupby(sorted(((x, y), text) for text, x, y in drawn(page)), lambda one: one[0]):
        cells.setdefault((x, (line - 36) // 66), []).append(line)
    texts = {(x, y): text for text, x, y in drawn(page)}
    awkward = {(x, row): sorted(lines) for (x, row), lines in cells.items() if 0 <= row < len(NEVER_BROKEN) - 1}

    assert {row for _, row in awkward} == set(range(len(NEVER_BROKEN) - 1))
    for (x, _), lines in awkward.items():
        assert len(lines) <= 3
        assert texts[x, lines[-1]].endswith("…")


def test_a_list_has_no_search_of_its_own(page: Page) -> None:
    """Neither a button nor Ctrl+F opens the list's own search, which would search one page only."""
    rows = page.get_by_test_id("stDataFrame").first
    rows.hover(position={"x": 60, "y": 100})
    expect(page.get_by_test_id("stElementToolbar").first).not_to_be_visible()

    rows.locator("canvas").first.focus()
    for key in ("Control+f", "Meta+f"):  # the second would close the search that the first one opened
        page.keyboard.press(key)
        page.wait_for_timeout(500)
        assert page.locator(".gdg-search-bar").count() == 0


def test_a_heading_does_not_sort_one_page_of_many(page: Page) -> None:
    """A click on a heading does not sort the rows of a page."""
    rows = page.get_by_test_id("stDataFrame").first
    first = rows.get_by_test_id("glide-cell-0-0")
    before, box = first.text_content(), rows.bounding_box()
    assert box is not None
    for x in (60, 60, 200, 400):
        page.mouse.click(box["x"] + x, box["y"] + 15)
        page.wait_for_timeout(400)

    assert first.text_content() == before


@pytest.mark.parametrize("link", ["/inbox?view=all", "/", "/submit"])
def test_a_key_after_a_click_on_empty_ground_draws_no_frame(window: BrowserContext, address: str, link: str) -> None:
    """The page has a focus frame only if Tab reached it."""
    page = looking.opened(window, address + link)
    page.mouse.click(1430, 450)
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    assert frame(page) == "none"

    page.keyboard.press("Tab")
    page.get_by_test_id("stMain").focus()
    assert frame(page) != "none"
    page.close()


def frame(page: Page) -> str:
    """The content of the page's focus frame, or "none"."""
    found: str = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMain]'), '::before').content")
    return found


def test_an_item_is_there_to_be_read(window: BrowserContext, address: str) -> None:
    """In the pane the message is larger than the facts, and each fact is on the line of its name."""
    page = looking.opened(window, f"{address}/inbox?sort=most urgent&item=fb_9")
    pane = page.locator(".st-key-item")
    rank = pane.get_by_text("newness")
    expect(rank).to_be_visible(timeout=60_000)
    size = "one => parseFloat(getComputedStyle(one).fontSize)"

    assert pane.get_by_text("Message 9", exact=True).evaluate(size) > 1.15 * rank.evaluate(size)
    for name in ("Rank", "Created", "Id"):
        fact = page.get_by_test_id("stHorizontalBlock").filter(has=page.get_by_text(name, exact=True)).last
        label, value = (
            fact.get_by_test_id("stCaptionContainer").bounding_box(),
            fact.get_by_test_id("stText").bounding_box(),
        )
        assert label is not None
        assert value is not None
        assert abs(label["y"] - value["y"]) < 8
        assert value["x"] > label["x"] + label["width"] - 8
    page.close()


@pytest.fixture(scope="module")
def folded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard of the sample account, many rows of which stand for several items."""
    with sample(tmp_path_factory.mktemp("folded")) as running:
        yield running


@pytest.fixture(scope="module")
def with_scrollbars(browser: Browser) -> Iterator[Browser]:
    """A Chromium whose scrollbars take room from the page, as on most desktops."""
    launched = browser.browser_type.launch(
        executable_path=chromium(), args=FLAGS, ignore_default_args=["--hide-scrollbars"]
    )
    yield launched
    launched.close()


@pytest.mark.parametrize("order", ["newest first", "most urgent"])
@pytest.mark.parametrize("view", ["open negative", "untagged", "no sentiment", "all"])
def test_a_list_fits_beside_its_item_and_two_scrollbars(
    with_scrollbars: Browser, folded: str, view: str, order: str
) -> None:
    """In a window of 1,440 pixels no list of a view scrolls sideways."""
    page = looking.opened(with_scrollbars, f"{folded}/inbox?view={view}&sort={order}")
    rows = page.locator("[class*=st-key-items-] .dvn-scroller").first
    assert rows.evaluate("rows => rows.offsetWidth - rows.clientWidth") > 0, "no scrollbar takes room"

    assert rows.evaluate("rows => rows.scrollWidth - rows.clientWidth") == 0
    page.close()


PHONE = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize("width", [360, 390])
@pytest.mark.parametrize(
    ("link", "headings"),
    [
        ("view=all", ["Message", "Items", "Age"]),
        ("sort=most urgent", ["Message", "Items"]),
        ("view=untagged&single=true", ["Message", "Age"]),
    ],
)
def test_a_phone_shows_the_message_and_what_fits_beside_it(
    browser: Browser, folded: str, link: str, headings: list[str], width: int
) -> None:
    """On a phone a list has no more columns than fit beside a wide message, and a tap opens the item of a row."""
    context = browser.new_context(user_agent=PHONE, has_touch=True, viewport={"width": width, "height": 844})
    page = looking.opened(context, f"{folded}/inbox?{link}", width)
    rows = page.locator("[class*=st-key-items-] .dvn-scroller").first

    assert page.locator("[class*=st-key-items-] th").all_text_contents() == headings
    assert rows.evaluate("rows => rows.scrollWidth - rows.clientWidth") == 0
    page.get_by_test_id("stDataFrame").first.click(position={"x": 180, "y": 137})
    page.wait_for_url(re.compile("item="))
    context.close()
