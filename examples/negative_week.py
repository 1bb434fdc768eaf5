"""Print the negative feedback of the last seven days, as a frame, and its most frequent tags.

LOOP_API_KEY=… python examples/negative_week.py
"""

from datetime import UTC, datetime, timedelta
from itertools import takewhile

from loop_client import Loop
from loop_client.frames import items_frame

since = datetime.now(UTC) - timedelta(days=7)

with Loop() as loop:
    newest_first = loop.feedback.iter(sentiment="negative")
    # stops at the first older item, instead of reading the whole account
    items = items_frame(takewhile(lambda item: item.created_at >= since, newest_first))

print(items[["created_at", "tag", "user_id", "message"]].to_string(index=False))
print(items["tag"].fillna("No tag").value_counts().to_string())
