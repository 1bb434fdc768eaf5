"""What the page for submitting feedback draws."""

from pages.components.submit import form

__all__ = ["form"]
