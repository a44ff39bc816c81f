"""Location models over arrays; nothing here knows a city."""
