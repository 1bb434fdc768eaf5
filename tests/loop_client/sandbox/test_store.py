"""The database: what is read for a page."""

from __future__ import annotations

from contextlib import closing
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from loop_client.sandbox.store import FILTERS, Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("names", [names for count in range(4) for names in combinations(FILTERS, count)])
def test_a_page_is_one_range_of_one_index(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Whatever the filters, however deep and however many items share a moment: nothing is skipped over or sorted."""
    with closing(Store(tmp_path / "sandbox.db")) as store:
        asked: list[str] = []
        reader = store._reader  # noqa: SLF001 - the plan has to be that of the very statement
        reader.set_trace_callback(asked.append)
        store.page(dict.fromkeys(names, "open"), 5, ("2026-06-19T00:00:12.000Z", 13))
        reader.set_trace_callback(None)
        plan = [step[3] for step in reader.execute(f"explain query plan {asked[0]}")]
    index = "by_all" if len(names) == 3 else "by_" + ("_and_".join(names) or "time")
    used = " AND ".join([*(f"{name}=?" for name in names), "(created_at,n)<(?,?)"])
    assert plan == [f"SEARCH items USING INDEX {index} ({used})"]
