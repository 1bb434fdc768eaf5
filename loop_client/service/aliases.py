"""The rules of `aliases.toml`: which tags are shown as others.

The file is TOML, with one rule a line, so that each rule can be named by its line and others can be added at the end:

    [tags]
    "Log-in" = "login"
    "log in" = "login"
"""

from __future__ import annotations

import logging
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from loop_client import ConfigurationError
from loop_client.mirror import shown_tag

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from loop_client.mirror import Aliases

logger = logging.getLogger(__name__)

DEFAULT: Final = Path(".streamlit", "aliases.toml")
"""In the working directory, beside config.toml and secrets.toml."""

TABLE: Final = "tags"

LARGEST: Final = 1_000_000
"""Bytes of the largest file that is read."""

QUOTED: Final = 60
"""Most characters of a name in a sentence."""


class AliasesError(ConfigurationError):
    """The rules cannot be used; the text has the file, and the line of the first one that is wrong."""


class Rule(NamedTuple):
    """A rule: the tag `alias` is shown as the tag `target`."""

    line: int
    alias: str
    target: str


class _WrongLineError(Exception):
    """A line is wrong: its number, and a sentence."""


class AliasFile:
    """The file with the rules, read again when it has changed; a wrong file counts as one without rules.

    `problem`: a sentence why the rules are not used; "" if they are.
    """

    def __init__(self, path: Path | None) -> None:
        """Read nothing yet. `path`: None for `DEFAULT`."""
        self.problem = ""
        self._path, self._seen = path, object()

    def changed(self) -> Aliases | None:
        """The rules, if the file has changed since the last call; otherwise None."""
        seen = self._state()
        if seen == self._seen:
            return None
        self._seen = seen
        try:
            rules, self.problem = read(self._path), ""
        except AliasesError as error:
            if isinstance(error.__context__, OSError):
                self._seen = object()  # the file may become readable without a change
            if str(error) == self.problem:
                return None
            logger.warning("No alias is applied: %s", error)
            rules, self.problem = {}, str(error)
        return rules

    def _state(self) -> object:
        """What is another after a change of the file."""
        try:
            found = (self._path or DEFAULT).stat()
        except OSError as error:
            return error.errno
        return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def read(path: Path | None) -> Aliases:
    """The rules of a file, which must be there; of `DEFAULT`, if it is there, for None.

    Raises:
        AliasesError: The file cannot be read, or a rule is wrong or contradicts another one.
    """
    is_named, path = path is not None, path or DEFAULT
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise AliasesError(f"{path} is larger than {LARGEST:,} bytes.")
        return rules_of(content.decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if is_named:
            raise AliasesError(f"{path} does not exist.") from None
        return {}
    except OSError as error:
        raise AliasesError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise AliasesError(f"{path}, line {line}: this is not UTF-8.") from None
    except _WrongLineError as error:
        line, sentence = error.args
        raise AliasesError(f"{path}, line {line}: {sentence}") from None


def rules_of(text: str) -> Aliases:
    """The rules in the text of a file: tag → the tag that it is shown as.

    Raises:
        _WrongLineError: For the first line that is wrong.
    """
    rules: dict[str, Rule] = {}
    for rule in _rules(text):
        if (earlier := rules.get(rule.alias)) is not None:
            what = "the same rule" if earlier.target == rule.target else "another rule"
            raise _WrongLineError(rule.line, f"line {earlier.line} has {what} for {_quoted(rule.alias)} already.")
        rules[rule.alias] = rule
    for rule in rules.values():
        if rule.target in rules:
            raise _WrongLineError(rule.line, _not_a_target(rule, rules))
    return {rule.alias: rule.target for rule in rules.values()}


def _not_a_target(rule: Rule, rules: Mapping[str, Rule]) -> str:
    """Why a tag that is itself an alias cannot be the target of a rule."""
    chain = [rule.alias]
    while chain[-1] in rules and chain.count(chain[-1]) == 1:
        chain.append(rules[chain[-1]].target)
    if chain[-1] in rules:
        return f"the rules go round in a circle: {' → '.join(map(_quoted, chain[chain.index(chain[-1]) :]))}."
    other = rules[rule.target]
    return (
        f"{_quoted(rule.target)} is itself shown as {_quoted(other.target)} by line {other.line}. "
        f"Name {_quoted(chain[-1])} here."
    )


def _rules(text: str) -> Iterator[Rule]:
    """Yield the rule of each line that has one, in order."""
    table = 0  # the line with its header
    for number, line in enumerate(text.split("\n"), 1):
        try:
            content: dict[str, Any] = tomllib.loads(line.removesuffix("\r"))
        except (ValueError, RecursionError):
            raise _WrongLineError(number, 'this is no rule such as "Log-in" = "login".') from None
        for name, value in content.items():
            is_header = name == TABLE and value == {} and line.lstrip().startswith("[")
            if is_header and table:
                raise _WrongLineError(number, f"[{TABLE}] again, after line {table}.")
            if is_header:
                table = number
            elif not table or isinstance(value, dict):
                raise _WrongLineError(number, _not_known(name, value))
            else:
                yield _rule(number, name, value)


def _not_known(name: str, value: object) -> str:
    if isinstance(value, dict) and value:
        return f'a name with a dot needs quotes, as in "Log.in" = "login"; {_quoted(name)} is no table of this file.'
    return f"{_quoted(name)} is not known. Rules stand below a line [{TABLE}]."


def _rule(number: int, name: str, value: object) -> Rule:
    if not isinstance(value, str):
        raise _WrongLineError(number, f"the tag that {_quoted(name)} is shown as must be one text in quotes.")
    alias, target = shown_tag(name), shown_tag(value)
    if not alias or not target:
        raise _WrongLineError(number, "a tag cannot be empty.")
    if alias == target:
        raise _WrongLineError(number, f"{_quoted(alias)} is shown as itself anyway.")
    return Rule(number, alias, target)


def _quoted(name: str) -> str:
    """A name for a sentence."""
    return f"“{name if len(name) <= QUOTED else name[: QUOTED - 1] + '…'}”"
