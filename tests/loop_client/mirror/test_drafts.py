"""The outbox on disk: a stored draft survives any damage to one of its two files."""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from adbc_driver_sqlite import dbapi
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import StoreError
from loop_client.mirror.store import DraftRow, DraftState, SqliteDrafts, postgres_draft_tables, sqlite_draft_pair
from loop_client.mirror.store.sqlite_draft_file import DraftFile
from tests.loop_client.mirror.world import sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from loop_client.mirror.store import Drafts

FILES = ("outbox.db", "outbox.second.db")
WAITING, SENDING, STORED = DraftState.WAITING, DraftState.SENDING, DraftState.STORED
OTHER_STATES = (DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED)
HOUR = 3600_000_000


def draft(number: int, **fields: Any) -> DraftRow:  # noqa: ANN401 - any column
    """A waiting draft."""
    plain = {"account": "a", "user_id": "u_1", "message": f"Message {number}", "sentiment": None, "source": None}
    row = {**plain, "tag": None, "is_bulk": 0, "state": WAITING, "created": number, "changed": number, **fields}
    return DraftRow(token=f"t{number}", **row)


@pytest.fixture
def drafts(opened: Callable[[], Drafts]) -> Drafts:
    """An empty outbox."""
    return opened()


def messages(folder: Path) -> list[str]:
    """The messages that another process reads from an outbox."""
    with closing(SqliteDrafts(folder)) as opened:
        return [row.message for row in opened.in_states(DraftState)]


def filled(folder: Path) -> list[str]:
    """Store three drafts, one of them sent, and return their messages."""
    opened = SqliteDrafts(folder)
    opened.add([draft(1, message="Größer 😀"), draft(2, message="x" * 9000), draft(3)])
    for state, after in ((WAITING, SENDING), (SENDING, STORED)):
        assert opened.change(draft(3, state=after, item_id="fb_1", item_created=5), state)
    opened.close()
    return ["Größer 😀", "x" * 9000, "Message 3"]


