"""A data folder of an earlier version is used as it is: rows, statuses, coverage, saved views and the outbox."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from loop_client.mirror import Mirror, SyncSchedule, arrow_copy
from loop_client.mirror.moments import microseconds
from loop_client.mirror.store import FIRST, SECOND, DraftState, SqliteDrafts, sqlite_draft_file, sqlite_draft_pair
from loop_client.service import Marker, Markers, SavedView, SavedViews
from tests.answers import loop
from tests.drafts import draft_row, in_each_state
from tests.loop_client.mirror.world import World, ids_of
from tests.loop_client.write_folder import IMPORT, MARKERS, VIEWS, account, resolved, write
from tests.moment import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

OLD: Final = sorted((Path(__file__).parent / "data").iterdir())
"""One folder for each stored format, named by its version; see `write_folder`."""

WRITTEN: Final = datetime(2026, 6, 19, 14, 30, tzinfo=UTC)
"""The time at which they were written."""


@pytest.fixture(params=[*OLD, None], ids=[*(folder.name for folder in OLD), "today's"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of an old folder, or one just written, which shows that the script still works."""
    if request.param is None:
        (tmp_path / "today").mkdir()
        write(tmp_path / "today")
        return tmp_path / "today"
    return Path(shutil.copytree(request.param, tmp_path / "old"))


@pytest.fixture(params=[True, False], ids=["with its Arrow copy", "without"])
def opened(folder: Path, request: pytest.FixtureRequest) -> Callable[..., Mirror]:
    """A function that opens the mirror of that folder, a minute after it was written."""
    database, written = folder / "mirror.db", NOW if folder.name == "today" else WRITTEN
    schedule = SyncSchedule(clock=lambda: microseconds(written + timedelta(minutes=1)))
    if not request.param:
        arrow_copy.place(database).unlink()

    def opened(world: World, api_key: str = "canary-0f3a") -> Mirror:
        return Mirror(loop(world, api_key=api_key), f"sqlite:///{database}", schedule=schedule)

    return opened


def test_an_old_copy_is_shown_as_it_was(opened: Callable[..., Mirror], folder: Path) -> None:
    """An old mirror shows all items, statuses and coverage without a request, and nothing is set aside."""
    world, api, arrow = account(), World(), arrow_copy.place(folder / "mirror.db")
    last, copied = resolved(world), arrow.read_bytes() if arrow.exists() else None
    mirror = opened(api)
    snapshot, when = mirror.snapshot(), mirror.resolved_between(last)
    is_sound, news = mirror.check(), mirror.state().error
    mirror.close()

    frame = snapshot.frame
    assert dict(zip(frame["id"], frame["status"], strict=True)) == world.statuses()
    assert list(frame["message"]) == [one["message"] for one in world.items]
    assert [None if one != one else one for one in frame["tag"]] == [one["tag"] for one in world.items]  # noqa: PLR0124
    assert snapshot.coverage.complete
    assert snapshot.coverage.gaps == ()
    assert snapshot.coverage.reconciled_at is not None
    assert when is not None
    assert (is_sound, news, api.requests) == (True, None, [])
    assert copied in {None, arrow.read_bytes()}  # an unused Arrow copy would have been replaced
    assert list(folder.glob("*.broken-*")) == []


def test_a_sync_goes_on_from_an_old_copy(opened: Callable[..., Mirror]) -> None:
    """A sync of an old mirror requests only the head."""
    world = account()
    resolved(world)
    new = world.insert()
    mirror = opened(world)
    mirror.sync()
    mirror.close()

    assert ids_of(mirror) == set(world.statuses())
    assert new in ids_of(mirror)
    assert world.requests == [{"limit": "100"}]


def test_a_walk_that_was_cut_off_goes_on_from_an_old_copy(opened: Callable[..., Mirror]) -> None:
    """An old mirror's gap is closed from where it was left."""
    world = World(size=2)
    world.made = 1000
    for _ in range(8):
        world.insert(status="resolved")
    mirror = opened(world, "half")
    before, complete = ids_of(mirror), mirror.snapshot().coverage.complete
    mirror.sync()
    mirror.close()

    assert (len(before), complete) == (4, False)
    assert ids_of(mirror) == set(world.statuses())
    assert mirror.snapshot().coverage.complete
    assert len(world.requests) == 3  # the head, and the two missing pages


def test_old_saved_views_are_there(folder: Path) -> None:
    """Old saved views are shown, and another one can be saved."""
    views = SavedViews(folder / "views.db")

    assert [(view.name, view.link, view.items) for view in views.all()] == list(VIEWS)
    views.save("Another", "/", 1)
    assert len(views.all()) == len(VIEWS) + 1
    assert views.news is None


