"""Text that was only typed is there again after a reload and a restart, and nowhere that it should not be."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.conftest import running_dashboard
from tests.browser.test_form import combobox, message, person, submit
from tests.sandboxes import row, running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import BrowserContext, Page

    from tests.sandboxes import RunningSandbox

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror='window.ran = 1'> </script> **bold**\nsecond line"
NOTE = "Restored what you had typed."
STORED = "Object.entries(localStorage).filter(([key]) => key.startsWith('loop-typed'))"

DRAWN_EMPTY = """{
  const { prototype } = HTMLTextAreaElement, field = Object.getOwnPropertyDescriptor(prototype, "value");
  let first;
  const early = () => performance.now() - (first ??= performance.now()) < 100;
  const get = function () { return early() ? "" : field.get.call(this); };
  Object.defineProperty(prototype, "value", { ...field, get });
}"""
"""A message has no text for a moment, as where a busy browser has drawn the field and not yet filled it."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    """A sandbox with a tag of which another one is the beginning."""
    items = [row(3, tag="exports by mail"), row(2, tag="exports by mail"), row(1)]
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=items) as running:
        yield running


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, sandbox: RunningSandbox) -> Iterator[str]:
    """A dashboard on it."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
    with running_dashboard(tmp_path_factory.mktemp("dashboard"), **settings) as running:
        yield running


@pytest.fixture
def page(window: BrowserContext, address: str) -> Page:
    """The form in a tab of a browser that has stored nothing."""
    return opened(window, f"{address}/submit", empty=True)


def opened(window: BrowserContext, url: str, *, empty: bool = False) -> Page:
    """A tab with the form, all of it drawn and its script run."""
    page = window.new_page()
    page.goto(url)
    drawn(page)
    if empty:
        page.evaluate("localStorage.clear()")
    return page


def drawn(page: Page) -> None:
    """Wait for the form with its script."""
    expect(submit(page)).to_be_enabled()
    expect(combobox(page, "Source")).to_be_visible()
    page.wait_for_function("Boolean(window.typedText)")
    page.wait_for_timeout(200)  # it reads the fields once they are drawn


def stored(page: Page) -> list[list[str]]:
    """The texts of each form that the browser has stored."""
    return [json.loads(value)[1] for _, value in page.evaluate(STORED)]


def test_all_that_was_typed_is_there_after_a_reload(page: Page, sandbox: RunningSandbox) -> None:
    """To the letter, as text, without having left the field; it can be submitted, and then nothing is stored."""
    page.get_by_role("radio", name="neutral").click()
    combobox(page, "Tag").fill("exports")
    page.keyboard.press("Enter")
    combobox(page, "Source").fill("a new one")
    page.keyboard.press("Tab")
    person(page).fill("u_42")
    message(page).fill(HOSTILE)
    page.reload()

    expect(page.get_by_role("status").filter(has_text=NOTE)).to_be_visible()
    expect(message(page)).to_have_value(HOSTILE)
    expect(person(page)).to_have_value("u_42")
    expect(combobox(page, "Tag")).to_have_value("exports")
    expect(combobox(page, "Source")).to_have_value("a new one")
    expect(page.get_by_role("radio", name="neutral")).to_have_attribute("aria-checked", "true")
    assert page.evaluate("window.ran") is None
    looking.settled(page)
    submit(page).click()
    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    expect(page.get_by_text(NOTE)).to_have_count(0)
    assert stored(page) == []
    assert "draft=" not in page.url
    item = next(json.loads(item) for item in sandbox.store.page({}, 100, None)[0] if "u_42" in str(item))
    assert (item["message"], item["tag"], item["source"], item["sentiment"]) == (
        HOSTILE,
        "exports",
        "a new one",
        "neutral",
    )
    assert page.evaluate("sessionStorage.length") == 0
    page.get_by_role("button", name="Submit another").click()
    drawn(page)
    expect(message(page)).to_have_value("")


def test_a_restart_of_the_server_loses_no_letter(
    window: BrowserContext, tmp_path: Path, sandbox: RunningSandbox
) -> None:
    """Of the server, with a reload after it: the new process has never heard of the text."""
    settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url}
    with running_dashboard(tmp_path, **settings) as address:
        page = opened(window, f"{address}/submit")
        person(page).fill("u_43")
        message(page).fill("Typed before the restart")
    with running_dashboard(tmp_path, int(address.rpartition(":")[2]), **settings):
        page.reload()
        expect(message(page)).to_have_value("Typed before the restart")
        looking.settled(page)
        submit(page).click()
        expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
        assert stored(page) == []


