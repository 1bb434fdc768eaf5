"""A typed client for the Loop Feedback API: `Loop().feedback.to_frame(status="open", sentiment="negative")`."""

from loop_client import version
from loop_client.client import Loop
from loop_client.errors import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    ConfigurationError,
    CreateOutcomeUnknown,
    InvalidRequestError,
    LoopError,
    PaginationError,
    QuotaExceededError,
    RateLimitError,
    ResponseError,
    ServerError,
    TooLargeError,
)
from loop_client.models import Feedback, FeedbackPage, Progress, User
from loop_client.walk import Walk, WalkStats

__version__ = version.VERSION

__all__ = [
    "APIConnectionError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "ConfigurationError",
    "CreateOutcomeUnknown",
    "Feedback",
    "FeedbackPage",
    "InvalidRequestError",
    "Loop",
    "LoopError",
    "PaginationError",
    "Progress",
    "QuotaExceededError",
    "RateLimitError",
    "ResponseError",
    "ServerError",
    "TooLargeError",
    "User",
    "Walk",
    "WalkStats",
]
