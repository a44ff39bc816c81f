"""explore: the map of a notebook has a layer a standard, and holds what the gaps hold."""

from __future__ import annotations

import json
import re

import folium
import pytest

import livingcircle as lc
from livingcircle.errors import ConfigError


@pytest.fixture(scope="module")
def result(sample_dir):
    return lc.assess(lc.read_city(sample_dir / "city.toml"), "xiamen-2025")


def layers(chart):
    return {c.layer_name: c for c in chart._children.values() if hasattr(c, "layer_name")}


def test_one_layer_for_each_standard_with_gaps(result):
    chart = result.explore()
    assert isinstance(chart, folium.Map)
    named = [name.split(":")[0] for name in layers(chart)]
    short = [finding.id for finding in result.findings if len(finding.gaps)]
    assert [name for name in named if name.startswith("XM-")] == short


def test_one_standard_with_its_facilities(result):
    shown = layers(result.explore("XM-3a"))
    assert "Facilities" in shown
    assert [name.split(":")[0] for name in shown if name.startswith("XM-")] == ["XM-3a"]
    page = result.explore("XM-3a").get_root().render()
    for name in result.gaps("XM-3a")["unit_name"]:
        assert name in page or json.dumps(name).strip('"') in page


def test_no_basemap_is_fetched_unless_asked(result):
    assert "tileLayer" not in result.explore("XM-3a").get_root().render()
    assert "tileLayer" in result.explore("XM-3a", tiles="OpenStreetMap").get_root().render()


def test_points_are_gaps_too(result):
    gaps = result.gaps("XM-5b")
    assert set(gaps.geometry.geom_type) == {"Point"}
    assert "L.CircleMarker(latlng" in result.explore("XM-5b").get_root().render()


def test_an_unknown_standard_is_named(result):
    with pytest.raises(ConfigError, match="XM-9z"):
        result.explore("XM-9z")


def test_a_reach_shows_its_figures(result):
    city = result.city
    centres = city.facilities.of("service_centre")
    page = lc.reach(city.network, centres)._repr_html_()
    assert re.search(rf"on the network</th><td>{len(centres)}<", page)
    assert "adult, 1.33 m/s" in page
