"""Feedback as components draw it: masked here, once, while share-safe is on, so that no component can forget it."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, Any, NewType

import pandas as pd
import streamlit as st

from loop_client import report
from loop_client.mirror import Zone, shown_tag
from loop_client.mirror.columns import codes
from loop_client.query import ABSENT, COUNTED, Name, Question, is_shortened, link_parts, named, offered
from loop_client.query.text import first_line, visible
from loop_client.report.column_masks import Mask
from loop_client.report.export import HIDDEN
from loop_client.report.masking import masked_beginning
from pages.session import link, runtime, share_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from loop_client import Feedback
    from loop_client.mirror import Snapshot
    from loop_client.report import Dimension
    from loop_client.report.clusters import ClusterName
    from pages.session.runtime import Draft as SentDraft
    from pages.session.runtime import Submission

Rows = NewType("Rows", pd.DataFrame)
"""Items of a list, one per row: `id`, `created_at`, and as texts `message`, `person` and the `COUNTED` columns. With
share-safe on, a long message is usually cut."""

SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
"""The characters that Markdown may see as signs. A backslash before one makes it a letter."""

LINKED = frozenset(":/@")
"""Characters without which Markdown makes no link of a bare address, nor an emoji of a word; a backslash is no help."""

REPLACED = re.compile(r"\\[-<>~](?=\\[-=>])|\\:(?=[a-z])")
"""Escaped signs that begin what Streamlit replaces after Markdown is read: arrows, dashes, icons, its logo."""

NOTHING = ":gray[]"
"""Markdown that draws nothing, and keeps what is before it and after it apart."""

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


@dataclass(frozen=True, slots=True)
class Item:
    """One item in full. `sentiment` and `status`: None if absent. `tag_sent`: the tag as sent, where it is an alias."""

    message: str
    person: str
    tag: str
    source: str
    sentiment: str | None
    status: str | None
    tag_sent: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft of the outbox. `message`: its beginning where `is_cut`. `reason`: why it is not stored; "" if none."""

    message: str
    is_cut: bool
    person: str
    sentiment: str
    tag: str
    source: str
    reason: str


def rows(items: pd.DataFrame) -> Rows:
    """The rows of a list for some items. `items`: rows of a snapshot's frame."""
    texts = {column: _names(items[column]) for column in COUNTED}
    texts |= {"message": items["message"].tolist(), "person": items["user_id"].tolist()}
    if share_safe.is_on():
        texts["message"] = [*starmap(_message, zip(texts["message"], texts["person"], strict=True))]
        texts["person"] = [*map(share_safe.pseudonym, texts["person"])]
    columns = {name: pd.Series(values, items.index, object) for name, values in texts.items()}
    return Rows(pd.DataFrame({"id": items["id"], "created_at": items["created_at"], **columns}))


def _names(column: pd.Series) -> list[str]:
    """The names of a column's values as they may be shown. Each different value is named and masked once."""
    name, numbers, values = str(column.name), codes(column).tolist(), column.cat.categories
    names = {number: named(name, values[number] if number >= 0 else None) for number in set(numbers)}
    if share_safe.is_on():
        names = {number: share_safe.name(shown) for number, shown in names.items()}
    return [names[number] for number in numbers]


def _message(message: str, user_id: str) -> str:
    """A message for a list; with share-safe on, a long one is usually cut before it is masked, to save time."""
    if not share_safe.is_on():
        return message
    return masked_beginning(message, lambda text: share_safe.message(text, user_id))


def item(row: Mapping[str, Any]) -> Item:
    """One item in full. `row`: of a snapshot's frame."""
    coded = (row[column] for column in ("sentiment", "status"))
    sentiment, status = (share_safe.name(value) if pd.notna(value) else None for value in coded)
    sent = row["tag_raw"]
    return Item(
        visible(share_safe.message(row["message"], row["user_id"])),
        share_safe.person(row["user_id"]),
        share_safe.name(named("tag", row["tag"])),
        share_safe.name(named("source", row["source"])),
        sentiment,
        status,
        None if pd.isna(row["tag"]) or shown_tag(sent) == row["tag"] else share_safe.name(named("tag", sent)),
    )


def feedback(item: Feedback) -> Item:
    """One item in full, as the API returned it."""
    return Item(
        visible(share_safe.message(item.message, item.user.id)),
        share_safe.person(item.user.id),
        share_safe.name(named("tag", item.tag)),
        share_safe.name(named("source", item.source)),
        share_safe.name(named("sentiment", item.sentiment)),
        share_safe.name(named("status", item.status)),
    )


def draft(submission: Submission, length: int | None = None) -> Draft:
    """A draft of the outbox. `length`: most characters of its message; None for all of it."""
    sent = submission.draft  # the list may have no item of this person, so that no name of one is masked by itself
    if length is None:
        message = share_safe.message(sent.message, sent.user_id)
    else:
        message = _message(sent.message, sent.user_id).lstrip()[:length]
    return Draft(
        message=visible(message),
        is_cut=length is not None and len(sent.message.strip()) > length,
        person=share_safe.person(sent.user_id),
        sentiment=share_safe.message(named("sentiment", sent.sentiment), sent.user_id),
        tag=share_safe.message(named("tag", sent.tag), sent.user_id),
        source=share_safe.message(named("source", sent.source), sent.user_id),
        reason=words(submission, str(submission.error or "")),
    )


