"""The docs name exactly the settings, files, options and parameters that the code has."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pytest

from loop_client import __version__
from loop_client.query import (
    BUCKETS,
    COMPARISONS,
    LIST_COLUMNS,
    MEASURES,
    PARAMETERS,
    PEOPLE_ORDERS,
    PERIODS,
    SORTS,
    TAG_ORDERS,
    VIEWS,
    Name,
)
from loop_client.service import Choices, Config, Draft, Service, Session, SignOuts
from tests.waiting import until

ROOT: Final = Path(__file__).parents[1]
CONFIGURATION: Final = (ROOT / "docs" / "configuration.md").read_text("utf-8")
OPERATIONS: Final = (ROOT / "docs" / "operations.md").read_text("utf-8")
ARCHITECTURE: Final = (ROOT / "docs" / "architecture.md").read_text("utf-8")


def rows(heading: str, text: str = CONFIGURATION) -> list[str]:
    """The names in the first column of the table below this heading, in order."""
    section = re.split(r"^#+ ", text.partition(f"# {heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """The strings of the product's own modules, without docstrings."""

    texts: frozenset[str]

    @classmethod
    def read(cls) -> Source:
        """Read them by ast, which leaves out docstrings and comments."""
        files = [ROOT / "app.py", *(ROOT / "loop_client").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
        nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        constants = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in docstrings)
        return cls(frozenset(node.value for node in constants if isinstance(node.value, str)))


def options_of(*command: str) -> set[str]:
    """The long options in the help of a command, apart from --help."""
    environment = {**os.environ, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-m", *command, "--help"], check=True, capture_output=True, text=True, env=environment
    )
    return set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", run.stdout, re.MULTILINE)) - {"--help"}


def test_each_environment_variable_is_documented() -> None:
    """The docs list exactly the environment variables that the product reads."""
    read = {text for text in Source.read().texts if re.fullmatch(r"LOOP(_[A-Z]+)+", text)}

    assert read == set(rows("Environment variables"))


def test_each_secret_is_documented() -> None:
    """The docs list exactly the keys of secrets.toml that the configuration reads."""
    tree = ast.parse((ROOT / "loop_client" / "service" / "config.py").read_text("utf-8"))
    account = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "account")
    loops = [node.iter for node in ast.walk(account) if isinstance(node, ast.comprehension)]
    names = {one.value for loop in loops for one in ast.walk(loop) if isinstance(one, ast.Constant)}

    assert names == set(rows("Secrets"))


@pytest.mark.parametrize(
    "command",
    [
        ("loop_client", "export"),
        ("loop_client", "digest"),
        ("loop_client", "import", "FILE …"),
        ("loop_client", "outbox"),
        ("loop_client", "marker", "add", "DAY NAME"),
        ("loop_client", "marker", "list"),
        ("loop_client", "marker", "remove", "DAY NAME"),
        ("loop_client", "purge"),
        ("loop_client", "store", "move"),
        ("loop_client.sandbox",),
        ("loop_client.sandbox", "resolve", "ID …"),
    ],
    ids=" ".join,
)
def test_each_shell_option_is_documented(command: tuple[str, ...]) -> None:
    """The docs list exactly the options of each command."""
    called = tuple(part for part in command if part.islower())

    assert options_of(*called) == set(rows(f"`python -m {' '.join(command)}`"))


def test_no_command_is_left_out() -> None:
    """The docs list every command."""
    run = subprocess.run(
        [sys.executable, "-m", "loop_client", "--help"], check=True, capture_output=True, text=True, cwd=ROOT
    )
    commands = re.findall(r"^    ([a-z]+) ", run.stdout, re.MULTILINE)

    documented = re.findall(r"^### `python -m loop_client ([a-z]+)(?: [A-Za-z …]+)?`$", CONFIGURATION, re.MULTILINE)
    assert commands == [*dict.fromkeys(documented)]


