"""One city as data: read, understood and checked."""
