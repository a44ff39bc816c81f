"""Homes of an extract outside the units: left out around the city, told within it."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from builders.drawing import box
from builders.ugly_city import write_ugly_city
from livingcircle.city.model import read_city
from livingcircle.errors import ConfigError

SOURCE = 'source = "城区.osm.pbf"\n'
EVERYWHERE = box(-500, -500, 4000, 4000)
WEST, EAST, MIDDLE = box(0, 0, 800, 2000), box(1600, 0, 2400, 2000), box(800, 0, 1600, 2000)


def homes(folder, shapes, level="community", within=None):
    """The city, and where its 132 homes are."""
    if not folder.exists():
        write_ugly_city(folder)
    names = [f"单元{i}" for i in range(len(shapes))]
    gpd.GeoDataFrame({"name": names}, geometry=shapes, crs=4326).to_file(folder / "u.gpkg")
    stated = f'within = "{within}"\n' if within else ""
    units = f'[[units]]\nsource = "u.gpkg"\nlevel = "{level}"\n'
    text = f'[city]\nname = "x"\n[network]\n{SOURCE}[demand]\n{SOURCE}{stated}{units}'
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return read_city(folder / "city.toml")


def count(points, shape):
    return int(shapely.intersects(shape, points).sum())


def test_homes_in_a_gap_or_a_hole_between_communities_stay_and_are_told(tmp_path):
    folder = tmp_path / "u"
    points = homes(folder, [EVERYWHERE], within="all").demand.geometry.to_numpy()
    assert len(points) == 132
    gap = count(points, MIDDLE) - count(points, WEST & MIDDLE) - count(points, EAST & MIDDLE)
    hole = box(700, 500, 1500, 1100)
    both = count(points, WEST) + count(points, EAST)
    for shapes, missed in (
        ([WEST, EAST], gap),
        ([EVERYWHERE - hole], count(points, hole)),
    ):
        city = homes(folder, shapes)
        inside = count(points, shapely.union_all(shapes).convex_hull)
        assert 0 < missed < len(city.demand) == inside
        [row] = city.issues[city.issues["check"] == "demand_outside"].to_dict("records")
        assert f"{missed} demand points" in row["text_en"]
    # Who states it gets it: only homes inside a unit.
    city = homes(folder, [WEST, EAST], within="units")
    assert len(city.demand) == both
    [note] = [n for n in city.notes if n.field == "within"]
    assert note.match
    assert f"{132 - both} of 132" in note.text.en


def test_villages_alone_leave_nobody_out(tmp_path):
    assert len(homes(tmp_path / "u", [WEST], level="village").demand) == 132


def test_units_without_a_source_or_a_boundary_cannot_say_whose_homes_count(tmp_path):
    folder = tmp_path / "u"
    write_ugly_city(folder)
    head = f'[city]\nname = "x"\n[network]\n{SOURCE}[demand]\nwithin = "units"\n'
    (folder / "city.toml").write_text(head, encoding="utf-8")
    with pytest.raises(ConfigError, match="needs a source of homes"):
        read_city(folder / "city.toml")
    (folder / "city.toml").write_text(head + SOURCE, encoding="utf-8")
    with pytest.raises(ConfigError, match="no unit has a boundary") as caught:
        read_city(folder / "city.toml")
    assert caught.value.field == "demand.within"
