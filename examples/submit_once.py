"""Submit one item, and say whether it is stored: exit code 0 stored, 1 not stored, 3 unknown.

LOOP_API_KEY=… python examples/submit_once.py u_8f2c "The CSV export timed out."
"""

import sys

from loop_client import CreateOutcomeUnknown, Loop, LoopError

user_id, message = sys.argv[1:]

with Loop() as loop:
    try:
        item = loop.feedback.create(user={"id": user_id}, message=message, sentiment="negative", tag="exports")
    except CreateOutcomeUnknown as error:
        # the client has looked for it already: sending it again could store it twice, so a person decides
        print(error, file=sys.stderr)
        sys.exit(3)
    except LoopError as error:  # nothing was stored, so it can be sent again later
        print(error, file=sys.stderr)
        sys.exit(1)

print(f"Stored as {item.id}, {item.created_at:%Y-%m-%d %H:%M} UTC.")
