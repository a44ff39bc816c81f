"""The outside world turned into tidy GeoDataFrames in WGS 84."""
