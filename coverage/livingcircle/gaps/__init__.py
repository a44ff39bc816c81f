"""Why there is a gap, and the one link that would close most of it."""
