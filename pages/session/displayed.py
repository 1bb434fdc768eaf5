"""What components draw of feedback: masked here, once, while share-safe is on, so that none of them can forget it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import starmap
from typing import TYPE_CHECKING, NewType

import pandas as pd

from loop_client import report
from loop_client.query import ABSENT, COUNTED, Name, Question, is_shortened, link_parts, named, offered
from loop_client.query.text import visible
from loop_client.report.column_masks import Mask
from loop_client.report.export import HIDDEN
from pages.session import link, share_safe

if TYPE_CHECKING:
    from loop_client.mirror import Snapshot
    from loop_client.report import Dimension
    from loop_client.report.similar import NearDuplicates

Rows = NewType("Rows", pd.DataFrame)
"""Items as a list shows them, one a row: `id`, `created_at`, and as texts `message`, `person`, the `COUNTED` columns.
With share-safe on, a long message is mostly its beginning."""

BEGINNING = 2_000
"""Characters of a message that are masked for a list, which shows the first few hundred at most."""

JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


@dataclass(frozen=True, slots=True)
class Item:
    """One item as it is shown whole. `sentiment` and `status`: None where it has none."""

    message: str
    person: str
    tag: str
    source: str
    sentiment: str | None
    status: str | None


def rows(items: pd.DataFrame) -> Rows:
    """Items, as a snapshot has them, for a list."""
    names = {
        column: pd.Series([share_safe.name(named(column, value)) for value in items[column]], items.index, object)
        for column in COUNTED
    }
    messages = starmap(_message, zip(items["message"], items["user_id"], strict=True))
    people = map(share_safe.alias, items["user_id"])
    return Rows(
        pd.DataFrame(
            {
                **names,
                "id": items["id"],
                "created_at": items["created_at"],
                "message": pd.Series([*messages], items.index, object),
                "person": pd.Series([*people], items.index, object),
            }
        )
    )


def _message(message: str, user_id: str) -> str:
    """What a list may show of a message; with share-safe on, of a long one mostly no more than it has room for."""
    if not share_safe.is_on():
        return message
    masked = share_safe.message(message.lstrip()[:BEGINNING], user_id)
    is_much_shorter = len(masked) < BEGINNING // 2 < len(message)  # so that the end, where it was cut, would show
    return share_safe.message(message, user_id) if is_much_shorter else masked


def item(row: pd.Series) -> Item:
    """One item whole. `row`: of a snapshot."""
    sentiment, status = (share_safe.name(value) if pd.notna(value) else None for value in row[["sentiment", "status"]])
    return Item(
        visible(share_safe.message(row["message"], row["user_id"])),
        share_safe.person(row["user_id"]),
        share_safe.name(named("tag", row["tag"])),
        share_safe.name(named("source", row["source"])),
        sentiment,
        status,
    )


def item_id(asked: str) -> str:
    """The id of an item that a link asks for and that there is not."""
    return share_safe.name(asked)


def item_url(asked: str) -> str:
    """A link to an item; share-safe, where it is on."""
    parts = link_parts(Question(item=asked))
    return link.url(parts | ({Name.SAFE.value: ["true"]} if share_safe.is_on() else {}))


def search(text: str) -> str:
    """A search, for what an excerpt begins with; "" where it is hidden: where one begins tells what is looked for."""
    return "" if share_safe.is_on() else text


def shared_words(found: NearDuplicates) -> list[str] | None:
    """The words that near-duplicates share, rarest first; None with share-safe on: one may be part of an address."""
    if share_safe.is_on():
        return None
    return list(dict.fromkeys(word for item in found.items for word in item.shared_words))


def cells(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts whose sentiments may be shown."""
    return share_safe.cells(counts)


def labels(counts: pd.DataFrame, dimension: Dimension) -> list[str]:
    """What to call each row of counts, see `report.labels`."""
    return report.labels(counts, dimension, share_safe.name)


def proposals(snapshot: Snapshot, field: str) -> list[str]:
    """The names that the form offers: those that are the value itself, as it is sent, and may be shown."""
    return [
        name
        for name in offered(snapshot)[field]
        if name != ABSENT[field] and name == share_safe.name(name) and not is_shortened(name)
    ]


def filter_value(name: str, value: str) -> str:
    """What a filter asks for. `name`: of its parameter."""
    if name == Name.TEXT:
        return HIDDEN if value.strip() and share_safe.is_on() else value
    return share_safe.person(value) if name == Name.USER else share_safe.name(value)


def mask(snapshot: Snapshot) -> Mask | None:
    """What masks an export, whose items are masked as they are written; None with share-safe off."""
    return Mask(share_safe.people(snapshot), share_safe.SALT) if share_safe.is_on() else None


def page_url() -> str:
    """A link to what this reader is shown, as far as it may be shared."""
    return link.url(share_safe.link())


def view_name(name: str) -> str:
    """A saved view's name, for a label: masked, and without what Markdown might make something of."""
    return plain(share_safe.name(name))


def plain(name: str) -> str:
    """A name with letters, digits and blanks as they are, and a hyphen for what Markdown might make something of.

    What cannot be seen is left out, but for the joiners, which carry meaning in some scripts.
    """
    seen = [c for c in name if c in JOINERS or unicodedata.category(c) != "Cf"]
    kept = "".join(c if c in f" ,-{JOINERS}" or unicodedata.category(c)[0] in "LMN" else "-" for c in seen).strip(
        f" -{JOINERS}"
    )
    return kept or "Unnamed"
