"""The synthetic sample city: a made-up place, drawn by rule from one seed."""
