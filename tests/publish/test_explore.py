"""explore: the map of a notebook has one layer per standard, and holds what the gaps hold."""

from __future__ import annotations

import json
import re

import folium
import pytest

import livingcircle as lc
from livingcircle.errors import ConfigError


@pytest.fixture(scope="module")
def result(sample_city):
    return lc.assess(sample_city, "xiamen-2025")


def layers(chart):
    return {c.layer_name: c for c in chart._children.values() if hasattr(c, "layer_name")}


@pytest.mark.slow
def test_one_layer_for_each_standard_with_gaps(result):
    chart = result.explore()
    assert isinstance(chart, folium.Map)
    named = [name.split(":")[0] for name in layers(chart)]
    short = [finding.id for finding in result.findings if len(finding.gaps)]
    assert [name for name in named if name.startswith("XM-")] == short


def test_one_standard_with_its_facilities(result):
    shown = layers(result.explore("XM-3a"))
    assert "服务设施 / facilities" in shown
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


@pytest.mark.slow
def test_a_reach_draws_its_circle_and_facilities(result):
    city = result.city
    reach = lc.reach(city.network, city.facilities.of("service_centre"))
    shown = layers(reach.explore(minutes=15))
    assert {"生活圈 / circle", "服务设施 / facilities"} <= set(shown)
    page = reach.explore(minutes=15).get_root().render()
    assert "1,197" in page
    assert "tileLayer" not in page
    nothing = lc.reach(city.network, city.facilities.of("service_centre").iloc[:0])
    assert isinstance(nothing.explore(minutes=15), folium.Map)


def test_figures_and_reasons_are_told_in_both_languages(result):
    gaps = next(
        layer for name, layer in layers(result.explore("XM-1a")).items() if name.startswith("XM-1a")
    )
    (drawn,) = gaps._children.values()
    (tip,) = (c for c in drawn._children.values() if isinstance(c, folium.GeoJsonTooltip))
    assert "人口 / people" in tip.aliases
    said = {feature["properties"]["reason"] for feature in drawn.data["features"]}
    assert any(text.startswith("绕行") and "far on foot" in text for text in said)


def test_a_reach_shows_its_figures(result):
    city = result.city
    centres = city.facilities.of("service_centre")
    page = lc.reach(city.network, centres)._repr_html_()
    assert re.search(rf"on the network</th><td>{len(centres)}<", page)
    assert "adult, 1.33 m/s" in page
