"""What other tools write, one module per family: recognised by its header, read into items. Sends nothing."""
