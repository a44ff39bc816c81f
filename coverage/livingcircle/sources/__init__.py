"""Former home of the coordinate conversions, kept so that ``livingcircle.sources.datum`` works."""
