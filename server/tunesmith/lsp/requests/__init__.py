"""What the server answers and listens to: one file per message, found by its name."""