def test_a_reload_at_the_moment_of_the_click_finds_the_outcome(page: Page) -> None:
    """The browser was not told that the outbox has the text: it is neither lost nor offered for sending again."""
    person(page).fill("u_44")
    message(page).fill("Sent once")
    before, entries = page.url, page.evaluate(STORED)
    looking.settled(page)
    submit(page).click()
    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    page.evaluate("entries => entries.forEach(([key, value]) => localStorage.setItem(key, value))", entries)
    page.goto(before)

    expect(page.get_by_text("Stored by Loop, and in the inbox now")).to_be_visible()
    expect(page).to_have_url(re.compile("/submit[?]submission="))
    page.wait_for_function(f"() => {STORED}.length === 0")


def test_what_is_changed_after_a_refusal_is_there_after_a_reload(page: Page) -> None:
    """In the place of what was refused, beside the reason."""
    person(page).fill("u" * 201)
    message(page).fill("Refused")
    looking.settled(page)
    submit(page).click()
    expect(page.get_by_text("Loop refused this").first).to_be_visible()
    message(page).fill("Better now")
    page.reload()

    expect(message(page)).to_have_value("Better now")
    expect(person(page)).to_have_value("u" * 201)
    expect(page.get_by_text("Loop refused this").first).to_be_visible()


def test_a_second_tab_has_a_form_of_its_own(page: Page, window: BrowserContext, address: str) -> None:
    """Neither sees the other's text, whichever is loaded again."""
    message(page).fill("Of the first tab")
    other = opened(window, f"{address}/submit")
    expect(message(other)).to_have_value("")
    message(other).fill("Of the second tab")
    for tab in (page, other):
        tab.reload()

    expect(message(page)).to_have_value("Of the first tab")
    expect(message(other)).to_have_value("Of the second tab")
    assert sorted(texts[1] for texts in stored(page)) == ["Of the first tab", "Of the second tab"]


def test_another_text_in_the_same_tab_keeps_the_first(page: Page, address: str) -> None:
    """As of a draft opened from the outbox: what was half typed stays stored, however late the field is filled."""
    message(page).fill("Half typed")
    page.add_init_script(DRAWN_EMPTY)
    page.goto(f"{address}/submit?draft_message=Of+a+link")
    drawn(page)
    expect(message(page)).to_have_value("Of a link")
    message(page).press_sequentially("!")

    page.wait_for_timeout(200)
    assert sorted(texts[1] for texts in stored(page)) == ["Half typed", "Of a link!"]


def test_a_link_leads_back_to_the_text_in_a_new_tab(page: Page, window: BrowserContext) -> None:
    """As from the browser's history, after its tab was closed."""
    message(page).fill("Of a closed tab")
    expect(page).to_have_url(re.compile("draft="))  # the browser tells of an address some time after it has changed
    url = page.url
    page.close()

    expect(message(opened(window, url))).to_have_value("Of a closed tab")


def test_a_reload_elsewhere_keeps_the_text_too(page: Page) -> None:
    """The form is reached again without its link, by the navigation."""
    message(page).fill("Looked something up")
    page.get_by_role("link", name="Inbox", exact=True).first.click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    assert "draft=" not in page.url
    page.reload()
    looking.settled(page)
    page.get_by_role("link", name="Submit", exact=True).first.click()

    expect(message(page)).to_have_value("Looked something up")
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page).to_have_url(re.compile("draft="))


def test_share_safe_stores_nothing_and_deletes_what_was(page: Page, address: str) -> None:
    """At once, not only on the form; also what other tabs have stored."""
    message(page).fill("Before")
    assert len(stored(page)) == 1
    page.goto(f"{address}/inbox?safe=true")
    page.wait_for_function(f"() => {STORED}.length === 0")
    page.get_by_role("link", name="Submit", exact=True).first.click()
    drawn(page)
    message(page).press_sequentially("While it is on")
    page.wait_for_timeout(500)

    assert stored(page) == []
    assert page.evaluate("sessionStorage.length") == 0
    assert "draft=" not in page.url


def test_what_is_cleared_does_not_come_back(page: Page) -> None:
    """By its button, or letter by letter."""
    person(page).fill("u_1")
    message(page).fill("Not wanted")
    page.reload()
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(message(page)).to_have_value("")
    expect(page.get_by_text(NOTE)).to_be_hidden()
    assert stored(page) == []
    person(page).fill("u")
    assert len(stored(page)) == 1
    person(page).fill("")
    assert stored(page) == []
    page.reload()
    drawn(page)

    expect(person(page)).to_have_value("")
    expect(message(page)).to_have_value("")


def test_what_is_typed_anew_is_not_called_restored(page: Page) -> None:
    """Once the fields are empty again, whatever is typed is new."""
    message(page).fill("Typed before")
    page.reload()
    expect(page.get_by_text(NOTE)).to_be_visible()
    drawn(page)
    message(page).fill("")
    expect(page.get_by_text(NOTE)).to_be_hidden()
    message(page).fill("Typed anew")
    expect(message(page)).to_have_value("Typed anew")
    expect(page.get_by_text(NOTE)).to_be_hidden()
