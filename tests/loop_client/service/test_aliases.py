"""`aliases.toml` is used as a whole or not at all, and what is wrong in it is named by its line."""

from __future__ import annotations

import errno
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loop_client.mirror import shown_tag
from loop_client.service import AliasesError, Service, alias_rules
from loop_client.service.aliases import DEFAULT, LARGEST, AliasFile, rules_of
from tests.loop_client.service.conftest import config_of
from tests.sandboxes import row, running_sandbox
from tests.waiting import until

RULES = '# Ours\n\n[tags]  # as shown\n"Log-in" = "login"\nlog_in = "login"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a file with rules, which a test may write."""
    return tmp_path / "aliases.toml"


def refused(file: Path, text: str) -> str:
    """The sentence with which a file of this content is refused, from the line on."""
    file.write_text(text, "utf-8", newline="")
    with pytest.raises(AliasesError) as caught:
        alias_rules(file)
    return str(caught.value).removeprefix(f"{file}, ")


@pytest.mark.parametrize("text", [RULES, RULES.replace("\n", "\r\n"), f"\ufeff{RULES}"], ids=["LF", "CRLF", "BOM"])
def test_each_line_is_a_rule(file: Path, text: str) -> None:
    """Rules stand below [tags], with comments and blank lines, whatever ends the lines."""
    file.write_text(text, "utf-8", newline="")

    assert alias_rules(file) == {"Log-in": "login", "log_in": "login"}


@given(
    names=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).filter(shown_tag),
        min_size=2,
        unique_by=shown_tag,
    )
)
def test_rules_are_what_toml_says(names: list[str]) -> None:
    """Any names are read as TOML has them, in the spelling in which tags are shown."""
    target, *others = names
    quoted = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    text = "[tags]\n" + "".join(f'"{name}" = "{quoted[0]}"\n' for name in quoted[1:])

    assert tomllib.loads(text)["tags"] == dict.fromkeys(others, target)
    assert rules_of(text) == dict.fromkeys(map(shown_tag, others), shown_tag(target))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ('a = "b"\n"a" = "c"', "line 3: line 2 has another rule for “a” already."),
        ('a = "b"\n" a " = "b"', "line 3: line 2 has the same rule for “a” already."),
        ('a = "b"\nb = "a"', "line 2: the rules go round in a circle: “a” → “b” → “a”."),
        ('x = "a"\na = "b"\nb = "a"', "line 2: the rules go round in a circle: “a” → “b” → “a”."),
        ('a = "b"\nb = "c"', "line 2: “b” is itself shown as “c” by line 3. Name “c” here."),
        ('a = "b"\nb = "c"\nc = "d"', "line 2: “b” is itself shown as “c” by line 3. Name “d” here."),
        ('a = " a"', "line 2: “a” is shown as itself anyway."),
        ('a = ""', "line 2: a tag cannot be empty."),
        ('" " = "a"', "line 2: a tag cannot be empty."),
        ("a = 1", "line 2: the tag that “a” is shown as must be one text in quotes."),
        ('a = ["b"]', "line 2: the tag that “a” is shown as must be one text in quotes."),
        ('a = """\nb"""', 'line 2: this is no rule such as "Log-in" = "login".'),
        ("a", 'line 2: this is no rule such as "Log-in" = "login".'),
        ('log in = "login"', 'line 2: this is no rule such as "Log-in" = "login".'),
        ('Log.in = "login"', 'line 2: a name with a dot needs quotes, as in "Log.in" = "login"; “Log” is no table'),
        ('[sources]\na = "b"', "line 2: “sources” is not known. Rules stand below a line [tags]."),
        ('a = "b"\n[tags]', "line 3: [tags] again, after line 1."),
        (f'{"a" * 99} = ""\n', "line 2: a tag cannot be empty."),
    ],
)
def test_a_wrong_rule_is_named_by_its_line(file: Path, rules: str, sentence: str) -> None:
    """The first line that is wrong, or contradicts another one, is named with the reason."""
    assert refused(file, f"[tags]\n{rules}\n").startswith(sentence)


