"""What the data do not know: random draws of it, and the field checks that would settle most."""
