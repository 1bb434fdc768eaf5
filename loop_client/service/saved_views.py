"""Saved views: named links, which all users of the dashboard share."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError, shown_tag
from loop_client.service.record_file import Kind
from loop_client.service.records import Records

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SavedView", "SavedViews"]

MOST_VIEWS: Final = 50
LONGEST_NAME: Final = 60
LONGEST_LINK: Final = 8_000
"""In characters."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for a link. `items`: how many it showed when it was last opened, or saved; None if not known."""

    name: str
    link: str
    items: int | None


class SavedViews(Records[SavedView]):
    """The saved views, oldest first."""

    def __init__(self, path: Path) -> None:
        """`path`: the file, which is created when the first view is saved."""
        super().__init__(path, KIND)

    def save(self, name: str, link: str, items: int | None) -> None:
        """Save a link under a name that no other view has."""
        if len(link) > LONGEST_LINK:
            raise StoreError(f"The link of a view has {LONGEST_LINK:,} characters at most. Choose fewer filters.")
        with self._changing() as views:
            name = _free(name, views)
            if len(views) >= MOST_VIEWS:
                raise StoreError(f"There are {MOST_VIEWS} saved views already. Delete one first.")
            views.append(SavedView(name, link, items))

    def rename(self, name: str, new: str) -> None:
        """Rename a view to a name that no other view has."""
        with self._changing() as views:
            place = next((place for place, view in enumerate(views) if view.name == name), None)
            if place is None:
                raise StoreError("There is no view of that name any more. Somebody renamed or deleted it.")
            views[place] = replace(views[place], name=_free(new, [*views[:place], *views[place + 1 :]]))

    def delete(self, name: str) -> None:
        """Delete a view; does nothing when there is none of this name."""
        with self._changing() as views:
            views[:] = [view for view in views if view.name != name]

    def opened(self, name: str, items: int) -> None:
        """Store the number of items that a view showed when it was opened."""
        with self._changing() as views:
            views[:] = [replace(view, items=items) if view.name == name else view for view in views]


def _view(name: object, link: object, items: object) -> SavedView:
    """The view of a row."""
    if not isinstance(name, str) or not isinstance(link, str) or not isinstance(items, int | None):
        raise TypeError((name, link, items))
    return SavedView(name, link, items)


KIND: Final = Kind(
    name="saved views",
    table="views",
    columns="name text not null unique, link text not null, items integer",
    application_id=0x4C4F4F56,  # "LOOV" in ASCII
    row=astuple,
    record=_view,
)


def _free(name: str, views: list[SavedView]) -> str:
    """The name in the spelling that is shown, so that no two look the same, if no other view has it.

    Raises:
        StoreError: It is empty, too long, or taken.
    """
    name = shown_tag(name)
    if not name:
        raise StoreError("A view needs a name.")
    if len(name) > LONGEST_NAME:
        raise StoreError(f"The name of a view has {LONGEST_NAME} characters at most.")
    if any(view.name == name for view in views):
        raise StoreError("There is a view of that name already. Choose another name, or delete that one first.")
    return name
