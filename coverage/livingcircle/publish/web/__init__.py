"""Pages: map, report, site."""
