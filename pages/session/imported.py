"""The file that a reader is about to import, the choices about it, and the import in the link."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from loop_client.mirror import StoreError
from loop_client.query import SENTIMENTS, Name
from pages.session import dry_runs, import_rows, runtime
from pages.session.dry_runs import (
    FORMATS,
    LARGEST,
    SCALES,
    Checked,
    ImportItem,
    ImportOptions,
    ImportRefusedError,
    Place,
    Source,
)
from pages.session.person import person
from pages.session.state import session

__all__ = ["FORMATS", "LARGEST", "SCALES", "Checked", "ImportItem", "ImportOptions", "ImportRefusedError", "Place"]

NO_CHOICES: Final = ImportOptions()

NO_ROWS: Final = "The field is empty. Copy the rows with their header in the spreadsheet, and paste them here."

MOST_TYPED: Final = 1_000_000
"""Characters of pasted rows: a browser takes seconds for more."""


def followed() -> str:
    """The token of the import in the link; "" if there is none."""
    return st.query_params.get(Name.IMPORTED, "")


def reopen() -> bool:
    """Whether the link names a file that is only checked, not yet imported; another tab of its owner takes over."""
    token = followed()
    if token != session.import_token and (opened := dry_runs.opened(token, person())) is not None:
        session.import_token, session.import_source = token, opened.source
        session.import_choices, session.import_tags = opened.choices, opened.tags
        session.import_again, session.import_once = opened.again, opened.once
        session.import_recalled = opened.recalled
        session.import_version += 1
    return token == session.import_token


def leave() -> None:
    """Callback: leave the import, for the next file."""
    st.query_params.pop(Name.IMPORTED, None)


def follow(token: str) -> None:
    """Callback: show an import."""
    st.query_params[Name.IMPORTED] = token


def take_file(uploader: str) -> None:
    """Callback: take over the uploaded file. `uploader`: the key of the widget."""
    if (file := session.chosen(uploader)) is not None:
        _begin(Source(file.name, file.getvalue(), is_pasted=False))


def take_pasted() -> None:
    """Callback: take over the pasted rows, and empty the field, which the browser would send with each click."""
    if (text := session.import_pasted).strip():
        _begin(Source("pasted rows", text.encode("utf-8", "replace"), is_pasted=True))
        session.import_pasted = ""
    else:
        session.import_problem = NO_ROWS


def _begin(source: Source) -> None:
    put_aside()
    session.import_source = dry_runs.keep(source)
    session.import_token = secrets.token_urlsafe(16)
    start_over()
    _recall()
    follow(session.import_token)


def put_aside() -> None:
    """Callback: forget the file and all choices about it."""
    if session.import_token:
        dry_runs.forget(session.import_token, person())
        leave()
    del session.import_source, session.import_token, session.import_problem, session.import_again
    del session.import_once
    start_over()


def start_over() -> None:
    """Callback: forget the choices, so that the format's own rules hold, or what the names of the columns suggest."""
    del session.import_choices, session.import_tags, session.import_page, session.import_recalled
    session.import_choices = first_choices()
    session.import_version += 1


def _recall() -> None:
    """Choose what was chosen for the last file with this header, if it fits this one."""
    mappings, one = runtime.mappings(), first_checked()
    found = mappings.of(one.run.header_key) if mappings and one else None
    if found is not None and first_checked(found.options) is not None:
        session.import_choices, session.import_tags = found.options, found.tags
        session.import_recalled = True


def _remember() -> None:
    """Remember the choices for the next file with this header."""
    mappings, first = runtime.mappings(), first_checked()
    if mappings and first:
        chosen = runtime.Choices(choices(), session.import_tags) if are_changed() else None
        mappings.remember(first.run.header_key, chosen)


def choices() -> ImportOptions:
    """What was chosen so far."""
    return session.import_choices or NO_CHOICES


def are_changed() -> bool:
    """Whether anything was chosen by hand."""
    return choices() != first_choices() or bool(session.import_tags)


