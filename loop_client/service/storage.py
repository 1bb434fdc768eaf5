"""Where everything is stored that a dashboard has: in files in its data folder, or in a database."""

from __future__ import annotations

from functools import cached_property
from secrets import token_bytes
from typing import TYPE_CHECKING

from loop_client.mirror.store import Lease, PostgresDatabase, PostgresDrafts, PostgresStore, SqliteDrafts
from loop_client.service.mappings import Mappings
from loop_client.service.markers import Markers
from loop_client.service.saved_views import SavedViews
from loop_client.service.sign_outs import SignOuts

if TYPE_CHECKING:
    from pathlib import Path

    from loop_client.mirror.store import Drafts, Store


class Storage:
    """One for all threads of a process. `folder`: of the files, which a database leaves few of.

    `database`: None where there is none. `lease`: the right of this process to write items there and to send.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        """Open nothing yet. `url`: of the database.

        Raises:
            StoreError: What the database needs is not installed.
        """
        self.folder = folder
        self.database = None if url is None else PostgresDatabase(url, "What is stored")
        self.lease = None if self.database is None else Lease(self.database)

    @property
    def name(self) -> str:
        """The folder or the database, for sentences."""
        return str(self.folder) if self.database is None else f"the database at {self.database.name}"

    def store(self) -> Store | str:
        """The store of the items, or the URL of one.

        Raises:
            StoreError, OSError: The database, or the folder of its Arrow copy, cannot be used.
        """
        path = self.folder / "mirror.db"
        if self.database is None or self.lease is None:
            return f"sqlite:///{path}"
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return PostgresStore(self.database, self.lease, path)

    @cached_property
    def drafts(self) -> Drafts:
        """The outbox, for everybody who writes drafts or decides about them."""
        return SqliteDrafts(self.folder) if self.database is None else PostgresDrafts(self.database)

    @cached_property
    def sent_drafts(self) -> Drafts:
        """The outbox for the sender: only while this process has the lease it changes a draft."""
        drafts, lease = self.drafts, self.lease
        if lease is None or not isinstance(drafts, PostgresDrafts):
            return drafts
        return drafts.leased(lambda: lease.number)

    @cached_property
    def saved_views(self) -> SavedViews:
        """The saved views."""
        return SavedViews(self.database or self.folder / "views.db")

    @cached_property
    def markers(self) -> Markers:
        """The markers."""
        return Markers(self.database or self.folder)

    @cached_property
    def mappings(self) -> Mappings:
        """The choices about imports."""
        return Mappings(self.database or self.folder / "mappings.json")

    @cached_property
    def sign_outs(self) -> SignOuts:
        """The sessions that ended before their time."""
        return SignOuts(self.database or self.folder)

    def salt(self) -> bytes:
        """The salt of share-safe pseudonyms: the same in all processes that share a database, else new with each.

        Raises:
            StoreError: The database cannot be used.
        """
        if self.database is None:
            return token_bytes(32)
        ((salt,),) = self.database.read(lambda one: one.rows("select salt from store"))
        return bytes.fromhex(salt)

    def close(self) -> None:
        """Let go of files and connections."""
        if "drafts" in self.__dict__:
            self.drafts.close()
        if self.database is not None:
            self.database.close()
