"""The components of the page for submitting feedback."""

from pages.components.submit import form, outcome

__all__ = ["form", "outcome"]
