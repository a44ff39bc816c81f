"""Every layer of the GeoPackage and of the map has a style and a name in two languages."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely

from livingcircle.publish.gis.qml import Categorised, Rules, Symbol
from livingcircle.publish.gis.styles import _STYLES, layer_title, style_of
from livingcircle.publish.web.map import _LAYERS
from livingcircle.vocab.texts import localized_name, texts


@pytest.mark.parametrize("name", [*_STYLES, *(f"map:{name}" for name, _ in _LAYERS)])
def test_every_layer_is_named(name):
    table, key = ("map_layer", name.removeprefix("map:")) if ":" in name else ("layer", name)
    zh, en = localized_name(table, key)
    assert any("一" <= c <= "鿿" for c in zh)
    assert en.isascii()
    assert en


def test_the_control_lists_each_layer_once():
    assert {name for name, _ in _LAYERS} == set(texts()["map_layer"])
    assert len({name for name, _ in _LAYERS}) == len(_LAYERS)


@pytest.mark.parametrize("name", ["links", "site_links"])
def test_links_are_grouped_by_standard(name):
    line = shapely.LineString([(0, 0), (1, 1)])
    frame = gpd.GeoDataFrame({"standard": ["B", "A"]}, geometry=[line, line], crs=4326)
    rules = style_of(name, frame, ["A", "B", "C"]).renderer
    assert isinstance(rules, Rules)
    assert [value for value, _ in rules.groups] == ["A", "B"]
    assert isinstance(rules.within, Categorised)


def test_prefixed_layers_and_unknown_ones():
    frame = gpd.GeoDataFrame({"short": [0, 7]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs=4326)
    assert style_of("units_town", frame, []).label == "name"
    assert isinstance(style_of("circle_nursery_800m", frame, []).renderer, Symbol)
    assert style_of("notes", frame, []).renderer is None
    assert layer_title("units_town") == ("单元：镇（街道）", "units: towns and subdistricts")
