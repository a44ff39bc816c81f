"""The ground below the pictures of a report, pixel by pixel."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from matplotlib.colors import to_hex

from livingcircle.publish.web import pictures
from livingcircle.publish.web.picture_ground import _LOOKS, _simpler, draw_ground

BOX = (500_000.0, 2_500_000.0, 502_000.0, 2_502_000.0)
CRS = "EPSG:32649"


def ground(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    """What an extract knows, given in metres from the corner of the picture."""
    moved = [shapely.transform(s, lambda xy: xy + np.array(BOX[:2])) for s in shapes.values()]
    flat = gpd.GeoSeries(moved, crs=CRS).to_crs(4326)
    return gpd.GeoDataFrame({"kind": list(shapes), "name": None}, geometry=flat, crs=4326)


def colour(picture: np.ndarray, x: float, y: float) -> str | None:
    """The colour at some metres from the corner, None where the picture is clear."""
    rows, columns = picture.shape[:2]
    below = pictures.LEGEND_IN * pictures.DPI
    scale = min(columns, rows - below) / 2_000
    side = (columns - 2_000 * scale) / 2
    up = (rows - below - 2_000 * scale) / 2
    red, green, blue, alpha = picture[int(rows - below - up - y * scale), int(side + x * scale)]
    return to_hex(np.array([red, green, blue]) / 255) if alpha > 250 else None


def drawn(found: gpd.GeoDataFrame | None) -> np.ndarray:
    return pictures._drawn(BOX, lambda axes: draw_ground(axes, found, CRS, BOX))


def test_water_and_green_lie_where_they_are_with_their_holes() -> None:
    lake = shapely.box(200, 200, 1000, 1000) - shapely.box(500, 500, 700, 700)
    picture = drawn(ground(water=lake, green=shapely.box(900, 900, 1600, 1600)))
    assert colour(picture, 300, 300) == _LOOKS["water"].colour
    assert colour(picture, 600, 600) is None, "an island"
    assert colour(picture, 950, 950) == _LOOKS["water"].colour, "water lies above green"
    assert colour(picture, 1400, 1400) == _LOOKS["green"].colour
    assert colour(picture, 1800, 300) is None


def test_streets_and_railways_are_lines() -> None:
    street = shapely.LineString([(0, 1000), (2000, 1000)])
    rail = shapely.LineString([(1000, 0), (1000, 2000)])
    picture = drawn(ground(main=street, railway=rail))
    # Two metres are a pixel.
    across = [colour(picture, 300, y) for y in range(990, 1012, 2)]
    known = [one for one in across if one]
    assert max(known) > "#f0f0f0", "the street, all but white"
    assert _LOOKS["main"].casing in known
    assert across[0] is None
    assert across[-1] is None
    assert colour(picture, 300, 1100) is None
    column = [any(colour(picture, x, y) for x in (998, 1000, 1002)) for y in range(100, 900, 2)]
    assert 0.2 < np.mean(column) < 0.9, "dashes"


def test_nothing_is_drawn_without_an_extract_or_elsewhere() -> None:
    assert not drawn(None)[..., 3].any()
    away = ground(water=shapely.box(50_000, 50_000, 60_000, 60_000))
    assert not drawn(away)[..., 3].any()
    assert not drawn(ground(building=shapely.box(0, 0, 2000, 2000)))[..., 3].any()


def test_the_largest_shapes_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    from livingcircle.publish.web import picture_ground

    monkeypatch.setattr(picture_ground, "_VERTICES", 10)
    boxes = shapely.box([0, 100, 200], 0, [10, 150, 230], 10)
    kept = _simpler(boxes, 0.1)
    assert shapely.bounds(kept)[:, 0].tolist() == [100, 200]
