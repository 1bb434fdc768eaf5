"""`purge --person` leaves nothing of a person in what the dashboard keeps, and everything of all others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from loop_client.__main__ import main
from loop_client.mirror import Mirror
from loop_client.mirror.schedule import SyncSchedule
from loop_client.service import Markers, SavedViews, outbox_of
from tests.answers import Script, item, loop, page
from tests.drafts import REFUSED, STORED, UNKNOWN, WAITING, draft_row, write_down
from tests.moment import NOW

if TYPE_CHECKING:
    from pathlib import Path

GONE, STAYS = "canary_1", "u_2"

OF_BOTH = [item(number, user={"id": GONE if number % 2 else STAYS}, message=f"says {number}") for number in range(9)]

ALWAYS = SyncSchedule(full_every=0.0, pause_factor=0.0)
"""Each sync reads the whole list."""


def synced(folder: Path, items: list[dict[str, Any]], schedule: SyncSchedule = ALWAYS) -> list[str]:
    """The ids of the people in the copy, after a sync that finds these items."""
    mirror = Mirror(loop(Script(page(items))), f"sqlite:///{folder}/mirror.db", schedule=schedule)
    mirror.sync()
    people = list(mirror.snapshot().frame["user_id"])
    mirror.close()
    return people


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with a copy, an outbox, saved views and markers, in which two people occur."""
    synced(tmp_path, OF_BOTH)
    states = (WAITING, STORED, UNKNOWN, REFUSED)
    write_down(tmp_path, [draft_row(f"gone-{state}", "a", user_id=GONE, state=state) for state in states])
    write_down(tmp_path, [draft_row("stays", "a", user_id=STAYS, message="Stays")])
    views = SavedViews(tmp_path / "views.db")
    links = {f"number {number}": f"/inbox?user={GONE}" for number in range(12)}
    links |= {
        "by filter": f"/inbox?user={GONE}",
        "by drill-down": f"/inbox?only=user%3A{GONE}",
        "by search": f"/inbox?text=user%3A{GONE}+late",
        f"of {GONE.upper()}": "/inbox?view=all",
        "of another": f"/inbox?user={GONE}2&user={STAYS}",
    }
    for name, link in links.items():
        views.save(name, f"{link}&source={'x' * 300}", 1)  # on several pages of the file
    for name in (f"call with {GONE}", GONE.upper(), f"call with {GONE}2", "v4.2"):
        Markers(tmp_path).add(NOW.date(), name)
    return tmp_path


def purge(folder: Path, person: str = GONE) -> int:
    """The exit code of the command."""
    return main(["purge", "--person", person, "--data-dir", str(folder)])


def test_nothing_of_the_person_is_left_in_any_file(folder: Path) -> None:
    """No file has a byte of their id or texts, not even in its free space, apart from an id that begins with theirs."""
    before = {file.name for file in folder.iterdir() if GONE.encode() in file.read_bytes()}

    assert purge(folder) == 0

    texts = [GONE.encode(), GONE.upper().encode(), *(f"says {number}".encode() for number in range(1, 9, 2)), b"gone-"]
    left = {
        (file.name, text)
        for file in folder.iterdir()
        for text in texts
        if text in file.read_bytes().replace(f"{GONE}2".encode(), b"")
    }
    assert {"mirror.db", "mirror.db.arrow", "outbox.db", "outbox.second.db", "views.db", "views.db.second"} <= before
    assert {"markers.db", "markers.db.second"} <= before
    assert left == set()


def test_everything_of_others_stays(folder: Path) -> None:
    """Items, drafts, saved views and markers of everybody else are there, and the copy is sound."""
    purge(folder)

    mirror = Mirror(loop(Script(page([]))), f"sqlite:///{folder}/mirror.db")
    mirror.check()
    frame = mirror.snapshot().frame
    mirror.close()
    assert frame["message"].tolist() == [f"says {number}" for number in range(0, 9, 2)]
    assert [one.draft.message for one in outbox_of(folder).drafts] == ["Stays"]
    assert [view.name for view in SavedViews(folder / "views.db").all()] == ["of another"]
    assert [marker.name for marker in Markers(folder).all()] == [f"call with {GONE}2", "v4.2"]


