"""File formats: a table, a layer or a raster as it lies on disk."""
