"""How the benchmarks print: Markdown tables, which read well in a terminal and in docs/performance.md alike."""

# ruff: noqa: T201 - a command prints
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MISSED = "**missed**"


@dataclass(frozen=True, slots=True)
class Bound:
    """A limit of a ratio: at most `most`, or at least `least`; without both it is only reported."""

    most: float | None = None
    least: float | None = None

    def judged(self, value: float) -> str:
        """The bound as a cell of a table, and whether the ratio misses it."""
        if self.most is not None:
            return f"at most {self.most:g}" + ("" if value <= self.most else f" {MISSED}")
        if self.least is not None:
            return f"at least {self.least:g}" + ("" if value >= self.least else f" {MISSED}")
        return ""


def ratio(value: float) -> str:
    """A ratio with two or three significant digits."""
    digits = 0 if value >= 20 else 1 if value >= 3 else 2 if value >= 0.1 else 3
    return f"{value:.{digits}f}"


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table below a line, with numbers aligned to the right."""
    lines = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    print(f"\n{title}\n")
    for number, line in enumerate(lines):
        rest = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print(f"| {' | '.join([line[0].ljust(widths[0]), *rest])} |")
        if number == 0:
            print(f"|-{'-' * widths[0]}-|" + "".join(f"-{'-' * (width - 1)}-:|" for width in widths[1:]))
    print(flush=True)


def least_in_turns(works: dict[str, Callable[[], float]], turns: int) -> dict[str, float]:
    """The least figure of each function, measured in turns, so that other load affects all."""
    figures: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            figures[name].append(work())
    return {name: min(figure) for name, figure in figures.items()}
