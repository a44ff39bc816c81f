"""ESRI ASCII grids (.asc) are read as other rasters are, people and heights."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pyproj
import pytest

import livingcircle as lc
from builders.dem import board
from builders.drawing import PLAN, walk_network
from builders.square_city import write_streets
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.age_rasters import read_age_rasters
from livingcircle.io.formats.elevation import read_elevation
from livingcircle.io.formats.raster import read_population
from livingcircle.network.terrain import with_terrain
from livingcircle.routing.engine import reach

BOUNDS = (118.0, 24.49, 118.02, 24.51)


def write_grid(
    path: Path, cells: np.ndarray, corner: tuple[float, float], step: float, crs: object = None
) -> Path:
    """Write a grid from its upper row down; NaN has no data; with its .prj where a CRS is given."""
    rows, columns = cells.shape
    head = (
        f"ncols {columns}\nnrows {rows}\nxllcorner {corner[0]!r}\nyllcorner {corner[1]!r}\n"
        f"cellsize {step!r}\nNODATA_value -9999\n"
    )
    text = [" ".join("-9999" if np.isnan(v) else f"{v:.15g}" for v in row) for row in cells]
    path.write_text(head + "\n".join(text) + "\n", encoding="ascii")
    if crs is not None:
        path.with_suffix(".prj").write_text(
            pyproj.CRS.from_user_input(crs).to_wkt("WKT1_ESRI"), encoding="ascii"
        )
    return path


def test_people_are_kept_to_the_last_digit(tmp_path: Path) -> None:
    cells = np.array([[1, np.nan, 0], [1234567.890625, 4.125, 2]])
    path = write_grid(tmp_path / "人口.ASC", cells, (118.0, 24.49), 0.005, 4326)
    table, notes = read_population(path, BOUNDS)
    assert table["residents"].tolist() == [1, 1234567.890625, 4.125, 2]
    middles = [(118.0025, 24.4975), (118.0025, 24.4925), (118.0075, 24.4925), (118.0125, 24.4925)]
    np.testing.assert_allclose(table.geometry.get_coordinates().to_numpy(), middles, atol=1e-9)
    assert "1,234,575.0" in notes[0].text.en


def test_fractions_after_a_megabyte_of_whole_numbers_are_read(tmp_path: Path) -> None:
    cells = np.zeros((600, 1000))
    cells[-1, -1] = 0.75
    path = write_grid(tmp_path / "a.asc", cells, (118.0, 24.49), 0.00002, 4326)
    assert path.stat().st_size > 1_000_000
    assert read_population(path, BOUNDS)[0]["residents"].tolist() == [0.75]


def test_without_a_prj_the_system_is_asked_for_in_one_line(tmp_path: Path) -> None:
    utm = pyproj.Transformer.from_crs(4326, 32650, always_xy=True)
    x, y = utm.transform(118.005, 24.495)
    path = write_grid(tmp_path / "t_0_14.asc", np.array([[3.0, 4.0]]), (x, y), 100.0)
    for read in (
        lambda: read_population(path, BOUNDS),
        lambda: read_age_rasters([path], BOUNDS),
        lambda: read_elevation(path, BOUNDS),
    ):
        with pytest.raises(InputError) as refused:
            read()
        assert "field 'crs': the raster has no coordinate reference system" in str(refused.value)
        assert 'crs = "EPSG:4547"' in refused.value.line("zh")
        assert "栅格没有坐标参考系" in refused.value.line("zh")
        assert "\n" not in str(refused.value)
    told, _ = read_population(path, BOUNDS, crs="EPSG:32650")
    assert told["residents"].tolist() == [3.0, 4.0]
    lon, lat = utm.transform(x + 50, y + 50, direction="INVERSE")
    np.testing.assert_allclose([told.geometry.x[0], told.geometry.y[0]], [lon, lat], atol=1e-9)
    with pytest.raises(InputError, match="epsg:99999 is no coordinate system"):
        read_population(path, BOUNDS, crs="epsg:99999")


GCJ = (
    'GEOGCS["GCJ-02",DATUM["D_GCJ02",SPHEROID["Krasovsky_1940",6378245,298.3]],'
    'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]'
)
LOCAL = 'LOCAL_CS["Xiamen92",UNIT["metre",1]]'


@pytest.mark.parametrize(("prj", "named"), [(GCJ, "gcj02"), (LOCAL, "Xiamen92")])
def test_a_system_that_gives_no_place_on_the_earth_is_refused(
    tmp_path: Path, prj: str, named: str
) -> None:
    path = write_grid(tmp_path / "a.asc", np.array([[3.0, 4.0]]), (118.005, 24.495), 0.001)
    path.with_suffix(".prj").write_text(prj, encoding="ascii")
    for read in (read_population, read_elevation):
        with pytest.raises(InputError, match=f"field 'crs': .* {named} does not tell"):
            read(path, BOUNDS)
    # What is stated wins.
    assert len(read_population(path, BOUNDS, crs="EPSG:4326")[0]) == 2


def test_a_zone_by_its_name(tmp_path: Path) -> None:
    to_zone = pyproj.Transformer.from_crs(4326, "EPSG:4548", always_xy=True)  # 117° E
    corner = to_zone.transform(118.005, 24.495)
    x = corner[0] - 50.0, corner[1] - 50.0
    path = write_grid(tmp_path / "a.asc", np.array([[3.0]]), x, 100.0)
    table, _ = read_population(path, BOUNDS, crs="cgcs2000-3:117")
    np.testing.assert_allclose(table.geometry.get_coordinates(), [(118.005, 24.495)], atol=1e-8)


@pytest.mark.parametrize("text", ["ncols 2\nnrows 2\n", "x y z\n1 2 3\n", ""])
def test_what_is_no_grid_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.asc"
    path.write_text(text, encoding="ascii")
    with pytest.raises(InputError):
        read_population(path, BOUNDS, crs="EPSG:4326")


def test_seconds_follow_the_slope_of_a_grid(tmp_path: Path) -> None:
    """500 m uphill, one in ten, take exp(3.5 (0.1 + 0.05 - 0.05)) times as long as on the level."""
    north = -1000 + 20 * (np.arange(150)[::-1] + 0.5)
    cells = np.tile((100 + north / 10)[:, None], (1, 100))
    path = write_grid(tmp_path / "dem.asc", cells, (-1000.0, -1000.0), 20.0)
    network = walk_network([PLAN.line((0, 0), (0, 500))])
    with pytest.raises(InputError, match="'crs'"):
        with_terrain(network, path)
    hilly = with_terrain(network, path, crs=board().to_wkt(), smooth_m=0)
    up, down = PLAN.facilities([(0, 500)]), PLAN.points([(0, 0)])
    found = reach(hilly, up, walker=1.25).to(down)
    assert found["seconds"][0] == pytest.approx(500 / 1.25 * math.exp(0.35), rel=1e-4)


def test_a_city_takes_people_and_heights_from_grids_whose_system_it_states(tmp_path: Path) -> None:
    write_streets(tmp_path)
    utm = pyproj.Transformer.from_crs(4326, 32649, always_xy=True)
    west, south = utm.transform(*PLAN.at(0, 0))
    people = np.array([[100.5, np.nan], [20, 3]])
    write_grid(tmp_path / "pop.asc", people, (west + 200, south + 200), 250.0)
    write_grid(tmp_path / "dem.asc", np.full((40, 40), 7.5), (west - 1000, south - 1000), 80.0)
    city = """
[city]
name = "镇"
[network]
source = "streets.geojson"
[demand]
source = "pop.asc"
{crs}
[terrain]
source = "dem.asc"
{crs}
"""
    path = tmp_path / "city.toml"
    path.write_text(city.format(crs=""), encoding="utf-8")
    with pytest.raises(InputError, match=r"\.asc, field 'crs'"):
        lc.read_city(path)
    path.write_text(city.format(crs='crs = "EPSG:32649"'), encoding="utf-8")
    read = lc.read_city(path)
    stated = path.read_text(encoding="utf-8")
    path.write_text(stated.replace('"pop.asc"', '"pop.asc"\ndatum = "gcj02"'), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"demand\.datum"):
        lc.read_city(path)
    assert sorted(read.demand["residents"]) == [3, 20, 100.5]
    assert read.network.terrain.elevation.at(np.array([PLAN.at(500, 500)])) == pytest.approx(7.5)