@pytest.mark.parametrize(
    ("person", "views_left", "markers_left"),
    [
        ("12", "searched, 'Team 12'", "v4.12, 'Sprint 12'"),
        ("30", "searched", "'30 exports at all'"),
        ("exports", "tagged, 'of the day', searched", "'30 exports at all'"),
        ("all", "searched", "'30 exports at all'"),
    ],
)
def test_only_what_filters_by_an_id_that_is_a_word_is_deleted(
    tmp_path: Path, person: str, views_left: str, markers_left: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dates, tags, searches and names with the same word stay; those that may mean the person are listed."""
    views, markers = SavedViews(tmp_path / "views.db"), Markers(tmp_path)
    links = {
        "since May": "/inbox?since=2026-05-12&last=30+days&view=all",
        "tagged": "/inbox?tag=exports",
        "of the day": "/inbox?only=tag:exports",
        "searched": "/inbox?text=12+30+exports+all",
        "Team 12": "/inbox?view=all",
        "theirs": f"/inbox?user={person}",
        "said by them": f"/inbox?text=user%3A{person}",
        "only them": f"/inbox?only=not-user%3A{person}",
        "their page": f"/people?person={person}",
    }
    for name, link in links.items():
        views.save(name, link, 1)
    for name in ("v4.12", "Sprint 12", "30 exports at all"):
        markers.add(NOW.date(), name)

    assert purge(tmp_path, person) == 0

    printed = capsys.readouterr().out
    assert [view.name for view in views.all()] == ["since May", "tagged", "of the day", "searched", "Team 12"]
    assert [marker.name for marker in markers.all()] == ["v4.12", "Sprint 12", "30 exports at all"]
    assert "Saved views that named them: theirs, 'said by them', 'only them', 'their page'." in printed
    assert f"“{person}” may mean something else in them: saved views {views_left}.\n" in printed
    assert f"“{person}” may mean something else in them: markers {markers_left}.\n" in printed


def test_what_was_deleted_and_what_stays_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command counts what it deleted, and says that Loop has the items still."""
    (folder / "people.csv").write_text(f"person,name\n{STAYS},Ben\n{GONE},Anna\n")
    for name in ("outbox.db", "markers.db"):
        (folder / f"{name}.broken-1").write_text(GONE)

    purge(folder)

    printed = capsys.readouterr().out
    assert "4 items; drafts of the outbox: 1 refused, 1 stored, 1 unknown, 1 waiting." in printed
    assert "Drafts that Loop had not stored for certain: 3." in printed
    assert "row 3 of people.csv" in printed
    assert "markers.db.broken-1, outbox.db.broken-1" in printed
    assert f"Markers that named them: 'call with {GONE}', {GONE.upper()}." in printed
    assert "what is still there comes back with the next syncs" in printed
    assert (folder / "people.csv").read_text().count(GONE) == 1


@pytest.mark.parametrize("items", [OF_BOTH, OF_BOTH[1::2]], ids=["of both", "of one person"])
def test_items_that_loop_still_has_come_back(tmp_path: Path, items: list[dict[str, Any]]) -> None:
    """A full scan stores the items of a purged person again, also where all of the account's were theirs."""
    before = synced(tmp_path, items)

    assert purge(tmp_path) == 0
    assert synced(tmp_path, items) == before


def test_items_that_were_deleted_in_loop_stay_away(tmp_path: Path) -> None:
    """After the items were deleted in Loop, no sync brings them back."""
    synced(tmp_path, OF_BOTH)

    purge(tmp_path)

    assert GONE not in synced(tmp_path, OF_BOTH[::2])


def test_a_folder_in_use_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While a dashboard syncs the copy, nothing is deleted."""
    mirror = Mirror(loop(Script(page(OF_BOTH))), f"sqlite:///{folder}/mirror.db")

    assert purge(folder) == 1

    mirror.close()
    assert "Stop it first" in capsys.readouterr().err
    assert len(SavedViews(folder / "views.db").all()) == 17
    assert len(outbox_of(folder).drafts) == 4


def test_another_programs_file_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the copy that is not ours is neither read nor written."""
    (tmp_path / "mirror.db").write_text("precious")

    assert purge(tmp_path) == 1
    assert (tmp_path / "mirror.db").read_text() == "precious"
    assert "is not this program's" in capsys.readouterr().err


def test_nobody_is_found_in_an_empty_folder(tmp_path: Path) -> None:
    """Where nothing is kept, nothing is made, and the command succeeds, also a second time."""
    assert purge(tmp_path) == purge(tmp_path) == purge(tmp_path / "nowhere") == 0
    assert list(tmp_path.iterdir()) == []


def test_drafts_are_deleted_where_there_is_no_copy(tmp_path: Path) -> None:
    """An outbox without a copy beside it is purged, too."""
    write_down(tmp_path, [draft_row("gone", "a", user_id=GONE)])

    assert purge(tmp_path) == 0
    assert outbox_of(tmp_path).drafts == []


def test_a_person_and_the_outbox_are_not_purged_at_once() -> None:
    """The two options exclude each other: one means all drafts, the other those of one person."""
    with pytest.raises(SystemExit, match="2"):
        main(["purge", "--person", GONE, "--outbox"])
