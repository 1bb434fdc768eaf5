"""The rules of the architecture: imports, lengths, and where settings, session and parameters are named."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loop_client.mirror.snapshot_cache import RECENT
from loop_client.query import COUNTED, Name

ROOT = Path(__file__).parents[1]
CLIENT = {
    f"loop_client.{path.stem}"
    for path in (ROOT / "loop_client").glob("*.py")
    if path.stem not in {"__init__", "__main__"}
} | {"loop_client"}


def files_of(folder: str) -> set[str]:
    """The modules in a folder, without its subfolders."""
    place = ROOT / folder.replace(".", "/")
    return {f"{folder}.{path.stem}" for path in place.glob("*.py") if path.stem != "__init__"}


QUERY = files_of("loop_client.query")
SERVICE = files_of("loop_client.service")
MIRROR = files_of("loop_client.mirror")
STORE = files_of("loop_client.mirror.store")
SESSION = files_of("pages.session")
SNAPSHOT = {
    f"loop_client.mirror.{name}" for name in ("columns", "cube", "moments", "snapshot", "snapshot_cache", "zones")
}
"""The part of the mirror that pages read: a snapshot, its columns, counts and times; nothing that syncs or stores."""

FACES = {
    "loop_client",
    "loop_client.mirror",
    "loop_client.mirror.store",
    "loop_client.query",
    "loop_client.report.changes",
    "loop_client.report.clusters",
    "loop_client.report.digest",
    "loop_client.service",
    "pages.components",
    "pages.components.changes",
    "pages.components.imports",
    "pages.components.inbox",
    "pages.components.outbox",
    "pages.components.overview",
    "pages.components.people",
    "pages.components.submit",
    "pages.session",
}
"""Packages of which a room may import only the exports, unless its row names a module below."""

ROOMS: dict[str, set[str]] = {
    "app.py": {
        "streamlit",
        "starlette",
        "anyio",
        "websockets",  # for its limit on the cookies of a tab
        "pages.session",
        "pages.server",
        "loop_client.service",
    },
    "pages": {
        "streamlit",
        "numpy",
        "pages.components",
        "pages.components.changes",
        "pages.components.imports",
        "pages.components.inbox",
        "pages.components.outbox",
        "pages.components.overview",
        "pages.components.people",
        "pages.components.submit",
        "pages.session",
        "loop_client",
        "loop_client.query",
        "loop_client.mirror",
    },
    "pages/components": {
        "streamlit",
        "pandas",
        *files_of("pages.components"),
        "pages.server.downloads",  # menus leave their files there
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.mirror",
    },
    "pages/components/overview/vega_specs.py": {"altair", "pandas", "loop_client.query", "loop_client.report"},
    "pages/components/overview": {
        "streamlit",
        "numpy",
        "pandas",
        "pyarrow",
        "pages.components",
        *files_of("pages.components.overview"),
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.mirror",
        *SNAPSHOT,
    },
    "pages/components/inbox": {
        "streamlit",
        "numpy",
        "pandas",
        "pages.components",
        *files_of("pages.components.inbox"),
        "pages.server.downloads",  # the export menu leaves its files there
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.mirror",
        *SNAPSHOT,
    },
    "pages/components/changes": {
        "streamlit",
        "pandas",
        "pages.components",
        *files_of("pages.components.changes"),
        "pages.server.downloads",  # the digest is left there
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.report.changes",
        "loop_client.report.digest",
        "loop_client.mirror",
        *SNAPSHOT,
    },
    "pages/components/imports": {
        "streamlit",
        "pandas",
        "pages.components",
        *files_of("pages.components.imports"),
        "pages.components.outbox",  # an import that is being sent looks the same on both pages
        "pages.server.downloads",  # the receipt is left there
        "pages.session",
        "loop_client.mirror",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
    },
    "pages/components/outbox": {
        "streamlit",
        "pages.components",
        *files_of("pages.components.outbox"),
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.mirror",
    },
    "pages/components/people": {
        "streamlit",
        "numpy",
        "pandas",
        "pyarrow",
        "pages.components",
        *files_of("pages.components.people"),
        "pages.components.inbox",  # what the menus of both say of an export
        "pages.components.overview",  # a person's timeline is the overview's, of their items
        "pages.server.downloads",
        "pages.session",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.mirror",
        *SNAPSHOT,
    },
    "pages/components/submit": {
        "streamlit",
        "pages.components",
        *files_of("pages.components.submit"),
        "pages.session",
        "loop_client",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.mirror",
        "loop_client.mirror.columns",
    },
    "pages/server/forwarding.py": {"anyio", "httpx", "starlette", "pages.server"},
    "pages/server": {"anyio", "starlette", "uvicorn", "loop_client.report", "loop_client.service", "pages.server"},
    "pages/session/runtime.py": {
        "loop_client",
        "loop_client.mirror",
        "loop_client.report.clusters",
        "loop_client.service",
        "pages.session.person",
        "pages.session.settings",
    },
    "pages/session/dry_runs.py": {"loop_client.service.importer"},
    "pages/session/person.py": {"streamlit", "loop_client.service", "pages.session.set_up"},
    "pages/session/set_up.py": {"streamlit", "loop_client", "loop_client.service"},
    "pages/session/settings.py": {"streamlit", "loop_client.service"},
    "pages/session/sign_in.py": {"itsdangerous", "streamlit", "loop_client", "loop_client.service", *SESSION},
    "pages/session": {
        "streamlit",
        "numpy",
        "pandas",
        *SESSION,
        "loop_client",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.report.duplicates",
        "loop_client.mirror",
        *SNAPSHOT,
    },
    "loop_client/client.py": {*CLIENT, "httpx"},
    "loop_client/transport.py": {"httpcore", "httpx"},
    "loop_client/__main__.py": {
        "loop_client",
        "loop_client.cli",
        "loop_client.mirror",
        "loop_client.query",
        "loop_client.report",
        "loop_client.service",
    },
    "loop_client/cli": {
        "loop_client",
        "loop_client.cli",
        "loop_client.mirror",
        "loop_client.mirror.postgres_purging",
        "loop_client.mirror.purging",
        "loop_client.query",
        "loop_client.query.folding",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.report.changes",
        "loop_client.report.digest",
        "loop_client.mirror.moments",
        "loop_client.service",
        "loop_client.service.importer",
        "loop_client.service.webhook",
    },
    "loop_client/report/export": {
        "loop_client.errors",
        *SNAPSHOT,
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.version",
        "msgspec",
        "numpy",
        "pandas",
        "pyarrow",
        "xlsxwriter",
    },
    "loop_client": {*CLIENT, "msgspec", "pandas"},
    "loop_client/mirror": {
        *CLIENT,
        *MIRROR,
        "loop_client.mirror.store",
        "numpy",
        "pandas",
        "pyarrow",
        "msgspec",
        "filelock",
    },
    "loop_client/mirror/store": {
        *CLIENT,
        *(f"loop_client.mirror.{name}" for name in ("checked", "errors", "moments", "rows")),
        *STORE,
        "pyarrow",
        "filelock",
        "adbc_driver_manager",
        "adbc_driver_postgresql",
        "adbc_driver_sqlite",
    },
    "loop_client/service": {
        "loop_client",
        "loop_client.mirror",
        "loop_client.mirror.store",
        "loop_client.sandbox.child",
        "loop_client.service.formats",
        *SERVICE,
        "pyarrow",
        "filelock",
        "adbc_driver_manager",
        "adbc_driver_sqlite",
    },
    "loop_client/service/sign_in.py": {"idna", "loop_client"},
    "loop_client/service/webhook.py": {"httpx", "loop_client", "loop_client.transport", "loop_client.version"},
    "loop_client/service/formats": {
        "loop_client",
        "loop_client.report.export",
        "loop_client.service.formats",
        "msgspec",
        "python_calamine",
    },
    "loop_client/query": {"numpy", "pandas", "pyarrow", *QUERY, *SNAPSHOT},
    "loop_client/report": {
        "numpy",
        "pandas",
        "pyarrow",
        "loop_client.query",
        "loop_client.query.folding",
        "loop_client.query.text",
        "loop_client.report",
        *SNAPSHOT,
    },
    "loop_client/report/headline": {
        "numpy",
        "pandas",
        "loop_client.query",
        "loop_client.report",
        "loop_client.report.clusters",
        *SNAPSHOT,
    },
    "loop_client/report/changes": {
        "numpy",
        "pandas",
        "pyarrow",
        "loop_client.query",
        "loop_client.query.folding",
        "loop_client.report",
        *files_of("loop_client.report.changes"),
        "loop_client.report.clusters",
        "loop_client.report.clusters.function_words",
        "loop_client.report.clusters.terms",
        *SNAPSHOT,
    },
    "loop_client/report/digest": {
        "numpy",
        "pyarrow",
        "loop_client.query",
        "loop_client.query.text",
        "loop_client.report",
        "loop_client.report.changes",
        *files_of("loop_client.report.digest"),
        *SNAPSHOT,
    },
    "loop_client/report/clusters": {
        "numpy",
        "pandas",
        "pyarrow",
        "snowballstemmer",
        "loop_client.query",
        "loop_client.query.folding",
        "loop_client.report.words",
        *files_of("loop_client.report.clusters"),
        *SNAPSHOT,
    },
    "loop_client/sandbox": {"starlette", "uvicorn", "loop_client.sandbox"},
    "loop_client/sandbox/texts": {"loop_client.sandbox"},
}
"""Folders, and files that have a row of their own → the packages, beyond the standard library, whose modules they may
import. No row speaks for a folder below it."""


def room_of(path: Path) -> set[str]:
    """The imports that a file is allowed."""
    name = path.relative_to(ROOT)
    for row in (name, name.parent):
        if str(row) in ROOMS:
            return ROOMS[str(row)]
    pytest.fail(f"{name} is in no room")


def imports(path: Path) -> set[str]:
    """The modules that a file imports anywhere; for what a package exports, the package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ROOT / (node.module or "").replace(".", "/")
            below = [package / alias.name for alias in node.names]
            submodules = {path.name for path in below if path.is_dir() or path.with_suffix(".py").exists()}
            if node.module in FACES and path.parent != package:
                submodules -= exports(package)
            found |= {f"{node.module}.{name}" for name in submodules}
            if len(submodules) < len(node.names):
                found.add(node.module or "")
    return found


