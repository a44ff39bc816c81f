"""sites.gpkg: a plan as layers that QGIS opens in their style."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.gis.difference_layers import units_layer
from livingcircle.publish.gis.gpkg import OutputLayer, write_geopackage
from livingcircle.publish.gis.qml import Style, Symbol
from livingcircle.publish.gis.styles import field_aliases, layer_title, style_of
from livingcircle.publish.palette import POINT_STATUS
from livingcircle.sites.plan import SitePlan

__all__ = ["write_plan_layers"]


def write_plan_layers(plan: SitePlan, path: Path, credit: LocalizedText = EMPTY) -> dict[str, int]:
    """Write units before and after, links, who is still left, and the sites on top."""
    return write_geopackage(path, _layers(plan), credit)


def _layers(plan: SitePlan) -> Iterator[OutputLayer]:
    yield units_layer(plan.units, ("单元：方案前后", "units before and after"))
    links = plan.links.drop(columns="regains", errors="ignore").assign(standard=plan.standard)
    if len(links):
        yield OutputLayer(
            "links", links, style_of("links", links, [plan.standard]), layer_title("links")
        )
    if len(plan.left):
        dot = Symbol("marker", POINT_STATUS["gap"], width=0, size=1.6)
        style = Style(dot, aliases=field_aliases(plan.left))
        yield OutputLayer("left", plan.left, style, ("仍未覆盖", "still left out"))
    if len(plan.sites):
        style = style_of("sites", plan.sites, [plan.standard])
        yield OutputLayer("sites", plan.sites, style, layer_title("sites"))
