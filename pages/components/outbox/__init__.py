"""The components of the page for the outbox."""

from pages.components.outbox import decisions, draft_list, import_list, summary, updates

__all__ = ["decisions", "draft_list", "import_list", "summary", "updates"]