@pytest.mark.files
def test_nothing_is_made_before_the_first_draft(drafts: SqliteDrafts, tmp_path: Path) -> None:
    """Reading an empty outbox creates no file."""
    assert drafts.find("t1") is None
    assert drafts.next_waiting(["a"], 0) is None
    assert (drafts.in_states(DraftState), drafts.counts(), drafts.holders(["fb_1"])) == ([], {}, [])
    assert (drafts.pending(["a"], 0, 9), drafts.undecided(["a"]), drafts.last_change()) == ([], 0, 0)
    assert drafts.forget(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_token_finds_what_was_written_down_first(drafts: Drafts) -> None:
    """A second draft with the same token returns the first one and changes nothing."""
    drafts.add([draft(1)])
    (stored,) = drafts.add([draft(1, message="another")])

    assert stored.message == "Message 1"
    assert [row.message for row in drafts.in_states([WAITING])] == ["Message 1"]


def test_a_text_is_stored_exactly(drafts: Drafts) -> None:
    """Texts are stored exactly, with null bytes, control characters and line ends, also when they are stored again."""
    odd = draft(1, message="a\0b\r\n😀\u202e", user_id="\x01", tag="", source="é\x1a0\x1a\0", owner="\0")
    drafts.add([odd])

    found = drafts.find("t1")
    assert found is not None
    assert found[:8] == odd[:8]
    assert drafts.change(found._replace(error="\0\x1a1"), WAITING)
    (again,) = drafts.pending(["a"], 0, 9, "\0")
    assert again[:8] == odd[:8]
    assert again.error == "\0\x1a1"


def test_what_is_no_text_changes_nothing(drafts: Drafts) -> None:
    """Half of a character that takes two is refused with a sentence; forms and imports replace it before."""
    with pytest.raises(StoreError, match="cannot be used"):
        drafts.add([draft(1), draft(2, message="\ud800")])

    assert drafts.counts() == {}


def test_a_draft_changes_from_the_expected_state_alone(drafts: Drafts) -> None:
    """Of two concurrent changes of a draft, only the one that expects its current state succeeds."""
    drafts.add([draft(1)])

    assert drafts.change(draft(1, state=SENDING), WAITING)
    assert not drafts.change(draft(1, state=DraftState.DISCARDED), WAITING, draft(2))
    assert not drafts.change(draft(9, state=SENDING), WAITING)
    assert [row.state for row in drafts.in_states(DraftState)] == [SENDING]


def test_a_draft_can_take_the_place_of_another(drafts: Drafts) -> None:
    """A draft is discarded and its successor stored in one transaction."""
    drafts.add([draft(1, state=DraftState.UNKNOWN)])

    assert drafts.change(draft(1, state=DraftState.DISCARDED), DraftState.UNKNOWN, draft(2, repeats="t1"))
    assert drafts.counts() == {("a", DraftState.DISCARDED): 1, ("a", WAITING): 1}


def test_a_persons_draft_comes_before_bulk_rows_and_then_the_oldest(drafts: Drafts) -> None:
    """A person's drafts are sent before bulk rows, each in stored order, and only those of the given accounts."""
    drafts.add([draft(1, is_bulk=1), draft(2, is_bulk=1, created=0), draft(3, account="old", created=5)])
    drafts.add([draft(4, created=9), draft(5, created=8), draft(6, account="b")])

    order = []
    while (row := drafts.next_waiting(["a", "old"], 0)) is not None:
        order.append(row.token)
        drafts.change(row._replace(state=SENDING), WAITING)
    assert order == ["t3", "t4", "t5", "t1", "t2"]


REFUSED, UNKNOWN, DISCARDED = DraftState.REFUSED, DraftState.UNKNOWN, DraftState.DISCARDED
MIXED: dict[str, dict[str, Any]] = {
    "waits": {"state": WAITING},
    "bulk": {"state": WAITING, "is_bulk": 1},
    "waits for b": {"state": WAITING, "account": "b"},
    "refused": {"state": REFUSED, "is_bulk": 1},
    "sent": {"state": SENDING},
    "stored": {"state": STORED},
    "old name": {"state": WAITING, "account": "old"},
    "unknown to b": {"state": UNKNOWN, "account": "b"},
    "discarded for b": {"state": DISCARDED, "account": "b"},
    "sent to z": {"state": SENDING, "account": "z"},
}
"""Message → a draft in any state and of any account, in the order in which they are written down."""


def test_what_needs_a_person_is_listed_first_and_then_what_is_sent_first(drafts: Drafts) -> None:
    """Also what waits for an account that is not connected; what nothing is left to do for is not listed."""
    drafts.add([draft(number, message=name, **MIXED[name]) for number, name in enumerate(MIXED)])
    listed = ["sent to z", "unknown to b", "refused", "waits for b", "sent", "waits", "old name", "bulk"]

    assert [row.message for row in drafts.pending(["old", "a"], 0, 100)] == listed
    for first in range(9):
        assert [row.message for row in drafts.pending(["old", "a"], first, 3)] == listed[first : first + 3]
    assert [drafts.undecided(names) for names in (["old", "a"], ["a"], ["b"], [])] == [4, 5, 7, 8]


def test_accounts_are_told_apart_in_any_language(drafts: Drafts) -> None:
    """Also where the database sorts texts as a language does, and not by the numbers of their characters."""
    names = ["a", "B", "é", "Z"]
    drafts.add([draft(number, account=name) for number, name in enumerate([*names, "A", "b", "\U0010fffe"])])

    assert drafts.undecided(names) == 3
    assert [row.account for row in drafts.pending(names, 0, 9)] == ["\U0010fffe", "b", "A", *names]


def test_a_change_is_noticed(opened: Callable[[], Drafts], monkeypatch: pytest.MonkeyPatch) -> None:
    """The own ones at once, those of another process with the next look."""
    drafts = opened()
    assert drafts.last_change() == 0
    drafts.add([draft(1)])
    assert drafts.last_change() == 1
    drafts.change(draft(1, state=SENDING), WAITING)
    assert drafts.last_change() == 2
    assert not drafts.change(draft(1, state=SENDING), WAITING)
    assert drafts.last_change() == 2

    other = opened()
    assert other.last_change() == 2
    other.add([draft(2)])
    assert drafts.last_change() == 2, "it looks each time"
    for module in (sqlite_draft_pair, postgres_draft_tables):
        monkeypatch.setattr(module, "ASKED_EVERY", 0.0)
    assert drafts.last_change() == 3


@pytest.mark.files
def test_no_page_waits_for_a_writer(drafts: SqliteDrafts, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer may wait for another process; meanwhile the last known number is returned."""
    drafts.add([draft(1)])
    assert drafts.last_change() == 1
    monkeypatch.setattr(sqlite_draft_pair, "ASKED_EVERY", 0.0)
    looked = ThreadPoolExecutor(1)
    with looked, drafts._pair.lock:  # noqa: SLF001 - as a writer holds it
        assert looked.submit(drafts.last_change).result(timeout=10) == 1


def test_a_draft_that_was_put_off_waits(drafts: Drafts) -> None:
    """A postponed draft waits for its time, but not when nothing else is waiting or a wrong clock set its time."""
    drafts.add([draft(1, not_before=HOUR - 5), draft(2, not_before=HOUR), draft(3)])
    assert [row.token for row in (drafts.next_waiting(["a"], now) for now in (5, HOUR)) if row] == ["t3", "t1"]

    drafts.change(draft(3, state=STORED), WAITING)
    assert drafts.next_waiting(["a"], 5) == drafts.find("t1")
    drafts.change(draft(1, not_before=10**18), WAITING)
    assert drafts.next_waiting(["a"], 5) == drafts.find("t1")


def test_items_are_found_by_their_drafts(drafts: Drafts) -> None:
    """Items that drafts have claimed are found across all accounts."""
    drafts.add([draft(n, state=STORED, item_id=f"fb_{n}", item_created=n, account="ab"[n // 3]) for n in (1, 2, 3)])

    assert [row.token for row in drafts.holders(["fb_2", "fb_3", "fb_4"])] == ["t2", "t3"]
    assert drafts.claimed(1) == ["fb_2", "fb_3"]


def test_what_is_settled_is_forgotten_alone(drafts: Drafts) -> None:
    """Old drafts for which something is left to do stay, and so do new ones."""
    drafts.add([draft(n, state=state) for n, state in enumerate(DraftState)])
    drafts.add([draft(9, state=STORED)])

    assert drafts.forget(9) == 2
    assert [row.token for row in drafts.in_states(DraftState)] == ["t0", "t1", "t3", "t4", "t9"]
    assert drafts.forget(9) == 0


@pytest.mark.files
def test_old_drafts_are_forgotten_once_nothing_is_left_to_do(drafts: SqliteDrafts, tmp_path: Path) -> None:
    """Old drafts in a final state are deleted from both files."""
    drafts.add([draft(n, state=state) for n, state in enumerate(DraftState)])

    assert drafts.forget(3) == 1
    assert drafts.forget(100) == 1
    drafts.close()
    for name in FILES:
        with dbapi.connect(str(tmp_path / name), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from drafts where state in ('stored', 'discarded')")
            assert cursor.fetchall() == [(0,)]


def test_two_processes_write_one_outbox(opened: Callable[[], Drafts]) -> None:
    """Two processes that write one outbox read each other's drafts."""
    drafts, other = opened(), opened()
    for number in range(1, 6):
        (drafts, other)[number % 2].add([draft(number)])

    assert [row.number for row in drafts.in_states([WAITING])] == [1, 2, 3, 4, 5]
    assert drafts.in_states([WAITING]) == other.in_states([WAITING])


@pytest.mark.parametrize("empty", [FILES, FILES[:1], FILES[1:]])
def test_a_file_that_was_not_made_to_its_end_is_an_empty_outbox(tmp_path: Path, empty: tuple[str, ...]) -> None:
    """Where the disk was full as the first draft was written, the next one is written as soon as there is space."""
    for name in empty:
        (tmp_path / name).touch()
    with closing(SqliteDrafts(tmp_path)) as drafts, closing(SqliteDrafts(tmp_path)) as other:
        for one in (drafts, other):
            assert (one.find("t1"), one.counts(), one.undecided(["a"]), one.imports.all()) == (None, {}, 0, [])
            assert (one.next_waiting(["a"], 0), one.last_change()) == (None, 0)
        drafts.add([draft(1)])
        assert other.find("t1") == drafts.find("t1") is not None
    assert list(tmp_path.glob("*.broken-*")) == []


@pytest.mark.files
@pytest.mark.parametrize("use", ["read", "write"])
def test_others_write_while_a_process_checks_the_outbox(
    drafts: SqliteDrafts, tmp_path: Path, use: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first look at both files takes seconds where there are many drafts; nobody waits for it, nothing is lost."""
    drafts.add([draft(1)])
    check, steps = DraftFile.is_sound, iter([(2, WAITING, SENDING), (3, SENDING, STORED)])

    def check_while_others_write(file: DraftFile) -> bool:
        number, before, after = next(steps)
        drafts.add([draft(number)])
        assert drafts.change(draft(1, state=after), before)
        return check(file)

    monkeypatch.setattr(DraftFile, "is_sound", check_while_others_write)
    monkeypatch.setattr(sqlite_draft_pair, "LOCK_WITHIN", 0.1)
    monkeypatch.setattr(DraftFile, "content", lambda _: pytest.fail("everything is read again, with the lock"))
    with closing(SqliteDrafts(tmp_path)) as other:
        if use == "write":
            other.add([draft(9)])
        assert [row.token for row in other.in_states(DraftState)] == ["t1", "t2", "t3", "t9"][: 3 + (use == "write")]


@pytest.mark.files
def test_a_file_that_another_process_replaced_is_followed(drafts: SqliteDrafts, tmp_path: Path) -> None:
    """After another process has replaced a file, new drafts are written into the new one."""
    drafts.add([draft(1)])
    other = SqliteDrafts(tmp_path)
    assert other.find("t1")
    other.close()
    (tmp_path / FILES[0]).rename(tmp_path / "elsewhere")
    for end in ("-wal", "-shm"):
        (tmp_path / f"{FILES[0]}{end}").rename(tmp_path / f"elsewhere{end}")
    assert messages(tmp_path) == ["Message 1"]

    drafts.add([draft(2)])
    assert messages(tmp_path) == ["Message 1", "Message 2"]


@pytest.mark.files
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_deleted_in_use_is_made_again(drafts: SqliteDrafts, tmp_path: Path, name: str) -> None:
    """A file deleted while in use is restored with the next draft, with all drafts."""
    drafts.add([draft(1), draft(2)])
    for file in tmp_path.glob(f"{name}*"):
        if not file.name.endswith(".lock"):
            file.unlink()
    drafts.add([draft(3)])
    drafts.close()

    for one in FILES:
        with dbapi.connect(str(tmp_path / one), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("select message from drafts order by number")
            assert cursor.fetchall() == [("Message 1",), ("Message 2",), ("Message 3",)]


def noise(path: Path) -> None:
    """Overwrite the middle of the file with random bytes."""
    content = bytearray(path.read_bytes())
    content[4096:8192] = os.urandom(4096)
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "noise": noise,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "empty": lambda path: path.write_bytes(b""),
    "no database": lambda path: path.write_bytes(b"x" * 5000),
    "gone": lambda path: path.unlink(),
    "letters": lambda path: path.write_bytes(path.read_bytes().replace(b"xxxx", b"xxyx", 1)),
    "no table": lambda path: sql(f"sqlite:///{path}", "drop table drafts"),
    "row": lambda path: sql(f"sqlite:///{path}", "update drafts set state = 'waiting' where state = 'stored'"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_one_damaged_file_loses_nothing(tmp_path: Path, damage: str, name: str) -> None:
    """A damaged file is set aside and restored from the other one, and visible damage is reported."""
    expected = filled(tmp_path)
    DAMAGES[damage](tmp_path / name)

    drafts = SqliteDrafts(tmp_path)
    assert [(row.message, row.state) for row in drafts.in_states(DraftState)] == list(
        zip(expected, [WAITING, WAITING, STORED], strict=True)
    )
    assert (drafts.news is not None) == (name == FILES[0])
    drafts.add([draft(4)])
    drafts.close()
    (tmp_path / FILES[name == FILES[0]]).unlink()  # the restored file is enough from now on
    assert messages(tmp_path) == [*expected, "Message 4"]
    if damage not in {"gone", "empty"}:
        assert list(tmp_path.glob(f"{name}.broken-*"))


def test_damage_is_met_while_the_outbox_is_used(tmp_path: Path) -> None:
    """Damage is found and repaired while the outbox is in use, not only at the start."""
    expected = filled(tmp_path)
    drafts = SqliteDrafts(tmp_path)
    assert drafts.find("t1")
    sql(f"sqlite:///{tmp_path / FILES[0]}", "update drafts set message = 'other' where number = 2")

    assert [row.message for row in drafts.in_states(DraftState)] == expected
    assert drafts.news is not None
    assert "restored from its second copy" in drafts.news
    drafts.close()


def test_intact_drafts_of_two_damaged_files_survive(tmp_path: Path) -> None:
    """When both files are damaged, each draft that is intact in one of them survives."""
    filled(tmp_path)
    for number, name in enumerate(FILES):
        for damaged in (3, 1 + number):
            sql(f"sqlite:///{tmp_path / name}", f"update drafts set message = 'other' where number = {damaged}")  # noqa: S608 - ours

    drafts = SqliteDrafts(tmp_path)
    assert [row.message for row in drafts.in_states(DraftState)] == ["Größer 😀", "x" * 9000]
    assert drafts.news is not None
    assert "what could still be read" in drafts.news
    drafts.close()
    assert messages(tmp_path) == ["Größer 😀", "x" * 9000]


def test_an_older_first_file_is_not_believed(tmp_path: Path) -> None:
    """A first file restored from a backup is replaced by the second, so that no draft is sent again."""
    drafts = SqliteDrafts(tmp_path)
    drafts.add([draft(1)])
    drafts.close()
    shutil.copy(tmp_path / FILES[0], tmp_path / "backup")
    assert drafts.change(draft(1, state=SENDING), WAITING)
    assert drafts.change(draft(1, state=STORED), SENDING)
    drafts.close()
    (tmp_path / "backup").replace(tmp_path / FILES[0])

    found = drafts.find("t1")
    assert found is not None
    assert found.state == STORED
    assert drafts.news is not None
    assert "older than its second copy" in drafts.news
    drafts.close()


def test_a_change_in_the_second_file_alone_is_undone(tmp_path: Path) -> None:
    """A change that only the second file has was never acknowledged, and is undone."""
    drafts = SqliteDrafts(tmp_path)
    drafts.add([draft(1)])
    drafts.close()
    shutil.copy(tmp_path / FILES[0], tmp_path / "before")
    assert drafts.change(draft(1, state=SENDING), WAITING)
    drafts.close()
    (tmp_path / "before").replace(tmp_path / FILES[0])

    assert drafts.in_states([WAITING])
    assert drafts.news is None
    drafts.close()
    (tmp_path / FILES[0]).unlink()
    assert drafts.in_states([WAITING]), "the second file was not corrected"
    drafts.close()


@pytest.mark.files
@pytest.mark.parametrize("name", FILES)
def test_a_full_disk_changes_nothing(drafts: SqliteDrafts, tmp_path: Path, name: str) -> None:
    """On a full disk neither file has the draft, and it can be stored once there is space."""
    drafts.add([draft(1)])
    file = {FILES[0]: drafts._pair.first, FILES[1]: drafts._pair.second}[name]  # noqa: SLF001 - a separate disk would need a mount
    file.rows(f"pragma max_page_count={file.rows('pragma page_count')[0][0]}")
    with pytest.raises(StoreError, match="Free some space"):
        drafts.add([draft(2, message="x" * 50_000)])

    assert messages(tmp_path) == ["Message 1"]
    file.rows("pragma max_page_count=100000")
    drafts.add([draft(2, message="x" * 50_000)])
    drafts.close()
    for one in FILES:
        with dbapi.connect(str(tmp_path / one), autocommit=True) as connection, connection.cursor() as cursor:
            cursor.execute("select count(*) from drafts")
            assert cursor.fetchall() == [(2,)]


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """In a read-only folder drafts can be read, and writing reports the missing permissions."""
    expected = filled(tmp_path)
    drafts = SqliteDrafts(tmp_path)
    (tmp_path / "outbox.db.lock").unlink()
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere")
        assert [row.message for row in drafts.in_states(DraftState)] == expected
        with pytest.raises(StoreError, match="permissions"):
            drafts.add([draft(4)])
    finally:
        tmp_path.chmod(0o700)
    drafts.close()


@pytest.mark.files
@pytest.mark.parametrize("name", FILES)
def test_another_programs_database_is_refused(drafts: SqliteDrafts, tmp_path: Path, name: str) -> None:
    """Another program's database is refused and stays untouched."""
    sql(f"sqlite:///{tmp_path / name}", "create table precious (x)")
    content = (tmp_path / name).read_bytes()
    with pytest.raises(StoreError, match="another program's"):
        drafts.add([draft(1)])

    assert (tmp_path / name).read_bytes() == content


def test_a_newer_versions_outbox_is_refused(tmp_path: Path) -> None:
    """The outbox of a newer version is refused, because this version may misread it."""
    filled(tmp_path)
    sql(f"sqlite:///{tmp_path / FILES[0]}", "pragma user_version = 8")
    with pytest.raises(StoreError, match="newer version"):
        messages(tmp_path)


@pytest.mark.files
def test_a_lock_of_another_process_is_reported(
    drafts: SqliteDrafts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for another process's lock ends with an error."""
    monkeypatch.setattr(sqlite_draft_pair, "LOCK_WITHIN", 0.1)
    with FileLock(tmp_path / "outbox.db.lock"), pytest.raises(StoreError, match="Another process"):
        drafts.add([draft(1)])

    drafts.add([draft(1)])


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A folder with an outbox of three drafts."""
    with tempfile.TemporaryDirectory() as folder:
        filled(Path(folder))
        yield Path(folder)


@given(st.sampled_from(FILES), st.data())
def test_no_flipped_bit_changes_a_draft(template: Path, name: str, data: st.DataObject) -> None:
    """After any flipped bit all drafts are as they were stored, and another one can be added."""
    with tempfile.TemporaryDirectory() as folder:
        for file in template.glob("outbox*.db"):
            shutil.copy(file, folder)
        content = bytearray((Path(folder) / name).read_bytes())
        place = data.draw(st.integers(0, 8 * min(len(content), 200) - 1) | st.integers(0, 8 * len(content) - 1))
        content[place // 8] ^= 1 << place % 8
        (Path(folder) / name).write_bytes(content)

        with closing(SqliteDrafts(Path(folder))) as drafts:
            drafts.add([draft(4)])
            found = [(row.message, row.state) for row in drafts.in_states(DraftState)]
    assert found == [("Größer 😀", WAITING), ("x" * 9000, WAITING), ("Message 3", STORED), ("Message 4", WAITING)]
