"""An import in a browser: a file is chosen, checked, corrected, sent, and its receipt downloaded."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import looking
from tests.browser.conftest import ROOT, running_dashboard, started
from tests.browser.states import QUICK
from tests.browser.test_keyboard import check_tabs
from tests.browser.test_looks import OF_STREAMLIT, OF_THE_THEME, STILL
from tests.drafts import ODD
from tests.loop_client.test_import_sending import FAST, imported
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import BrowserContext, Locator, Page

pytestmark = pytest.mark.browser

WIDE = "A very long name of a column that goes on and on, as a survey's questions do, until nobody reads it any more?"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard on an account with one item."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox"), items=[row(1)]) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **QUICK}
        with running_dashboard(tmp_path_factory.mktemp("dashboard"), **settings) as running:
            yield running


def uploaded(page: Page, path: Path) -> None:
    """Choose a file as a person does, and wait for its dry run."""
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploader").get_by_role("button", name="Upload", exact=True).click()
    chooser.value.set_files(path)
    expect(page.get_by_text(path.name)).to_be_visible()
    expect(page.get_by_role("heading", name="What each row becomes")).to_be_visible()
    looking.settled(page)


def test_a_file_is_checked_corrected_sent_and_proven(window: BrowserContext, address: str, tmp_path: Path) -> None:
    """From the choice of the file to the receipt, and it is found again after a reload."""
    path = tmp_path / "reviews.csv"
    path.write_text("user_id;message;rating;tag\nu_1;Größe;4;Export\nu_2;;1;\n", encoding="cp1252")
    page = looking.opened(window, f"{address}/import")
    uploaded(page, path)
    expect(page.get_by_role("heading", name="1 item to import")).to_be_visible()
    expect(page.get_by_text("Do these letters look right? u_1;Größe;4;Export")).to_be_visible()

    scale = page.get_by_label("Scale of the rating")
    scale.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a list that is open closes when the page is scrolled
    scale.click()
    page.get_by_role("option", name="Stars, 1 to 5").click()
    expect(page.get_by_text("is not certain")).to_have_count(0)
    page.get_by_role("button", name="Import 1 item").click()
    expect(page.get_by_text("The import is done.")).to_be_visible()
    expect(page.get_by_text("Of 2 rows: 1 stored, 1 left out.")).to_be_visible()
    expect(page).to_have_url(re.compile("importing="))

    page.reload()
    expect(page.get_by_text("The import is done.")).to_be_visible()
    page.get_by_role("button", name="Receipt").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV, for any program").click()
    receipt = Path(download.value.path()).read_text("utf-8-sig")
    assert re.search(r'"1","stored","fb_\w+","(yes|no)"', receipt)
    assert '"2","skipped","","","no text"' in receipt


@pytest.mark.parametrize("width", [1440, 390])
def test_a_dry_run_is_readable_for_all(window: BrowserContext, address: str, tmp_path: Path, width: int) -> None:
    """Texts of a file are plain text, long ones fit; axe finds nothing serious of ours, also in the dark."""
    path = tmp_path / "odd.csv"
    path.write_text(f'user_id,message,rating,tag,"{WIDE}"\nu_1,"{ODD}",{ODD[:8]},{ODD},{ODD}\n', encoding="utf-8")
    page = looking.opened(window, f"{address}/import", width)
    page.evaluate("unshifted()")
    uploaded(page, path)

    assert page.get_by_test_id("stException").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("img[src*='example.invalid'], main b:text-is('tag')").count() == 0
    assert looking.shifted(page) < STILL
    if width > 500:
        page.evaluate("document.body.tabIndex = -1, document.body.focus(), document.body.removeAttribute('tabindex')")
        check_tabs(page)  # from the top, as the button of the upload had the focus
        assert {*looking.violations(page)} <= OF_STREAMLIT
        page.emulate_media(color_scheme="dark")
        page.wait_for_timeout(700)
        assert {*looking.violations(page, *OF_THE_THEME)} <= OF_STREAMLIT
        page.emulate_media(color_scheme="light")


def chosen_and_sent(window: BrowserContext, address: str, path: Path) -> Page:
    """The page of an import that was started."""
    page = looking.opened(window, f"{address}/import")
    uploaded(page, path)
    page.get_by_role("button", name=re.compile("Import [0-9]+ items")).click()
    expect(page).to_have_url(re.compile("importing="))
    return page


def survived(window: BrowserContext, folder: Path, count: int) -> None:
    """Close the tab and kill the dashboard in the middle, under faults; the next dashboard sends the rest.

    Only a row that was on its way when the process died can be lost: it is unknown, and a person sends it again.
    """
    path = folder / "rows.csv"
    path.write_text("user_id,message\n" + "".join(f"u_1,Imported {number}\n" for number in range(1, count + 1)))
    with running_sandbox(folder / "sandbox", error_rate=0.2, lose_answers=0.1) as sandbox:
        settings = {"LOOP_API_KEY": sandbox.api_key, "LOOP_BASE_URL": sandbox.base_url, **FAST}
        with started(Path("app.py"), folder, ROOT, LOOP_DATA_DIR=str(folder), **settings) as (address, process):
            page = chosen_and_sent(window, address, path)
            link = page.url.removeprefix(address)
            until(lambda: len(imported(sandbox)) >= count // 4, 300)
            page.close()
            until(lambda: len(imported(sandbox)) >= count // 2, 300)
            process.kill()
            process.wait(20)
        assert len(imported(sandbox)) < count
        with running_dashboard(folder, **settings) as address:
            page = looking.opened(window, address + link)
            expect(page.get_by_text("The import is done.")).to_be_visible(timeout=600_000)
            all_stored = page.get_by_text(f"Of {count} rows: {count} stored.")
            lost = page.get_by_role("link", name="Decide about refused and unknown rows in the outbox")
            until(lambda: all_stored.is_visible() or len({*imported(sandbox)}) == count - 1, 120)
            if len(imported(sandbox)) < count:
                sent_again(page, lost)
            until(lambda: len(imported(sandbox)) >= count, 60)
            page.goto(address + link)
            expect(all_stored).to_be_visible(timeout=120_000)
        assert Counter(imported(sandbox)) == Counter(f"Imported {number}" for number in range(1, count + 1))


def sent_again(page: Page, lost: Locator) -> None:
    """Send the row again whose process died before it left, as a person does."""
    lost.click()
    page.get_by_role("button", name=re.compile("Send again")).click()
    page.get_by_role("button", name="Send again as a new item").click()


def test_an_import_survives_a_kill_and_a_closed_tab(window: BrowserContext, tmp_path: Path) -> None:
    """With calls failing and answers lost, each row is stored once; `make test-long` does it with 500 rows."""
    survived(window, tmp_path, 16)


@pytest.mark.long
def test_an_import_of_500_rows_survives_a_kill_and_a_closed_tab(window: BrowserContext, tmp_path: Path) -> None:
    """A fifth of all calls fails, and of a tenth of the creates the answer is lost."""
    survived(window, tmp_path, 500)