def exports(package: Path) -> set[str]:
    """The names in a package's `__all__`."""
    nodes = ast.walk(ast.parse((package / "__init__.py").read_text()))
    assigned = (node for node in nodes if isinstance(node, ast.Assign))
    return next({*ast.literal_eval(node.value)} for node in assigned if ast.unparse(node.targets[0]) == "__all__")


def is_allowed(module: str, allowed: set[str]) -> bool:
    """Whether this import is allowed; one of the `FACES` means its exports, any other name everything below it."""
    if module.split(".", maxsplit=1)[0] in sys.stdlib_module_names:
        return True
    return module in allowed or any(module.startswith(f"{name}.") for name in allowed - FACES)


FILES = sorted(path for place in ("app.py", "pages/**/*.py", "loop_client/**/*.py") for path in ROOT.glob(place))


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    """Imports never point upwards, httpx is imported in one place, and the sandbox does not know the client."""
    allowed = room_of(path)

    assert {module for module in imports(path) if not is_allowed(module, allowed)} == set()


@pytest.mark.parametrize("face", sorted(face for face in FACES if face.startswith("pages")))
def test_a_face_of_the_pages_exports_only_what_others_use(face: str) -> None:
    """A package of the pages exports only names that other folders use."""
    package = ROOT / face.replace(".", "/")
    nodes = (node for path in FILES if path.parent != package for node in ast.walk(ast.parse(path.read_text())))
    used = {
        alias.name for node in nodes if isinstance(node, ast.ImportFrom) and node.module == face for alias in node.names
    }

    assert exports(package) <= used


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_file_is_not_too_long(path: Path) -> None:
    """A page has at most 120 lines, a module 300."""
    longest = 120 if path.parent == ROOT / "pages" else 300

    assert len(path.read_text().splitlines()) <= longest


