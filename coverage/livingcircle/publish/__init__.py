"""Results as files: GeoPackage, maps, tables, reports."""
