"""Run by QGIS' own Python: open every layer of a GeoPackage, say how it looks, draw some of them.

Arguments: the GeoPackage, the PNG to write, then the layers to draw, topmost first.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

path, picture, *shown = sys.argv[1:]
application = QgsApplication([], False)
application.initQgis()
with closing(sqlite3.connect(path)) as base:
    names = [n for (n,) in base.execute("SELECT table_name FROM gpkg_contents")]
found, drawn = {}, {}
for name in names:
    if name == "layer_styles":
        continue
    layer = QgsVectorLayer(f"{path}|layername={name}", name, "ogr")
    renderer = layer.renderer()
    kind = renderer.type() if renderer else None
    classes = 0
    if kind == "categorizedSymbol":
        classes = len(renderer.categories())
    elif kind == "graduatedSymbol":
        classes = len(renderer.ranges())
    elif kind == "RuleRenderer":
        classes = len(renderer.rootRule().descendants())
    found[name] = {
        "valid": layer.isValid(),
        "rows": layer.featureCount(),
        "renderer": kind,
        "classes": classes,
        "labels": layer.labelsEnabled(),
        # Scales as 1:N between which labels are drawn, the larger view first.
        "label_scales": [
            layer.labeling().settings().maximumScale,
            layer.labeling().settings().minimumScale,
        ]
        if layer.labeling()
        else None,
        "obstacle": layer.labeling().settings().obstacleSettings().isObstacle()
        if layer.labeling()
        else None,
        "legend": [item.label() for item in renderer.legendSymbolItems()] if renderer else [],
        "nameless": [f.name() for f in layer.fields() if not f.alias()],
        "aliases": {f.name(): f.alias() for f in layer.fields() if f.alias()},
        "styles": layer.listStylesInDatabase()[0],
    }
    if name in shown:
        drawn[name] = layer
settings = QgsMapSettings()
settings.setLayers([drawn[name] for name in shown])
settings.setOutputSize(QSize(1200, 900))
settings.setBackgroundColor(QColor("white"))
settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857"))
extent = settings.fullExtent()
extent.scale(1.05)
settings.setExtent(extent)
job = QgsMapRendererSequentialJob(settings)
job.start()
job.waitForFinished()
image = job.renderedImage()
image.save(picture)
colours: dict[str, int] = {}
for x in range(0, image.width(), 2):
    for y in range(0, image.height(), 2):
        colour = image.pixelColor(x, y).name()
        colours[colour] = colours.get(colour, 0) + 1
print(json.dumps({"layers": found, "colours": colours}))
sys.stdout.flush()
# QGIS 3.22 may crash in its own tidying up at the end of a script.
os._exit(0)
