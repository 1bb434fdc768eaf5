"""The services of one process for one account, for pages, shell and tests. Independent of Streamlit."""

from loop_client.mirror.store import DraftState, ImportState
from loop_client.sandbox.child import SandboxError
from loop_client.service.account import Account, open_account
from loop_client.service.aliases import AliasesError
from loop_client.service.aliases import read as alias_rules
from loop_client.service.budget import Budget
from loop_client.service.config import (
    ALLOWED_HOSTS,
    Config,
    aliases_file,
    allowed_hosts,
    data_folder,
    secrets_files,
    sign_in_setup,
    store_setup,
    zone_name,
)
from loop_client.service.connection import NAME, Connection
from loop_client.service.drafts import Draft, Submission
from loop_client.service.import_writer import IMPORTED_BEFORE, ROWS_AT_ONCE, StoppedError
from loop_client.service.imports import Import, Imports
from loop_client.service.listing import Listing, outbox_of
from loop_client.service.mappings import Choices, Mappings
from loop_client.service.markers import LONGEST_MARKER, Marker, Markers
from loop_client.service.moving import move
from loop_client.service.outbox import Outbox
from loop_client.service.own_outbox import OwnOutbox
from loop_client.service.people_file import PEOPLE, LoadedPeople, PeopleFile
from loop_client.service.receipt import Receipt, ReceiptRow
from loop_client.service.saved_views import LONGEST_NAME, OwnViews, SavedView, SavedViews
from loop_client.service.service import Service
from loop_client.service.sign_in import Refusal, Session, SignIn, address
from loop_client.service.sign_outs import SignOuts
from loop_client.service.storage import Storage
from loop_client.service.store_url import checked as checked_url

__all__ = [
    "ALLOWED_HOSTS",
    "IMPORTED_BEFORE",
    "LONGEST_MARKER",
    "LONGEST_NAME",
    "NAME",
    "PEOPLE",
    "ROWS_AT_ONCE",
    "Account",
    "AliasesError",
    "Budget",
    "Choices",
    "Config",
    "Connection",
    "Draft",
    "DraftState",
    "Import",
    "ImportState",
    "Imports",
    "Listing",
    "LoadedPeople",
    "Mappings",
    "Marker",
    "Markers",
    "Outbox",
    "OwnOutbox",
    "OwnViews",
    "PeopleFile",
    "Receipt",
    "ReceiptRow",
    "Refusal",
    "SandboxError",
    "SavedView",
    "SavedViews",
    "Service",
    "Session",
    "SignIn",
    "SignOuts",
    "StoppedError",
    "Storage",
    "Submission",
    "address",
    "alias_rules",
    "aliases_file",
    "allowed_hosts",
    "checked_url",
    "data_folder",
    "move",
    "open_account",
    "outbox_of",
    "secrets_files",
    "sign_in_setup",
    "store_setup",
    "zone_name",
]
