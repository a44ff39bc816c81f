from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as Xml

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

import livingcircle as lc
from livingcircle.errors import ConfigError
from livingcircle.gaps.explain import Explained
from livingcircle.publish.gis.gpkg import FEW, OutputLayer, write_geopackage
from livingcircle.publish.gis.layers import file_stem, write_layers
from livingcircle.publish.gis.qml import Style
from livingcircle.publish.palette import POINT_STATUS, RAMP, REASON, STATUS
from livingcircle.sites import suggest_sites


@pytest.fixture(scope="module")
def package(written: Path) -> Path:
    return written / "格子镇.gpkg"


def layer(package: Path, name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(package, layer=name)


@pytest.mark.slow
def test_every_promised_layer_is_there(package: Path) -> None:
    names = set(pyogrio.list_layers(package)[:, 0])
    assert {
        "findings", "units_community", "units_town", "units_district", "units_city", "demand",
        "facilities", "gaps", "urban_villages", "evidence", "anchors", "quality",
        "circle_service_centre_15min", "circle_service_centre_1000m",
    } <= names  # fmt: skip
    assert {"sites", "gap_areas", "links"} <= names


def test_rows_in_are_rows_out(package: Path, town: lc.City, result: lc.Result) -> None:
    for name, rows in (
        ("facilities", len(town.facilities.table)),
        ("demand", len(town.demand)),
        ("urban_villages", len(town.urban_villages)),
        ("findings", len(result.findings)),
        ("gaps", sum(len(f.gaps) for f in result.findings)),
    ):
        assert len(layer(package, name)) == rows, name
    facilities = layer(package, "facilities")
    assert facilities.geometry.isna().sum() == 1
    assert (facilities["status"] == "no_coordinates").sum() == 1


def test_demand_says_how_each_home_stands(package: Path, result: lc.Result) -> None:
    demand = layer(package, "demand").set_index("demand_id")
    found = result.finding("XM-1a").demand
    assert found is not None
    expected = found.set_index(result.city.demand["demand_id"])
    assert demand["XM_1a_status"].tolist() == expected["status"].reindex(demand.index).tolist()
    assert np.allclose(demand["XM_1a_metres"], expected["metres"].reindex(demand.index))
    assert np.allclose(demand["XM_1a_seconds"], expected["seconds"].reindex(demand.index))


def test_units_carry_every_standard_and_counts(package: Path, result: lc.Result) -> None:
    units = layer(package, "units_community").set_index("unit_id")
    own = result.finding("XM-1a").units
    own = own[own["level"] == "community"].set_index("unit_id")
    assert np.allclose(units["XM_1a_value"], own["value"].astype(float).reindex(units.index))
    # What is only encouraged is no shortfall of a unit.
    asked = [f for f in result.findings if f.requirement.force != "may"]
    names = {f"{f.id.replace('-', '_')}_status" for f in asked}
    assert len(asked) < len(result.findings)
    statuses = units[[c for c in units if c in names]]
    assert (units["short"] == (statuses == "short").sum(axis=1)).all()
    assert units["short"].sum() > 0


def test_evidence_proves_distances_with_routes(package: Path, result: lc.Result) -> None:
    routes = layer(package, "evidence")
    length = routes.to_crs(result.city.network.crs_m).length
    assert np.allclose(length, routes["metres"], rtol=2e-4, atol=0.5)
    assert (routes["straight_m"] <= routes["metres"] + 0.5).all()
    # Each gap that reaches something, and each urban village, has its route.
    circle = routes[routes["standard"] == "XM-1a"]
    assert set(circle["unit_id"]) == set(result.finding("XM-1a").gaps["unit_id"])
    rule = routes[routes["standard"] == "XM-3a"]
    assert set(rule["unit_id"]) == {"v0", "v1"}
    # The home was chosen so that its walk is like the one stated.
    stated = result.finding("XM-1a").gaps.set_index("unit_id")["metres"]
    walked = circle.set_index("unit_id")["metres"]
    assert (walked - stated).abs().max() < 150


def test_circles_hold_covered_homes(package: Path, result: lc.Result) -> None:
    circle = layer(package, "circle_service_centre_15min")
    assert len(circle) == 1
    row = circle.iloc[0]
    assert row["limit_m"] == pytest.approx(15 * 60 * 1.33)
    assert row["category"] == "service_centre"
    assert 0 <= row["false_share"] <= 0.02
    assert 0 <= row["missed_share"] <= 0.005
    near = result.finding("XM-1a").demand
    assert near is not None
    anchors = layer(package, "anchors").set_index("id")
    ends = shapely.get_point(anchors.geometry.explode(index_parts=False).to_numpy(), -1)
    ends = gpd.GeoSeries(ends, index=anchors.index, crs=4326)
    covered = near.loc[near["status"] == "covered", "demand_id"]
    inside = ends.loc[covered].within(row.geometry.buffer(1e-7))
    assert inside.mean() > 0.99


def test_anchors_tell_leg_and_edge(package: Path, town: lc.City) -> None:
    anchors = layer(package, "anchors")
    assert len(anchors) == len(town.demand) + 6
    length = anchors.to_crs(town.network.crs_m).length
    assert np.allclose(length, anchors["leg_m"], rtol=1e-3, atol=0.02)
    assert anchors["edge"].between(0, town.network.edge_count - 1).all()


def styles(package: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(package)) as base:
        return pd.read_sql("SELECT * FROM layer_styles", base)


def test_each_layer_has_one_default_style_that_parses(package: Path) -> None:
    table = styles(package)
    names = set(pyogrio.list_layers(package)[:, 0]) - {"layer_styles"}
    default = table[table["useAsDefault"] == 1]
    assert sorted(default["f_table_name"]) == sorted(names)
    geometry = dict(zip(*[pyogrio.list_layers(package)[:, k] for k in (0, 1)], strict=True))
    for row in table.itertuples():
        root = Xml.fromstring(row.styleQML.split("\n", 1)[1])
        spatial = geometry[row.f_table_name] is not None
        assert (row.f_geometry_column == "geom") == spatial
        assert (root.find("renderer-v2") is not None) == spatial
        # A symbol that a class names has to exist.
        symbols = {s.get("name") for s in root.findall("renderer-v2/symbols/symbol")}
        used = {e.get("symbol") for e in root.iter() if e.get("symbol") is not None}
        assert used <= symbols


def test_aliases_are_chinese_and_name_fields_that_exist(package: Path) -> None:
    for row in styles(package).itertuples():
        fields = set(pyogrio.read_info(package, layer=row.f_table_name)["fields"])
        root = Xml.fromstring(row.styleQML.split("\n", 1)[1])
        aliases = {a.get("field"): a.get("name") or "" for a in root.iter("alias")}
        assert set(aliases) <= fields | {"geometry"}
        assert all(any("\u4e00" <= c <= "\u9fff" for c in name) for name in aliases.values())
    one = styles(package).query("f_table_name == 'units_community' and useAsDefault == 1").iloc[0]
    assert 'name="XM-1a 现状值"' in one.styleQML


def test_styles_are_registered_as_the_standard_asks(package: Path) -> None:
    with closing(sqlite3.connect(package)) as base:
        kinds = dict(base.execute("SELECT table_name, data_type FROM gpkg_contents"))
        dates = {d for (d,) in base.execute("SELECT last_change FROM gpkg_contents")}
        assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert kinds["layer_styles"] == "attributes"
    assert kinds["findings"] == "attributes"
    assert kinds["gaps"] == "features"
    assert len(dates) == 1


@pytest.mark.slow
def test_equal_results_give_equal_bytes(result: lc.Result, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write_layers(result, tmp_path / name)
    one, other = ((tmp_path / n / "格子镇.gpkg").read_bytes() for n in ("a", "b"))
    assert one == other


@pytest.mark.slow
def test_other_formats_on_request(result: lc.Result, tmp_path: Path) -> None:
    write_layers(result, tmp_path, formats=["geojson", "geoparquet"])
    gaps = json.loads((tmp_path / "geojson" / "gaps.geojson").read_text("utf-8"))
    assert "crs" not in gaps
    assert len(gaps["features"]) == sum(len(f.gaps) for f in result.findings)
    units = json.loads((tmp_path / "geojson" / "units_community.geojson").read_text("utf-8"))
    # RFC 7946: outer rings run anticlockwise.
    for feature in units["features"]:
        assert shapely.geometry.shape(feature["geometry"]).exterior.is_ccw
    table = gpd.read_parquet(tmp_path / "geoparquet" / "demand.parquet")
    assert len(table) == len(result.city.demand)
    with pytest.raises(ConfigError, match="geojson or geoparquet"):
        write_layers(result, tmp_path, formats=["dwg"])


@pytest.mark.slow
def test_reasons_become_layers(explained: Explained, tmp_path: Path) -> None:
    rows = write_layers(explained.result, tmp_path, explained=explained)
    assert rows["gap_areas"] == len(explained.areas) > 0
    assert rows["links"] == len(explained.links) > 0
    links = layer(tmp_path / "格子镇.gpkg", "links")
    assert links["text_zh"].str.contains("米").all()
    assert "regains" not in links


@pytest.mark.slow
def test_sites_and_their_links_become_layers(explained: Explained, tmp_path: Path) -> None:
    result = explained.result
    alone = suggest_sites(result.city, "XM-1a", packs=["xiamen-2025"], links="no")
    linked = replace(alone, built_links=explained.links.iloc[:1])
    plan = replace(alone, alternative=linked)
    rows = write_layers(result, tmp_path, plans=[plan])
    assert (rows["sites"], rows["site_links"]) == (2 * len(plan.sites), 1)
    sites = layer(tmp_path / "格子镇.gpkg", "sites")
    assert sites["option"].tolist() == [1] * len(plan.sites) + [2] * len(plan.sites)
    link = layer(tmp_path / "格子镇.gpkg", "site_links").iloc[0]
    assert (link["standard"], link["option"]) == ("XM-1a", 2)
    assert link["text_zh"]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("思明区", "思明区"),
        ("../../etc", "_.._etc"),
        ("con", "city"),
        ("a:b?", "a_b_"),
        ("", "city"),
        ("长" * 200, "长" * 80),
    ],
)
def test_a_city_name_is_a_safe_file_name(name: str, stem: str) -> None:
    assert file_stem(name) == stem
    assert not {"/", "\\"} & set(file_stem(name))