@pytest.mark.parametrize("left", ["views.db", "views.db.second"])
def test_one_of_two_old_files_of_views_is_enough(folder: Path, left: str) -> None:
    """Each has a checksum of its own, which is that of the version that wrote it."""
    (folder / {"views.db": "views.db.second", "views.db.second": "views.db"}[left]).unlink()
    views = SavedViews(folder / "views.db")

    assert [(view.name, view.link, view.items) for view in views.all()] == list(VIEWS)
    assert list(folder.glob("*.broken-*")) == []


def test_old_and_new_views_are_in_one_file(folder: Path) -> None:
    """A view of one person is added to those of everybody, and all of them are there after the next start."""
    views = SavedViews(folder / "views.db")
    views.add(SavedView("Hers", "/inbox", 1, "lena@example.com", is_private=True))
    found = SavedViews(folder / "views.db").all()

    assert [(view.name, view.owner, view.is_private) for view in found] == [
        *((name, None, False) for name, _, _ in VIEWS),
        ("Hers", "lena@example.com", True),
    ]
    (folder / "views.db").unlink()
    assert SavedViews(folder / "views.db").all() == found


def test_old_markers_are_there(folder: Path) -> None:
    """Markers are shown, if the version that wrote the folder had them, and another one can be added."""
    had_markers, markers = (folder / "markers.db").exists(), Markers(folder)

    assert markers.all() == (MARKERS if had_markers else ())
    markers.add(date(2026, 6, 19), "Another", "lena@example.com")
    assert Markers(folder).all() == (*markers.all()[:-1], Marker(date(2026, 6, 19), "Another", "lena@example.com"))
    assert markers.news is None


def has_outbox(folder: Path) -> bool:
    """Whether the version that wrote a folder had an outbox."""
    return (folder / FIRST).exists()


WITH_OUTBOX: Final = [one for one in OLD if has_outbox(one)]

BEFORE_IMPORTS: Final = [one for one in OLD if one.name in {"0.1.0", "0.1.0-outbox"}]


@pytest.mark.parametrize("old", [*WITH_OUTBOX, None], ids=[*(folder.name for folder in WITH_OUTBOX), "today's"])
@pytest.mark.parametrize("left", [(FIRST, SECOND), (FIRST,), (SECOND,)], ids=["both files", "the first", "the second"])
def test_an_old_outbox_is_taken_over(tmp_path: Path, old: Path | None, left: tuple[str, ...]) -> None:
    """Each draft and import of an old outbox is there, in its state, also where only one of its files is left."""
    folder = tmp_path / "old"
    if old is None:
        folder.mkdir()
        write(folder)
    else:
        shutil.copytree(old, folder)
    for name in {FIRST, SECOND}.difference(left):
        (folder / name).unlink()
    expected = {row.token: (row.message, row.state, row.item_id) for row in in_each_state("the account")}
    expected["waits"] = ("Größer 😀\n\0", DraftState.WAITING, None)
    imports = [] if old in BEFORE_IMPORTS else [(*IMPORT[:2], IMPORT[3], '{"3": "no text"}')]
    rows = [f"{IMPORT[0]}-{row}" for row in range(1, IMPORT[2] + 1)] if imports else []
    expected |= {token: (f"Message of {token}", DraftState.WAITING, None) for token in rows}

    for _ in range(2):  # as it is read, and after it was written
        drafts = SqliteDrafts(folder)
        found = drafts.in_states(DraftState)
        assert {row.token: (row.message, row.state, row.item_id) for row in found} == expected
        assert [row.token for row in found] == [*expected]
        taken_over = drafts.imports.all()
        assert [(one.token, one.account, one.state, one.skipped) for one in taken_over] == imports
        assert [row.token for one in taken_over for row in drafts.imports.drafts(one).values()] == rows
        drafts.add([draft_row("new", "the account")])
        expected["new"] = ("Message of new", DraftState.WAITING, None)
        assert (drafts.news is None) == (FIRST in left)
        drafts.close()
        (folder / FIRST).unlink()
        left = (SECOND,)
    assert list(folder.glob("*.broken-*")) == []


@pytest.mark.parametrize("old", WITH_OUTBOX, ids=[folder.name for folder in WITH_OUTBOX])
@pytest.mark.parametrize("person", [None, "lena@example.com"])
def test_an_old_outbox_that_can_only_be_read_is_shown(
    tmp_path: Path, old: Path, person: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody owns what is in it, so everybody sees it; the files stay as they are."""
    for module in (sqlite_draft_file, sqlite_draft_pair):
        monkeypatch.setattr(module, "is_writable", lambda _: False)
    folder = Path(shutil.copytree(old, tmp_path / "old"))
    before = (folder / FIRST).read_bytes()
    with closing(SqliteDrafts(folder)) as drafts:
        found = drafts.pending(["the account"], 0, 50, person)
        counts, undecided = drafts.counts(person), drafts.undecided(["the account"], person)
        owners = {row.owner for row in found} | {one.owner for one in drafts.imports.all()}

    assert (owners, len(found), undecided) == ({None}, 6, 3)
    assert counts["the account", DraftState.REFUSED] == 1
    assert (folder / FIRST).read_bytes() == before
