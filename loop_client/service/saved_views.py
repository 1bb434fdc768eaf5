"""Saved views: named links, which all users of the dashboard share, or which one person has alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from loop_client.mirror import StoreError, shown_tag
from loop_client.service.record_file import FileKind
from loop_client.service.records import Records

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from loop_client.mirror.store import PostgresDatabase

__all__ = ["OwnViews", "SavedView", "SavedViews"]

MOST_VIEWS: Final = 50
"""Of everybody, and again of each person's own private ones."""
LONGEST_NAME: Final = 60
LONGEST_LINK: Final = 8_000
"""In characters."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for a link. `items`: how many it showed when it was last opened, or saved; None if not known.

    `owner`: who saved it, if somebody was signed in. `is_private`: only the owner sees it.
    """

    name: str
    link: str
    items: int | None
    owner: str | None = None
    is_private: bool = False

    def is_seen_by(self, person: str | None) -> bool:
        """Whether a person sees it; None without a sign-in."""
        return not self.is_private or (person is not None and person == self.owner)


class SavedViews(Records[SavedView]):
    """The saved views, oldest first; see `OwnViews` for those that a person sees."""

    def __init__(self, place: Path | PostgresDatabase) -> None:
        """`place`: the file, which is created when the first view is saved, or the database."""
        super().__init__(place, KIND)

    def save(self, name: str, link: str, items: int | None) -> None:
        """Save a link for everybody, under a name that no other view of everybody has."""
        self.add(SavedView(name, link, items))

    def add(self, new: SavedView) -> None:
        """Save a view under a name that no other view has which its owner sees."""
        if len(new.link) > LONGEST_LINK:
            raise StoreError(f"The link of a view has {LONGEST_LINK:,} characters at most. Choose fewer filters.")

        def add(views: list[SavedView]) -> None:
            seen = [view for view in views if view.is_seen_by(new.owner)]
            named = replace(new, name=_free(new.name, seen))
            if sum(view.is_private == new.is_private for view in seen) >= MOST_VIEWS:
                raise StoreError(f"There are {MOST_VIEWS} saved views already. Delete one first.")
            views.append(named)

        self._list.changed(add)

    def rename(self, name: str, new: str, person: str | None = None) -> None:
        """Rename a view that a person sees to a name that no other of these views has."""

        def rename(views: list[SavedView]) -> None:
            place = _place(name, views, person)
            if place is None:
                raise StoreError("There is no view of that name any more. Somebody renamed or deleted it.")
            others = [view for view in [*views[:place], *views[place + 1 :]] if view.is_seen_by(person)]
            views[place] = replace(views[place], name=_free(new, others))

        self._list.changed(rename)

    def delete(self, deleted: SavedView) -> None:
        """Delete a view, however many items it shows by now; does nothing when it is not there."""

        def delete(views: list[SavedView]) -> None:
            views[:] = [view for view in views if replace(view, items=deleted.items) != deleted]

        self._list.changed(delete)

    def forget(self, forgotten: Collection[SavedView]) -> None:
        """Delete these views, whoever sees them."""

        def forget(views: list[SavedView]) -> None:
            views[:] = [view for view in views if view not in forgotten]

        self._list.changed(forget)

    def opened(self, name: str, items: int, person: str | None = None) -> None:
        """Store the number of items that a view showed when a person opened it."""

        def opened(views: list[SavedView]) -> None:
            if (place := _place(name, views, person)) is not None:
                views[place] = replace(views[place], items=items)

        self._list.changed(opened)


class OwnViews:
    """The saved views that a person sees: those of everybody, and their own. `person`: None without a sign-in."""

    def __init__(self, views: SavedViews, person: str | None) -> None:
        """Read nothing yet."""
        self._views, self._person = views, person

    @property
    def news(self) -> str | None:
        """See `Records`."""
        return self._views.news

    def all(self) -> tuple[SavedView, ...]:
        """The views, oldest first; of two with the same name only the person's own."""
        seen = [view for view in self._views.all() if view.is_seen_by(self._person)]
        own = {view.name for view in seen if view.is_private}
        return tuple(view for view in seen if view.is_private or view.name not in own)

    def save(self, name: str, link: str, items: int | None, *, is_private: bool = False) -> None:
        """Save a link; `is_private`: for the person alone, if one is signed in."""
        self._views.add(SavedView(name, link, items, self._person, is_private and self._person is not None))

    def restore(self, view: SavedView) -> None:
        """Save a view again that was deleted."""
        self._views.add(view)

    def rename(self, name: str, new: str) -> None:
        """Rename a view."""
        self._views.rename(name, new, self._person)

    def delete(self, view: SavedView) -> None:
        """Delete a view that the person sees, and no other of its name."""
        if view.is_seen_by(self._person):
            self._views.delete(view)

    def opened(self, name: str, items: int) -> None:
        """Store the number of items that a view showed when it was opened."""
        self._views.opened(name, items, self._person)


def _place(name: str, views: Sequence[SavedView], person: str | None) -> int | None:
    """The place of the view of that name that a person sees, their own first; None if there is none."""
    places = [place for place, view in enumerate(views) if view.name == name and view.is_seen_by(person)]
    return max(places, key=lambda place: views[place].is_private, default=None)


def _row(view: SavedView) -> tuple[str, str, int | None, str | None, int | None]:
    return view.name, view.link, view.items, view.owner, 1 if view.is_private else None


def _view(name: object, link: object, items: object, owner: object = None, is_private: object = None) -> SavedView:
    """The view of a row."""
    is_text = isinstance(name, str) and isinstance(link, str) and isinstance(owner, str | None)
    if not is_text or not isinstance(items, int | None) or is_private not in (None, 1):
        raise TypeError((name, link, items, owner, is_private))
    return SavedView(str(name), str(link), items, owner, is_private == 1)  # type: ignore[arg-type]  # checked above


KIND: Final = FileKind(
    name="saved views",
    table="views",
    columns="name text not null, link text not null, items integer, owner text, is_private integer",
    before="name text not null unique, link text not null, items integer",
    added=2,
    application_id=0x4C4F4F56,  # "LOOV" in ASCII
    row=_row,
    record=_view,
)


def _free(name: str, views: Sequence[SavedView]) -> str:
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
