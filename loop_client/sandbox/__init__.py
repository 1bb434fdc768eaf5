"""A local Loop: `python -m loop_client.sandbox`. It follows the API's rules and shares no code with the client."""