def first_choices(options: ImportOptions = NO_CHOICES) -> ImportOptions:
    """The choices that a file begins with: columns by their usual names, where the format knows none."""
    one = first_checked(options)
    return replace(options, columns=one.run.suggestions()) if one else options


def first_checked(options: ImportOptions = NO_CHOICES) -> Checked | None:
    """The dry run of the file without any choice about columns; None where it cannot be read like that."""
    try:
        return _checked(options)
    except ImportRefusedError:  # the page says so, unless a choice makes it readable
        return None


def choose(field: str, widget: str) -> None:
    """Callback: choose a format, a scale, an encoding, a stand-in person or a source; "" for the file's own.

    With another format, encoding or scale, what was chosen about columns or ratings no longer fits.
    """
    value = session.chosen(widget) or None
    changed: dict[str, Any] = {field: value.strip() or None if isinstance(value, str) else value}
    if field in {"format", "encoding"}:
        session.import_choices = first_choices(replace(choices(), **changed, columns={}, scale=None, ratings={}))
    else:
        _change(**changed, **({"ratings": {}} if field == "scale" else {}))
    session.import_version += field in {"format", "encoding", "scale"}


def choose_columns(field: str, widget: str) -> None:
    """Callback: choose the columns of a field; none for an empty field, the format's own rule if they are its own."""
    chosen = tuple(session.chosen(widget) or ())
    columns = {name: labels for name, labels in choices().columns.items() if name != field}
    rated: dict[str, Any] = {"ratings": {}, "scale": None} if field == "sentiment" else {}
    _change(columns=columns, **rated)
    try:
        one = checked()
        own = one.run.mapping.columns.get(field, ()) if one else ()
    except ImportRefusedError:
        own = ()
    if chosen != own:
        _change(columns={**columns, field: chosen})


def choose_rating(value: str, widget: str) -> None:
    """Callback: choose what a value of the rating column means; anything but a sentiment means none."""
    chosen = session.chosen(widget)
    _change(ratings={**choices().ratings, value: chosen if chosen in SENTIMENTS else ""})


def choose_tag(tag: str, widget: str) -> None:
    """Callback: choose the tag of items that have this one in the file."""
    session.import_tags = {**session.import_tags, tag: session.chosen(widget) or tag}


def to_first_page() -> None:
    """Callback: turn to the first page of the rows, since others are shown."""
    del session.import_page


def _change(**changed: Any) -> None:  # noqa: ANN401 - fields of the options
    session.import_choices = replace(choices(), **changed)
    to_first_page()


def checked() -> Checked | None:
    """The dry run of the file, computed once; None where there is no file.

    Raises:
        ImportRefusedError: The file cannot be read, or a choice does not fit it.
    """
    if session.import_token and session.import_source:
        rows, recalled = (session.import_again, session.import_once), session.import_recalled
        opened = dry_runs.Opened(session.import_source, choices(), session.import_tags, *rows, recalled, person())
        dry_runs.remember(session.import_token, opened)
    return _checked(choices())


def _checked(options: ImportOptions) -> Checked | None:
    return dry_runs.checked(session.import_source, options) if session.import_source else None


def item(one: Checked, place: int) -> ImportItem:
    """A row as it will be sent, with the tag that was chosen. `place`: among the items."""
    found = one.run.items[place]
    tag = session.import_tags.get(found.draft.tag or "")
    return replace(found, draft=replace(found.draft, tag=tag)) if tag else found


def write() -> None:
    """Callback: write the rows down to be sent, and show the import; a failure is kept for the page."""
    imports, token = runtime.imports(), session.import_token
    try:
        one = checked()
        if imports is None or one is None or token is None:
            return
        left_out = import_rows.left_out(one).reasons
        items = (item(one, place) for place in range(len(one.run.items)))
        drafts = {each.row: each.draft for each in items if each.row not in left_out}
        skipped = import_rows.skipped(one)
        if drafts or import_rows.is_unfinished(one):
            start = imports.start if session.import_again else imports.start_new
            token = start(token, one.run.name, one.run.digest, drafts, skipped)
            _remember()
            put_aside()
            follow(token)
    except (StoreError, ImportRefusedError) as error:
        session.import_problem = str(error)
