"""JSON and JSON Lines → records: one column per dotted path, one row per object, decoded one at a time."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from loop_client.service.formats.errors import ImportRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SEPARATOR: Final = "\x1f"
"""Between the values of a list, which in JSON may hold any character that people write."""

SAMPLED: Final = 500
"""Objects whose keys become columns."""

MOST_VALUES: Final = 2_500_000
"""Commas in a file, which bound the values that it has; 50,000 objects of 30 fields have fewer."""

MOST_IN_ONE: Final = 100_000
"""Commas in one object of the list."""

MOST_PATHS: Final = 2_000
DEEPEST: Final = 8

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JsonList:
    """A list of objects in a JSON file.

    `inside`: its dotted path, "" for the file itself. `others`: what is beside it,
    by key, undecoded.
    """

    inside: str
    objects: Sequence[msgspec.Raw]
    others: Mapping[str, msgspec.Raw]

    def other(self, *path: str) -> Any:  # noqa: ANN401 - any value of JSON
        """What is beside the list at this path; None where there is nothing."""
        if path[0] not in self.others:
            return None
        found = decoded_object(self.others[path[0]])
        for key in path[1:]:
            found = found.get(key) if isinstance(found, dict) else None
        return found

    def records(self, more: Iterable[str] = ()) -> Iterator[list[str]]:
        """Yield the paths as a header, and then the values of each object. `more`: paths that must be among them."""
        paths = _paths(self.objects[:SAMPLED])
        known = {".".join(path) for path in paths}
        paths += [tuple(path.split(".")) for path in dict.fromkeys(more) if path not in known]
        yield [".".join(path) for path in paths]
        for raw in self.objects:
            found = decoded_object(raw)
            yield [_text(_at(found, path)) for path in paths]


def json_list(data: bytes, places: Iterable[str]) -> JsonList:
    """The list of objects in a file. `places`: dotted paths at which formats have theirs.

    Raises:
        ImportRefusedError: The file is no JSON, or holds no list of objects.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if data.count(b",") > MOST_VALUES:
        raise ImportRefusedError(f"The file has more than {MOST_VALUES:,} values.")
    try:
        return _found(data, places)
    except (msgspec.MsgspecError, RecursionError, UnicodeError):
        pass
    try:
        return _found(with_whole_letters(data), places)
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise ImportRefusedError(f"The file begins like JSON and is not: {error}.") from None


def _found(data: bytes, places: Iterable[str]) -> JsonList:
    if data.lstrip()[:1] == b"[":
        return JsonList("", msgspec.json.decode(data, type=list[msgspec.Raw]), {})
    if lines := _lines(data):
        return JsonList("", lines, {})
    return _inside(msgspec.json.decode(data, type=dict[str, msgspec.Raw]), places)


_SURROGATES: Final = re.compile(
    rb"\\(?:\\|u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|([dD][89a-fA-F][0-9a-fA-F]{2})))"
)
"""In JSON: an escaped backslash, a letter as two escapes, or, in the group, an escape that is half a letter."""

MOST_HALVES: Final = 100_000


def with_whole_letters(data: bytes) -> bytes:
    """JSON in which U+FFFD stands for halves of letters, which JavaScript writes when it cuts a text.

    msgspec refuses a file for one of them. Both escapes are of one length, so nothing moves.
    """
    mended = bytearray(data)
    halves = (found for found in _SURROGATES.finditer(data) if found[1])
    for found in islice(halves, MOST_HALVES):
        mended[found.start() : found.end()] = rb"\ufffd"
    return bytes(mended)


def decoded_object(raw: msgspec.Raw) -> Any:  # noqa: ANN401 - any value of JSON
    """One value. Python's reader takes what msgspec does not: halves of letters, and numbers without bounds.

    Raises:
        ImportRefusedError: It is not JSON, or has too many values of its own.
    """
    if len(memoryview(raw)) > MOST_IN_ONE and bytes(raw).count(b",") > MOST_IN_ONE:
        raise ImportRefusedError(f"An object of the file has more than {MOST_IN_ONE:,} values.")
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, RecursionError):
        pass
    try:
        return json.loads(bytes(raw))
    except (ValueError, RecursionError) as error:
        raise ImportRefusedError(f"The file is not valid JSON: {error}.") from None


def _lines(data: bytes) -> list[msgspec.Raw]:
    """The objects of JSON Lines; empty where the file is one object."""
    first, _, rest = data.lstrip().partition(b"\n")
    if not rest.strip() or not _is_object(first):
        return []
    lines = [line for line in data.split(b"\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        if not _is_object(line):
            raise ImportRefusedError(f"Line {number:,} of the file is no JSON object.")
    return [msgspec.Raw(line) for line in lines]


def _is_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True


def _inside(whole: Mapping[str, msgspec.Raw], places: Iterable[str]) -> JsonList:
    """The first known place that holds a list, else the first key that does; one object is a list of one."""
    for place in [*places, *(key for key, raw in whole.items() if bytes(memoryview(raw)[:1]) == b"[")]:
        key, _, inner = place.partition(".")
        raw: msgspec.Raw | None = whole.get(key)
        if raw is not None and inner:
            raw = _member(raw, inner)
        if raw is not None and (objects := _objects(raw)) is not None:
            return JsonList(place, objects, {name: one for name, one in whole.items() if name != key})
    raise ImportRefusedError("The file holds no list of objects.")


def _member(raw: msgspec.Raw, key: str) -> msgspec.Raw | None:
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw]).get(key)
    except msgspec.MsgspecError:
        return None


def _objects(raw: msgspec.Raw) -> list[msgspec.Raw] | None:
    try:
        return msgspec.json.decode(raw, type=list[msgspec.Raw])
    except msgspec.MsgspecError:
        return [raw] if bytes(memoryview(raw)[:1]) == b"{" else None


def _paths(objects: Iterable[msgspec.Raw]) -> list[Path]:
    found: dict[Path, None] = {}
    for raw in objects:
        found.update(dict.fromkeys(_leaves(decoded_object(raw), ())))
        if len(found) > MOST_PATHS:
            raise ImportRefusedError(f"The objects of the file have more than {MOST_PATHS:,} different fields.")
    return list(found)


def _leaves(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict) and len(path) < DEEPEST:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif path:
        yield path


def _at(value: Any, path: Path) -> Any:  # noqa: ANN401 - any value of JSON
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _text(value: object) -> str:
    """A value as a cell: null and objects are empty, a list of plain values is joined with `SEPARATOR`."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return SEPARATOR.join(text for one in value if not isinstance(one, list) and (text := _text(one)))
    return str(value)
