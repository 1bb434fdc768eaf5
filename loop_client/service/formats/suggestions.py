"""Which columns of a table of no known format look like which field, by their usual names. Suggested, never taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from loop_client.service.formats.headers import folded

if TYPE_CHECKING:
    from collections.abc import Iterable

USUAL: Final = {
    "message": ("message", "feedback", "comment", "comments", "text", "review", "body", "description", "content"),
    "user_id": (
        *("user_id", "user id", "userid", "user", "customer_id", "customer id", "customer", "person"),
        *("email", "e-mail", "email address", "author"),
    ),
    "sentiment": ("sentiment", "rating", "stars", "score", "nps", "satisfaction"),
    "tag": ("tag", "tags", "label", "labels", "category", "topic"),
    "source": ("source", "channel"),
}
"""Field → the names of columns that usually hold it, folded, the most certain first."""


def suggested(labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Field → the column that looks like it, for those that there are. `labels`: of all columns."""
    known: dict[str, str] = {}
    for label in labels:
        known.setdefault(folded(label), label)
    found = {name: next((known[usual] for usual in names if usual in known), None) for name, names in USUAL.items()}
    return {name: (label,) for name, label in found.items() if label is not None}
