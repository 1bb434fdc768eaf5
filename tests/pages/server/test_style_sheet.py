"""The style sheet in Streamlit's page, with an application made by the test."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pages.server import downloads
from pages.server.style_sheet import SHEET, StyleSheet

if TYPE_CHECKING:
    from pathlib import Path

PAGE = b"<!doctype html><head></head><body><div>" + b"x" * 2_000 + b"</div></body>"
OTHER = PAGE.replace(b"x", b"y")
BROWSER = {"accept": "text/html,*/*;q=0.8", "accept-encoding": "gzip"}


@pytest.fixture
def app(tmp_path: Path) -> StyleSheet:
    """The page as a file, another answer of its length, one that is longer, and a download."""
    (tmp_path / "index.html").write_bytes(PAGE)
    routes = [
        Route("/other", lambda _: HTMLResponse(OTHER)),
        Route("/longer", lambda _: HTMLResponse(PAGE + b"<p></p>")),
        Route(f"{downloads.PATH}/token", lambda _: HTMLResponse(PAGE)),
        Mount("/", StaticFiles(directory=tmp_path, html=True)),
    ]
    inner = Starlette(routes=routes)
    inner.add_middleware(GZipMiddleware)
    return StyleSheet(inner, PAGE)


def answer(app: StyleSheet, path: str = "/", method: str = "GET", **headers: str) -> httpx.Response:
    """What a browser gets."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=BROWSER | headers)

    return asyncio.run(asked())


def test_a_browser_gets_the_page_with_the_sheet(app: StyleSheet) -> None:
    """The whole page comes, as long as it says, also to a browser that has a copy, which may have an older sheet."""
    plain = answer(app, accept="*/*").headers
    copy = {"if-none-match": plain["etag"], "if-modified-since": plain["last-modified"], "range": "bytes=0-9"}

    for headers in ({}, *({name: value} for name, value in copy.items())):
        got = answer(app, **headers)
        assert got.status_code == 200
        assert got.content == PAGE.replace(b"</body>", b"<style>" + SHEET.read_bytes() + b"</style></body>")
        assert int(got.headers["content-length"]) == len(got.content)
        assert "etag" not in got.headers


@pytest.mark.parametrize(("path", "body"), [("/other", OTHER), ("/longer", PAGE + b"<p></p>")])
def test_another_page_stays_as_it_is(app: StyleSheet, path: str, body: bytes) -> None:
    """An answer that is not Streamlit's page, even one of the same length, is passed on."""
    assert answer(app, path).content == body


def test_other_requests_are_passed_on(app: StyleSheet) -> None:
    """What is no page for a browser, and a download, keep their compression and their body."""
    assert answer(app, accept="*/*").content == PAGE
    assert answer(app, method="HEAD").headers["content-length"] == str(len(PAGE))
    download = answer(app, f"{downloads.PATH}/token")
    assert download.content == PAGE
    assert download.headers["content-encoding"] == "gzip"
