"""GeoPackages whose path pyogrio would cut: at ``!`` and ``;``, in names of files and folders."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN, write_lines
from livingcircle.io.formats.gdal import list_layers, plain_path, plain_target, read_layer
from livingcircle.publish.gis.gpkg import OutputLayer, write_geopackage
from livingcircle.publish.gis.layers import file_stem
from livingcircle.publish.gis.qml import Style
from livingcircle.routing.reach_files import reach_files

ODD = ["plain", "城市!", "a;b", "=a#b?c%25"]


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("inner", [False, True])
def test_layers_are_written_where_they_belong(tmp_path: Path, name: str, inner: bool) -> None:
    folder = tmp_path / name if inner else tmp_path
    folder.mkdir(exist_ok=True)
    path = folder / ("layers.gpkg" if inner else f"{name}.gpkg")
    frame = gpd.GeoDataFrame({"n": [1, 2]}, geometry=[Point(1, 2), Point(3, 4)], crs=4326)
    layers = [OutputLayer(n, frame, Style(None), (n, n)) for n in ("one", "two")]
    assert write_geopackage(path, iter(layers)) == {"one": 2, "two": 2}
    assert list(folder.iterdir()) == [path]
    with plain_path(path) as target:
        assert {"one", "two"} <= {layer for layer, _ in list_layers(target)}
        assert read_layer(target, layer="two")["n"].tolist() == [1, 2]


def test_what_fails_leaves_nothing(tmp_path: Path) -> None:
    def fails() -> None:
        with plain_target(tmp_path / "a!b.gpkg") as target:
            target.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert not list(tmp_path.iterdir())


def test_reach_writes_where_it_is_told(tmp_path: Path) -> None:
    lines = write_lines(tmp_path / "walk.geojson", [PLAN.line((0, 0), (1000, 0))])
    for name, x in (("shops", 0), ("homes", 400)):
        lon, lat = PLAN.at(x, 0)
        (tmp_path / f"{name}.csv").write_text(f"lon,lat\n{lon},{lat}\n")
    out = tmp_path / "x!;y" / "a;b!.gpkg"
    reach_files(
        lines, tmp_path / "shops.csv", tmp_path / "homes.csv", out,
        limit_m=None, minutes=None, walker="adult", max_access_m=300,
    )  # fmt: skip
    assert [p.name for p in out.parent.iterdir()] == [out.name]
    with plain_path(out) as target:
        found = read_layer(target)
    assert found["metres"].to_numpy() == pytest.approx(np.array([400.0]), abs=0.1)


@pytest.mark.parametrize("name", ODD)
def test_a_city_s_file_has_a_name_that_every_reader_takes(name: str, tmp_path: Path) -> None:
    stem = file_stem(name)
    assert stem
    assert not set(stem) & set('!;?*<>:"/\\|')
    gpd.GeoDataFrame({"n": [1]}, geometry=[Point(1, 2)], crs=4326).to_file(
        tmp_path / f"{stem}.gpkg", layer="x"
    )
    assert (tmp_path / f"{stem}.gpkg").is_file()
