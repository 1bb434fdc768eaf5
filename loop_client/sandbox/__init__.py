"""A local Loop: `python -m loop_client.sandbox`. It keeps the rules of the API and shares no code with the client."""
