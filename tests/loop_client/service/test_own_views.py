"""Saved views of people who are signed in: shared ones, and each person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from loop_client.mirror import StoreError
from loop_client.service import OwnViews, SavedView, SavedViews

if TYPE_CHECKING:
    from pathlib import Path

LENA, OMAR = "lena@example.com", "omar@example.com"


@pytest.fixture
def views(tmp_path: Path) -> SavedViews:
    """The views of a dashboard."""
    return SavedViews(tmp_path / "views.db")


def names(views: SavedViews, person: str | None) -> list[str]:
    """What somebody sees."""
    return [view.name for view in OwnViews(views, person).all()]


def test_a_private_view_is_its_owners_alone(views: SavedViews) -> None:
    """Others, and everybody without a sign-in, see the shared ones."""
    OwnViews(views, LENA).save("Hers", "a", 1, is_private=True)
    OwnViews(views, LENA).save("Ours", "b", 1)

    assert names(views, LENA) == ["Hers", "Ours"]
    assert names(views, OMAR) == names(views, None) == ["Ours"]
    assert views.all()[1] == SavedView("Ours", "b", 1, LENA)


def test_without_a_sign_in_no_view_is_private(views: SavedViews) -> None:
    """It would be nobody's."""
    OwnViews(views, None).save("Ours", "a", 1, is_private=True)

    assert views.all() == (SavedView("Ours", "a", 1),)


def test_two_people_can_use_one_name(views: SavedViews) -> None:
    """A name that only somebody else sees is free, and each changes their own view by it."""
    for person in (LENA, OMAR):
        OwnViews(views, person).save("Mine", person, 1, is_private=True)
    OwnViews(views, OMAR).opened("Mine", 7)
    OwnViews(views, LENA).rename("Mine", "Hers")

    assert [(view.name, view.items, view.owner) for view in views.all()] == [("Hers", 1, LENA), ("Mine", 7, OMAR)]
    for view in views.all():
        OwnViews(views, LENA).delete(view)
    assert (names(views, LENA), names(views, OMAR)) == ([], ["Mine"])


def test_a_name_that_one_sees_is_taken(views: SavedViews) -> None:
    """Two views that look the same could not be told apart."""
    OwnViews(views, LENA).save("Ours", "a", 1)

    with pytest.raises(StoreError, match="of that name"):
        OwnViews(views, OMAR).save("Ours", "b", 1, is_private=True)


def test_ones_own_view_comes_before_a_shared_one_of_its_name(views: SavedViews) -> None:
    """Somebody who does not see it may share another view under its name later."""
    OwnViews(views, LENA).save("Exports", "hers", 1, is_private=True)
    OwnViews(views, OMAR).save("Exports", "ours", 1)

    assert [view.link for view in OwnViews(views, LENA).all()] == ["hers"]
    (hers,) = OwnViews(views, LENA).all()
    for _ in range(2):  # from two tabs
        OwnViews(views, LENA).delete(hers)
    assert [view.link for view in OwnViews(views, LENA).all()] == ["ours"]


def test_a_deleted_view_comes_back_as_it_was(views: SavedViews) -> None:
    """With its owner, and for those who saw it."""
    OwnViews(views, LENA).save("Hers", "a", 1, is_private=True)
    (view,) = OwnViews(views, LENA).all()
    OwnViews(views, LENA).delete(view)
    OwnViews(views, LENA).restore(view)

    assert views.all() == (view,)


def test_the_views_of_each_person_are_bounded(views: SavedViews) -> None:
    """Fifty for everybody, and fifty for each person alone."""
    own = OwnViews(views, LENA)
    for number in range(50):
        own.save(f"Hers {number}", "a", 1, is_private=True)
    own.save("Ours", "a", 1)

    with pytest.raises(StoreError, match="50 saved views"):
        own.save("One more", "a", 1, is_private=True)
    OwnViews(views, OMAR).save("His", "a", 1, is_private=True)


def test_private_views_of_others_take_no_place(views: SavedViews) -> None:
    """Nobody could delete what they do not see: shared views and each person's own are counted apart."""
    others = [f"p{number // 50}@example.com" for number in range(600)]
    many = [SavedView(f"View {place}", "a", 1, who, is_private=True) for place, who in enumerate(others)]
    views._list.changed(lambda stored: stored.extend(many))  # noqa: SLF001 - many at once
    OwnViews(views, LENA).save("Ours", "a", 1)
    OwnViews(views, LENA).save("Hers", "a", 1, is_private=True)

    assert names(views, LENA) == ["Ours", "Hers"]
