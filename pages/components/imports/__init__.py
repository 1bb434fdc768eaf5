"""The components of the page for imports."""

from pages.components.imports import mapping, progress, source, summary, verdicts

__all__ = ["mapping", "progress", "source", "summary", "verdicts"]