def planned(draft: SentDraft, length: int) -> Draft:
    """A row of a file as the item that it would become. `length`: most characters of each of its texts."""
    message = _message(draft.message, draft.user_id).lstrip()
    others = (named(column, getattr(draft, column)) for column in ("sentiment", "tag", "source"))
    sentiment, tag, source = (visible(share_safe.message(value, draft.user_id))[:length] for value in others)
    person = visible(share_safe.pseudonym(draft.user_id))[:length]
    return Draft(visible(message[:length]), len(message) > length, person, sentiment, tag, source, "")


def value(text: str) -> str:
    """A text of a file that is imported, such as a column's name, a rating or a note."""
    return visible(share_safe.name(text))


def words(submission: Submission, sentence: str) -> str:
    """A sentence about a draft, which may quote it."""
    return visible(share_safe.message(sentence, submission.draft.user_id))


def is_masked() -> bool:
    """Whether share-safe is on, so that nothing may be shown that is not masked."""
    return share_safe.is_on()


def by_own_clock(moment: datetime, zone: Zone) -> str | None:
    """The time in the reader's zone, if it differs."""
    name = st.context.timezone
    if not name or name == zone.name:
        return None
    with suppress(ValueError, OSError, KeyError):  # a zone that this machine does not know
        return f"By your clock: {Zone(name).formatted(moment, '%a %-d %b %Y, %H:%M %Z')}"
    return None


def item_id(item_id: str) -> str:
    """An id from a link that no item has."""
    return share_safe.name(item_id)


def item_url(item_id: str) -> str:
    """The URL of an item; with share-safe on, it turns share-safe on."""
    return link.url(link.query(link_parts(Question(item=item_id)), has_switch=True))


def search(text: str) -> str:
    """The search that excerpts show a match of; "" while it is hidden, because excerpts would reveal it."""
    return "" if share_safe.is_on() else text


def words_of(name: ClusterName) -> tuple[str, ...]:
    """The words that made a cluster; none with share-safe on: one may be part of an address."""
    return () if share_safe.is_on() else name.words


def cells(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with masked sentiments."""
    return share_safe.cells(counts)


def labels(counts: pd.DataFrame, dimension: Dimension) -> list[str]:
    """A masked label for each row of counts, see `report.labels`."""
    return report.labels(counts, dimension, share_safe.name)


def proposals(snapshot: Snapshot, field: str) -> list[str]:
    """The options of a field of the form: values that are equal to their display name and need no mask."""
    return [
        name
        for name in offered(snapshot)[field]
        if name != ABSENT[field] and name == share_safe.name(name) and not is_shortened(name)
    ]


def about_person(text: str | None) -> str:
    """The id of a person, or what the team knows about them, such as a name; with share-safe on, a pseudonym of it."""
    return visible(share_safe.pseudonym(text)) if text else ""


def about_people(texts: Iterable[str | None]) -> list[str]:
    """`about_person` of each of many texts, faster."""
    return [*map(visible, share_safe.pseudonyms(texts))]


def filter_value(name: str, value: str) -> str:
    """A filter's value, masked. `name`: its parameter."""
    if name == Name.TEXT:
        return HIDDEN if value.strip() and share_safe.is_on() else value
    return share_safe.person(value) if name == Name.USER else share_safe.name(value)


def quote(snapshot: Snapshot, place: int, length: int) -> str:
    """The beginning of the message at this place of a snapshot's frame, masked."""
    message, user_id = (snapshot.frame[name].iloc[place] for name in ("message", "user_id"))
    return visible(first_line(_message(message, user_id), length))


def tag(name: str, length: int) -> str:
    """A tag's name on one line, masked."""
    return visible(first_line(share_safe.name(name), length))


def may_be_shown(name: str) -> bool:
    """Whether nothing in a name from outside is masked, so that it may be copied."""
    return share_safe.may_be_shown(name)


def mask(snapshot: Snapshot) -> Mask | None:
    """The mask of an export, applied while it is written; None with share-safe off."""
    return Mask(share_safe.people(snapshot), runtime.salt()) if share_safe.is_on() else None


def page_url() -> str:
    """The URL of this page, without anything that share-safe masks."""
    return link.url(share_safe.link())


def view_name(name: str) -> str:
    """A saved view's name for a label: masked, and without Markdown characters."""
    return plain(share_safe.name(name))


def marker_name(name: str) -> str:
    """A marker's name, masked where it names a person, an address or a long number."""
    return visible(share_safe.name(name))


def plain(name: str) -> str:
    """A name with only letters, digits and blanks; a hyphen replaces characters that Markdown could interpret.

    Invisible characters are removed, except joiners, which have a meaning in some scripts.
    """
    seen = [c for c in name if c in JOINERS or unicodedata.category(c) != "Cf"]
    letters = "".join(c if c in f" ,-{JOINERS}" or unicodedata.category(c)[0] in "LMN" else "-" for c in seen).strip(
        f" -{JOINERS}"
    )
    return letters or "Unnamed"


def heading(text: str) -> str:
    """A text as Markdown that shows it as it is, for a heading; as `plain` does where a part would become a link."""
    lower = text.lower()
    return plain(text) if LINKED & {*lower} or "www." in lower else label(text)


def label(text: str) -> str:
    """A text as Markdown that shows it as it is, for the label of a link."""
    return REPLACED.sub(rf"\g<0>{NOTHING}", SIGNS.sub(r"\\\g<0>", text))