def test_the_thin_client_stays_thin() -> None:
    """The client's total length never grows; the goal is 1,200 lines."""
    others = {"__init__", "__main__", "version"}
    files = [path for path in (ROOT / "loop_client").glob("*.py") if path.stem not in others]

    assert len(files) == 9
    assert sum(len(path.read_text().splitlines()) for path in files) <= 1_245


def test_pages_ask_one_place_what_time_it_is() -> None:
    """Pages get the time from one function, so that everything on a page is as of one clock."""
    clocks = re.compile(r"\b(?:datetime|date|Timestamp)\.(?:now|today|utcnow)\(|\btime\.time\(")
    of_pages = (path for path in FILES if path.is_relative_to(ROOT / "pages"))
    asking = [path.relative_to(ROOT) for path in of_pages if clocks.search(path.read_text())]

    assert asking == [Path("pages/session/runtime.py")]


READERS = re.compile(r"loop_client/(service/config|client)\.py|loop_client/sandbox/")
"""Files that read settings: the configuration; the client, which also works alone; the sandbox, which is a server."""


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_setting_is_named_where_settings_are_read_alone(path: Path) -> None:
    """Settings are named only where they are read, so that pages and shell use the same rules."""
    named = {text for text in texts(ast.parse(path.read_text()), set()) if re.fullmatch(r"LOOP(_[A-Z]+)+", text)}

    assert not named or READERS.match(str(path.relative_to(ROOT)))


