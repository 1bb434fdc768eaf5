"""What the page for submitting feedback draws."""

from pages.components.submit import form, outcome

__all__ = ["form", "outcome"]