def test_each_file_in_the_data_folder_is_documented(tmp_path: Path) -> None:
    """The docs list every file that a dashboard without a key has while it runs, with and without a sign-in."""
    service = Service(lambda: Config(folder=tmp_path))
    service.start()
    try:
        until(lambda: service.snapshot().coverage.complete)
        until((tmp_path / "mirror.db.arrow").exists)
        views = service.saved_views()
        assert views is not None
        views.save("Open", "/inbox?status=open", 1)
        markers = service.markers()
        assert markers is not None
        markers.add(date(2026, 6, 1), "v4.2")
        mappings = service.mappings()
        assert mappings is not None
        mappings.remember("header", Choices())
        service.submit("token", Draft("u_9", "Typed by hand"))
        SignOuts(tmp_path).add(Session("number", "lena@example.com", until=2_000), now=1_000)
        made = {file.name for file in tmp_path.iterdir()}
    finally:
        service.stop()

    assert made == set(rows("Files in the data folder", OPERATIONS))


def test_public_ci_runs_what_ci_runs() -> None:
    """The public workflow runs only `.ci/run`, on Python versions that the package supports."""
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    oldest = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text("utf-8"))
    versions = re.findall(r'"(3\.\d+)"', workflow)

    assert oldest is not None
    assert re.findall(r"- run: (.*)", workflow) == [".ci/run"]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert versions[0] == oldest[1]
    assert versions == [f"3.{minor}" for minor in range(11, 11 + len(versions))]


def test_each_url_parameter_is_documented() -> None:
    """The docs list exactly the parameters of the table of links."""
    assert {*PARAMETERS} == {*rows("Overview, Changes, Inbox and People"), *rows("Submit"), *rows("Import")}


CHOICES: Final = {
    Name.LAST: PERIODS,
    Name.BUCKET: BUCKETS,
    Name.MEASURE: MEASURES,
    Name.TAGS_BY: TAG_ORDERS,
    Name.PEOPLE_BY: PEOPLE_ORDERS,
    Name.COMPARE: COMPARISONS,
    Name.VIEW: VIEWS,
    Name.SORT: SORTS,
    Name.COLUMNS: LIST_COLUMNS,
}


@pytest.mark.parametrize("name", CHOICES)
def test_the_values_of_a_url_parameter_are_documented(name: Name) -> None:
    """The docs list exactly the fixed values of a parameter."""
    listed = set(re.findall("`([^`]+)`", documented(name))) - {Name.SINCE, Name.UNTIL}

    assert listed == set(CHOICES[name])


@pytest.mark.parametrize("name", [name for name in PARAMETERS if PARAMETERS[name].saved])
def test_repeatable_url_parameters_are_documented(name: str) -> None:
    """The docs call exactly those parameters repeatable that a link can repeat."""
    assert ("several times" in documented(name)) == PARAMETERS[name].several


def documented(name: str) -> str:
    """What the docs say about a URL parameter."""
    (found,) = re.findall(rf"^\| `{name}` \| (.*) \|$", CONFIGURATION, re.MULTILINE)
    return str(found)


def test_the_supported_version_is_this_one() -> None:
    """The docs name the current version as the supported one."""
    assert f"({__version__})" in (ROOT / "SECURITY.md").read_text("utf-8")


def part_of(*names: str) -> str:
    """The part of the diagram to which a module or a name in it belongs."""
    if len(names) > 1 and (ROOT / names[0] / names[1]).is_dir():
        return names[1]
    return "client" if names[0] == "loop_client" else names[0]


def imports_between_parts() -> set[tuple[str, str]]:
    """The imports between parts, read by ast, without the client's items and errors."""
    files = [ROOT / "app.py", *(ROOT / "loop_client").rglob("*.py"), *(ROOT / "pages").rglob("*.py")]
    found = set()
    for file in files:
        is_shell = file == ROOT / "loop_client" / "__main__.py"
        own = "cli" if is_shell else part_of(*file.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {"loop_client", "pages"}:
                found |= {(own, part_of(*(node.module or "").split("."), alias.name)) for alias in node.names}
    return {
        (own, other) for own, other in found if own != other and (other != "client" or own in {"mirror", "service"})
    }


def test_the_picture_of_the_architecture_is_that_of_the_code() -> None:
    """The arrows of the diagram are exactly the imports between its parts."""
    picture = ARCHITECTURE.partition("```mermaid")[2].partition("```")[0]
    drawn = re.findall(r"^ +(\w+) --> (.+)$", picture, re.MULTILINE)

    assert {(own, other) for own, others in drawn for other in others.split(" & ")} == imports_between_parts()


def test_the_architecture_names_existing_files() -> None:
    """The files named in the architecture exist."""
    named = re.findall(r"`([\w./]+\.py)`", ARCHITECTURE)

    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []
