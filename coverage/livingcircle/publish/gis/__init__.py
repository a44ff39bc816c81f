"""GeoPackage layers and their QGIS styles."""
