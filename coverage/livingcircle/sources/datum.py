"""Alias of ``livingcircle.io.datum``."""

from livingcircle.io.datum import from_wgs84, to_wgs84

__all__ = ["from_wgs84", "to_wgs84"]