def _seen_by_deuteranope(colour: str) -> np.ndarray:
    """Machado, Oliveira, Fernandes (2009), deuteranomaly of severity 1, on linear RGB."""
    rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    )  # fmt: skip
    return matrix @ linear


@pytest.mark.parametrize("colours", [STATUS, POINT_STATUS, REASON], ids=["status", "point", "why"])
def test_categories_differ_for_the_colour_blind(colours: dict[str, str]) -> None:
    seen = [_seen_by_deuteranope(c) for c in colours.values()]
    apart = [np.linalg.norm(a - b) for k, a in enumerate(seen) for b in seen[:k]]
    assert min(apart) > 0.1


def test_the_ramp_grows_darker_step_by_step() -> None:
    light = [_seen_by_deuteranope(c).mean() for c in RAMP]
    assert all(a - b > 0.05 for a, b in pairwise(light))


def test_columns_without_a_value_are_texts_in_small_and_large_layers(tmp_path: Path) -> None:
    for rows in (3, FEW + 1):
        frame = pd.DataFrame({"id": np.arange(rows), "partner_id": [None] * rows})
        file = tmp_path / f"{rows}.gpkg"
        write_geopackage(file, iter([OutputLayer("gaps", frame, Style(None), ("缺口", "Gaps"))]))
        info = pyogrio.read_info(file, layer="gaps")
        assert info["dtypes"][list(info["fields"]).index("partner_id")] in ("object", "str")
        assert gpd.read_file(file, layer="gaps")["partner_id"].isna().all()
