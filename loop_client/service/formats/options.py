"""What somebody chooses about an import, in the shell or on the page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """The choices of an import; without any, the format's own rules hold.

    `format`: a name of `FORMATS`, instead of recognising it. `columns`: field → names of columns, which replace the
    format's rule for that field; names are compared with white space folded and case ignored, and the label of a
    repeated name, such as "Labels (2 of 3)", is that column alone; of JSON, a dotted path. `scale`: a name of
    `SCALES`. `ratings`: value → sentiment, "" for none. `user_id`: for rows that nothing else names. `source`:
    replaces the format's own, also before ids of responses; of our own exports, for rows without one. `encoding`: as
    Python names it.
    """

    format: str | None = None
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scale: str | None = None
    ratings: Mapping[str, str] = field(default_factory=dict)
    user_id: str | None = None
    source: str | None = None
    encoding: str | None = None
