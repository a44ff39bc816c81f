"""Results for people: GeoPackage with QGIS styles, tables, one-file map, report, provenance."""
