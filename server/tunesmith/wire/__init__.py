"""What processes say to each other: plain dataclasses, one JSON object a line."""