OF_A_READER = {"session_state", "query_params", "user"}
"""Names of Streamlit's values of one reader."""


def of_a_reader(path: Path) -> set[str]:
    """What a file uses of a reader's session, under any name."""
    nodes = [*ast.walk(ast.parse(path.read_text()))]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    named = {node.attr for node in attributes} - {"user"}  # an item has a user, too
    return (named | imported | {"user" for node in attributes if ast.unparse(node) == "st.user"}) & OF_A_READER


MASKS = re.compile(r"pages\.session\.share_safe|loop_client\.report\.(masking|column_masks)")
"""Names of functions that mask."""

OF_PAGES = [path for path in FILES if "pages" in path.relative_to(ROOT).parts or path.parent == ROOT]


@pytest.mark.parametrize("path", OF_PAGES, ids=[str(path.relative_to(ROOT)) for path in OF_PAGES])
def test_only_the_session_touches_what_is_one_readers(path: Path) -> None:
    """Pages and components get a reader's values, typed, from the session, whose keys are in one file."""
    name = str(path.relative_to(ROOT))
    allowed = OF_A_READER - {"session_state"} if name.startswith("pages/session/") else set()

    assert of_a_reader(path) <= (OF_A_READER if name == "pages/session/state.py" else allowed)


@pytest.mark.parametrize("path", OF_PAGES, ids=[str(path.relative_to(ROOT)) for path in OF_PAGES])
def test_only_the_session_masks(path: Path) -> None:
    """Components draw only what `displayed` returns, so that none can forget to mask."""
    of_session = path.parent == ROOT / "pages" / "session"

    assert of_session or not {one for one in imports(path) if MASKS.match(one)}


def test_shell_and_service_need_no_streamlit() -> None:
    """Shell and service work where Streamlit is not installed."""
    imported = "loop_client.query, loop_client.service, loop_client.report, loop_client.__main__"
    code = f"import sys; sys.modules['streamlit'] = None; import {imported}"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize(
    "command",
    ["import loop_client.sandbox.__main__", "import runpy; runpy.run_path('loop_client/report/export/workbook.py')"],
)
def test_a_child_process_starts_without_pandas(command: str) -> None:
    """The sandbox and the writer of workbooks start without pandas, which would take most of their time to start."""
    code = f"import sys; {command}; raise SystemExit('pandas' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


