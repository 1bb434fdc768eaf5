"""Components that several pages share. Each page's own components are in a subfolder."""

from pages.components import download_menu, empty_state, item_table, room, to_the_list

__all__ = ["download_menu", "empty_state", "item_table", "room", "to_the_list"]
