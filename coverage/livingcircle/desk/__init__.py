"""The desk: one local page for people who have never opened a terminal."""
