"""The floor of a page: Streamlit's calls alone, recorded once from our page and repeated with the same arguments.

The script of the floor has no code of our page: it makes the same elements from constants, with one list of calls
for each recorded choice of sentiments. So it has exactly the elements of the page.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MethodType
from typing import TYPE_CHECKING, Any
from unittest import mock

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from streamlit.testing.v1 import AppTest

Choice = tuple[str, ...]
"""The chosen sentiments."""

SCRIPT = Path(__file__).with_name("floor_page.py")

RECORDED: dict[Choice, list[Call]] = {}
"""The calls of the floor, by choice; read by its script."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a Streamlit element; `on` is the number of its container, or None for the page."""

    on: int | str | None
    name: str
    given: tuple[Any, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    made: tuple[int, ...] = ()


class Recorder:
    """Records the outermost calls of elements, and passes them on."""

    def __init__(self) -> None:
        """Start without calls."""
        self.calls: list[Call] = []
        self._numbers: dict[int, int] = {}
        self._made: list[Any] = []  # referenced, so that ids are unique
        self._inside = threading.local()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the calls of scripts in this block."""
        methods = {name: one for name, one in vars(st).items() if type(one) is MethodType}
        own = {name: one for name, one in methods.items() if one.__self__ is methods["empty"].__self__}
        with ExitStack() as stack:
            for name, bound in own.items():
                stack.enter_context(mock.patch.object(st, name, self._noting(name, bound, is_bound=True)))
                method = getattr(DeltaGenerator, name)
                stack.enter_context(mock.patch.object(DeltaGenerator, name, self._noting(name, method)))
            for name in ("__enter__", "__exit__"):
                method = getattr(DeltaGenerator, name)
                stack.enter_context(mock.patch.object(DeltaGenerator, name, self._noting(name, method)))
            stack.enter_context(mock.patch.object(st, "fragment", self._fragment(st.fragment)))
            yield

    def _noting(self, name: str, function: Callable[..., Any], *, is_bound: bool = False) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
            if getattr(self._inside, "call", False):
                return function(*given, **named)
            self._inside.call = True
            try:
                result = function(*given, **named)
            finally:
                self._inside.call = False
            on = None if is_bound else self._number_of(given[0])
            rest = () if name == "__exit__" else given if is_bound else given[1:]
            constants = {key: _constant(key, value) for key, value in named.items()}
            self.calls.append(Call(on, name, rest, constants, self._numbered(result)))
            return result

        return noted

    def _fragment(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
            self.calls.append(Call(None, "fragment", (_nothing,), named))
            return function(*given, **named)

        return noted

    def _number_of(self, container: Any) -> int | str | None:  # noqa: ANN401 - of any kind
        return "sidebar" if container is st.sidebar else self._numbers.get(id(container))

    def _numbered(self, result: Any) -> tuple[int, ...]:  # noqa: ANN401 - of any kind
        numbers = []
        for one in result if isinstance(result, list) else [result]:
            if isinstance(one, DeltaGenerator):
                self._made.append(one)
                self._numbers[id(one)] = len(self._made)
                numbers.append(len(self._made))
        return tuple(numbers)


def _constant(key: str, value: Any) -> Any:  # noqa: ANN401 - an argument of any kind
    """An argument without code of our page: its labels are remembered, its callbacks do nothing."""
    if key == "format_func":
        return lru_cache(value)
    return _nothing if callable(value) else value


def _nothing(*_: object, **__: object) -> None:
    """Replaces a callback."""


def record(app: AppTest, choices: list[Choice]) -> None:
    """Record the calls of an app's page for each choice."""
    RECORDED.clear()
    for choice in choices:
        app.multiselect(key="sentiment").set_value(list(choice)).run()  # fills the caches
        recorder = Recorder()
        with recorder.recording():
            app.run()
        assert not app.exception, app.exception
        RECORDED[choice] = recorder.calls


def draw(choice: Choice, pages: dict[str, Any]) -> None:
    """Draw the elements recorded for a choice, or for none; `pages` are named by their files."""
    made: dict[int | str | None, Any] = {None: st, "sidebar": st.sidebar}
    for call in RECORDED[choice if choice in RECORDED else ()]:
        given: Any = call.given
        if call.name == "page_link":
            given = (pages[given[0] if isinstance(given[0], str) else given[0].url_path or "overview.py"], *given[1:])
        elif call.name == "__exit__":
            given = (None, None, None)
        result = getattr(made[call.on], call.name)(*given, **call.named)
        if call.name == "fragment":
            result()
        if call.made:
            made |= zip(call.made, result if isinstance(result, list) else [result], strict=True)
