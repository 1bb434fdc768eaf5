"""Any other table: nothing is known of it, so everything is mapped by hand."""

from __future__ import annotations

from typing import Final

from loop_client.service.formats.description import Format

GENERIC: Final = Format(name="generic", source="import", matches=bool)
