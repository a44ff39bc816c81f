"""The credit that OpenStreetMap's licence asks for stands where its data are shown."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import zipfile

import geopandas as gpd
import pyarrow.parquet
import pytest
import shapely

from builders.drawing import PLAN
from builders.grid_town import write_town
from builders.street_city import little_city
from livingcircle import pipeline
from livingcircle.city.config import CityConfig
from livingcircle.network.read import read_network
from livingcircle.publish.credit import network_credit, osm_credit
from livingcircle.publish.web.explore import explore
from livingcircle.publish.web.site_model import read_city_folder
from livingcircle.routing.engine import reach

NAME = "OpenStreetMap contributors"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tables", "due"),
    [
        ({"network": {"source": "walk.osm.pbf"}}, True),
        ({"network": {"place": "思明区, 厦门市"}}, True),
        ({"network": {"source": "graph.graphml"}}, True),
        ({"network": {"source": "streets.gpkg"}}, False),
        ({"network": {"source": "streets.gpkg"}, "demand": {"source": "a.osm.pbf"}}, True),
        ({"network": {"source": "streets.gpkg"}, "facilities": [{"source": "a.osm"}]}, True),
    ],
)
def test_osm_is_credited_where_its_data_are_shown(tables: dict, due: bool):
    config = CityConfig.model_validate({"city": {"name": "城"}, **tables})
    credit = osm_credit(little_city(config=config, synthetic=False))
    assert ("© OpenStreetMap contributors" in credit.en) is due
    assert ("OpenStreetMap 贡献者" in credit.zh) is due


@pytest.mark.parametrize("column", ["osm_id", "@id", "osmid", "name"])
def test_lines_with_openstreetmaps_ids_are_its_data(column: str):
    line = shapely.LineString([PLAN.at(0, 0), PLAN.at(500, 0)])
    lines = gpd.GeoDataFrame({column: ["7"]}, geometry=[line], crs=4326)
    network = read_network(lines)
    assert bool(network_credit(network)) is (column != "name")
    page = explore(reach(network, PLAN.facilities([(0, 0)])), limit_m=100).get_root().render()
    assert (f'addAttribution("© {NAME}")' in page) is (column != "name")


@pytest.fixture(scope="module", params=[True, False])
def written(request, tmp_path_factory):
    """A run on streets with and without OpenStreetMap's ids."""
    folder = tmp_path_factory.mktemp("town")
    city = write_town(folder)
    if request.param:
        streets = json.loads((folder / "walk.geojson").read_text("utf-8"))
        for number, feature in enumerate(streets["features"]):
            feature["properties"]["osm_id"] = str(number)
        (folder / "walk.geojson").write_text(json.dumps(streets), "utf-8")
    text = city.read_text("utf-8").replace("synthetic = true", "")
    city.write_text(
        text.replace('packs = ["xiamen-2025", "zhuhai-2025"]', 'packs = ["zhuhai-2025"]')
    )
    run = pipeline.run_city(city, (), folder / "out", formats=("geojson", "geoparquet"))
    return request.param, run.folder


@pytest.mark.slow
def test_every_file_that_shows_its_data_names_it(written):
    due, folder = written
    for name in ("map.html", "report.html", "run.json"):
        assert (NAME in (folder / name).read_text("utf-8")) is due, name
    with zipfile.ZipFile(folder / "scorecard.xlsx") as book:
        parts = [book.read(part).decode() for part in book.namelist() if part.endswith(".xml")]
    assert any(NAME in part for part in parts) is due
    (package,) = folder.glob("*.gpkg")
    with contextlib.closing(sqlite3.connect(package)) as base:
        said = base.execute(
            "SELECT description FROM gpkg_contents WHERE data_type = 'features'"
        ).fetchall()
    assert len(said) > 5
    assert all((NAME in text) is due for (text,) in said)
    for path in (folder / "geojson").iterdir():
        assert (NAME in path.read_text("utf-8")) is due, path.name
    for path in (folder / "geoparquet").iterdir():
        told = pyarrow.parquet.read_schema(path).metadata
        assert (b"attribution" in told) is due, path.name
        assert b"geo" in told
    site = folder.parent / "site"
    site.mkdir()
    (site / "data").symlink_to(folder)
    assert (read_city_folder(site).credit is not None) is due
