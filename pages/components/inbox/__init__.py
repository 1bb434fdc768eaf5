"""The components of the inbox: views, order and tools above the list, and one item beside it."""

from pages.components.inbox import (
    drill_down_note,
    export_menu,
    item_detail,
    saved_views,
    saved_views_menu,
    sort_order,
    view_tabs,
)

__all__ = [
    "drill_down_note",
    "export_menu",
    "item_detail",
    "saved_views",
    "saved_views_menu",
    "sort_order",
    "view_tabs",
]