@pytest.mark.parametrize("text", ['a = "b"', 'tags = {}\na = "b"', '[[tags]]\na = "b"'])
def test_rules_stand_below_their_header(file: Path, text: str) -> None:
    """What stands before [tags] is refused, so that other tables can be added later."""
    assert refused(file, text).endswith("is not known. Rules stand below a line [tags].")


def test_a_long_name_is_cut_in_a_sentence(file: Path) -> None:
    """A sentence quotes 60 characters of a name at most."""
    long = "a" * 100

    assert f"“{'a' * 59}…”" in refused(file, f'[tags]\n{long} = "{long}"')


def test_what_cannot_be_read_is_refused(file: Path) -> None:
    """A file that is not UTF-8, too large, a folder, or named and missing is refused with the reason."""
    with pytest.raises(AliasesError, match="does not exist"):
        alias_rules(file)
    file.write_bytes(b'[tags]\n"a" = "\xff"\n')
    with pytest.raises(AliasesError, match="line 2: this is not UTF-8"):
        alias_rules(file)
    file.write_bytes(b"#" * (LARGEST + 1))
    with pytest.raises(AliasesError, match="larger than 1,000,000 bytes"):
        alias_rules(file)
    with pytest.raises(AliasesError, match="cannot be read: Is a directory"):
        alias_rules(file.parent)


def test_without_a_file_there_are_no_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default file is beside the configuration in the working directory, and may be missing."""
    monkeypatch.chdir(tmp_path)
    assert alias_rules(None) == {}
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "aliases.toml").write_text(RULES)

    assert alias_rules(None) == {"Log-in": "login", "log_in": "login"}
    assert Path(".streamlit/aliases.toml") == DEFAULT


def test_a_file_is_read_again_once_it_changes(file: Path) -> None:
    """A change, a fault and a deletion are noticed; of a wrong file no rule is used, and the problem says why."""
    rules = AliasFile(file)
    assert (rules.changed(), "does not exist" in rules.problem) == ({}, True)
    file.write_text(RULES)
    assert (rules.changed(), rules.problem) == ({"Log-in": "login", "log_in": "login"}, "")
    assert rules.changed() is None
    file.write_text("[tags]\na")
    assert (rules.changed(), rules.problem.partition("aliases.toml")[2]) == (
        {},
        ', line 2: this is no rule such as "Log-in" = "login".',
    )


def test_changed_permissions_are_noticed(file: Path) -> None:
    """A file whose permissions alone changed is read again."""
    file.write_text(RULES)
    rules, changed = AliasFile(file), file.stat().st_ctime_ns
    rules.changed()

    while file.stat().st_ctime_ns == changed:
        file.chmod(0o600)

    assert rules.changed() == {"Log-in": "login", "log_in": "login"}


def test_a_failed_reading_is_repeated(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that could not be read is read again, also when nothing about it changed, and reported once."""
    file.write_text(RULES)
    rules = AliasFile(file)
    with monkeypatch.context() as broken:
        broken.setattr(Path, "open", _unreadable)
        assert (rules.changed(), rules.changed()) == ({}, None)

    assert (rules.changed(), rules.problem) == ({"Log-in": "login", "log_in": "login"}, "")


def _unreadable(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_the_dashboard_runs_without_wrong_rules_and_uses_corrected_ones(tmp_path: Path, file: Path) -> None:
    """A wrong file does not keep the dashboard from starting; a later sync uses the corrected one."""
    file.write_text('[tags]\n"exports" = ""\n')
    with running_sandbox(tmp_path / "loop", items=[row(1), row(2, tag="Export")]) as sandbox:
        service = Service(lambda: config_of(sandbox, tmp_path / "data", aliases=file))
        service.start()
        try:
            until(lambda: service.snapshot().coverage.complete)
            assert "line 2: a tag cannot be empty" in service.aliases_problem()
            assert list(service.snapshot().frame["tag"]) == ["exports", "Export"]
            file.write_text('[tags]\n"exports" = "Export"\n')
            os.utime(file, (1, 1))
            service.check_now()
            until(lambda: not service.aliases_problem())
            until(lambda: list(service.snapshot().frame["tag"]) == ["Export", "Export"])
            assert list(service.snapshot().frame["tag_raw"]) == ["exports", "Export"]
        finally:
            service.stop()