NO_PARAMETERS: dict[str, set[str]] = {
    "loop_client/cli/export.py": {"person"},  # a word of a sentence
    "loop_client/cli/purge.py": {"person"},  # a column of a file
    "loop_client/query/views.py": {"person"},  # a column of a list, as in the next four
    "pages/components/imports/mapping.py": {"person"},
    "pages/components/item_table.py": {"person"},
    "pages/session/displayed.py": {"person"},
    "pages/components/people/__init__.py": {"person"},  # a module
    "pages/components/people/export.py": {"person"},  # a word of a sentence, as in the next one
    "pages/components/people/table.py": {"person"},
    "loop_client/query/link.py": {"since", "until", "user"},  # fields of filters
    "loop_client/query/drilldown.py": {"since", "until"},  # parts of one parameter, named like its fields
    "loop_client/query/offers.py": {"user"},  # a dimension, as in the next one
    "loop_client/query/vocabulary.py": {"user", "person"},
    "loop_client/query/search.py": {"user"},  # a word of the query language
    "pages/frame.py": {"hidden"},  # where Streamlit draws the navigation
    "pages/components/empty_state.py": {"view"},  # a cause that hides items
    "pages/components/overview/marker_layers.py": {"text"},  # a mark of Vega-Lite
    "pages/server/news.py": {"text"},  # a part of a message
    "pages/session/__init__.py": {"draft"},  # a module
    "pages/session/reader_question.py": {"view"},  # the same
    "pages/session/sign_in.py": {"person"},  # a function
    "pages/session/state.py": {"columns"},  # from Streamlit's answer to a click
}
"""Files → strings in them that look like a parameter of a link but are not."""


def named_parameters(path: Path) -> set[str]:
    """The names of parameters that are strings in a file, apart from keys of widgets.

    Statuses, sentiments, tags and sources are also columns: they count only where the link or the session is read.
    """
    tree = ast.parse(path.read_text())
    keys = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "key"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            keys |= {id(value) for key, value in pairs if isinstance(key, ast.Constant) and key.value == "key"}
    reads = [node for node in ast.walk(tree) if isinstance(node, ast.Subscript | ast.Call)]
    of_state = [node for node in reads if re.match(r"(st\.(query_params|session_state)|session)\b", ast.unparse(node))]
    names = {*map(str, Name)}
    found = texts(tree, keys) & (names - {*COUNTED})
    return found.union(*(texts(one, set()) & names for one in of_state))


def texts(tree: ast.AST, but: set[int]) -> set[str]:
    """The strings in a piece of code, without the nodes with the ids in `but`."""
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in but)
    return {node.value for node in constants if isinstance(node.value, str)}


LINK_PATHS = re.compile(r"pages/|loop_client/(query|cli)/|loop_client/__main__")
LINK_FILES = [path for path in FILES if LINK_PATHS.match(str(path.relative_to(ROOT)))]
"""Files that read or write links, saved views, or options of the shell."""


@pytest.mark.parametrize("path", LINK_FILES, ids=[str(path.relative_to(ROOT)) for path in LINK_FILES])
def test_a_parameter_is_named_in_the_table_and_at_its_widget_alone(path: Path) -> None:
    """A parameter is named only in the list of names and at its widget, so that a renamed one leaves no link behind."""
    name = str(path.relative_to(ROOT))
    allowed = {*Name} if name == "loop_client/query/parameter_names.py" else NO_PARAMETERS.get(name, set())

    assert named_parameters(path) <= allowed


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_a_cache_has_a_bound_that_fits_five_viewers(path: Path) -> None:
    """Results are in a `SnapshotCache` of at least its usual size; caches of `functools` have a fixed bound."""
    tree = ast.parse(path.read_text())
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    endless = [node for node in functions if "cache" in {ast.unparse(one) for one in node.decorator_list}]
    calls = [(ast.unparse(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call)]

    assert [node.name for node in endless if node.args.args or node.args.kwonlyargs] == []
    assert all(bound(node, "maxsize") for called, node in calls if called == "lru_cache")
    caches = [node for called, node in calls if re.match(r"SnapshotCache\b", called)]
    assert all(not node.args and (bound(node, "most") or RECENT) >= RECENT for node in caches)


def bound(call: ast.Call, name: str) -> int | None:
    """The number with this name."""
    return next((ast.literal_eval(one.value) for one in call.keywords if one.arg == name), None)
