"""What several pages draw. Each page's own components are in a folder below."""

from pages.components import empty_state, item_table, room

__all__ = ["empty_state", "item_table", "room"]
