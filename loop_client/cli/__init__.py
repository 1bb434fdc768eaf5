"""The commands, one module each; `loop_client.__main__` reads their options."""
