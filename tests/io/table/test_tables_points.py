"""read_points: what the bare engine reads, fast and without losing a row."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from builders.work import lines_run
from livingcircle.errors import DatumError, InputError, MissingFileError
from livingcircle.io.datum import convert as datum
from livingcircle.io.table.read import read_points


def write(tmp_path, text, name="a.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def columns(path, **options):
    points = read_points(path, **options)
    return points.ids, points.lon, points.lat


def test_ids_of_the_first_name_that_is_there(tmp_path):
    path = write(tmp_path, "id,facility_id,lon,lat\n5,F1,113.1,22.1\n6,F2,113.2,22.2\n")
    ids, lon, lat = columns(path, id_names=("facility_id", "id"))
    assert ids.tolist() == ["F1", "F2"]
    assert lon.tolist() == [113.1, 113.2]
    assert lat.tolist() == [22.1, 22.2]
    assert columns(path, id_names=("demand_id", "id"))[0].tolist() == ["5", "6"]
    assert columns(path, id_names=("demand_id",))[0].tolist() == ["0", "1"]


def test_ids_are_text_with_their_zeros_and_a_blank_one_is_numbered(tmp_path):
    path = write(tmp_path, "lon,lat,id\n113.1,22.1,007\n113.2,22.2,\n113.3,22.3,NA\n")
    assert columns(path)[0].tolist() == ["007", "1", "NA"]


def test_no_row_is_dropped(tmp_path):
    path = write(tmp_path, "id,lon,lat\na,113.1,22.1\nb,,\nc,113.3,\nd,113.4,22.4\n")
    ids, lon, lat = columns(path)
    assert ids.tolist() == ["a", "b", "c", "d"]
    assert np.isfinite(lon).tolist()[0::3] == [True, True]
    assert np.isnan(lat).tolist() == [False, True, True, False]


@pytest.mark.parametrize("cell", ["abc", "inf", "113°6′x", "500"])
def test_a_cell_that_is_no_coordinate_is_named(tmp_path, cell):
    path = write(tmp_path, f"id,lon,lat\na,113.1,22.1\nb,{cell},22.2\nc,113.3,22.3\n")
    with pytest.raises(InputError, match="row 3"):
        columns(path)


def test_a_town_at_the_origin_is_a_town(tmp_path):
    path = write(tmp_path, "id,lon,lat\na,0,0\nb,0.001,0\n")
    assert columns(path)[1].tolist() == [0, 0.001]
    path = write(tmp_path, "lon,lat\n0,0\n")
    assert columns(path)[1].tolist() == [0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_other_headers_and_encodings_take_the_careful_way(tmp_path, encoding):
    path = write(
        tmp_path, "编号,名称,经度,纬度\n1,甲,113.1,22.1\n2,乙,113°12′,22.2\n", "b.csv", encoding
    )
    ids, lon, _ = columns(path)
    assert ids.tolist() == ["1", "2"]
    assert lon == pytest.approx([113.1, 113.2])


def test_layers_points_and_areas(tmp_path):
    shapes = [shapely.Point(113.1, 22.1), shapely.box(113.2, 22.2, 113.3, 22.3), None]
    frame = gpd.GeoDataFrame({"demand_id": [7, 8, 9]}, geometry=shapes, crs=4326)
    for name in ("a.gpkg", "a.geojson", "a.parquet"):
        path = tmp_path / name
        frame.to_parquet(path) if name.endswith("parquet") else frame.to_file(path)
        ids, lon, lat = columns(path, id_names=("demand_id", "id"))
        assert ids.tolist() == ["7", "8", "9"]
        assert lon[0] == 113.1
        assert 113.2 < lon[1] < 113.3
        assert np.isnan(lon[2])
        assert np.isnan(lat[2])
    frame.iloc[:1].to_crs(4547).to_file(tmp_path / "p.gpkg")
    # WGS 84 is what the command line states where nothing is: no word about the system of a layer.
    assert columns(tmp_path / "p.gpkg", datum="wgs84")[1] == pytest.approx([113.1])


def test_a_stated_datum(tmp_path):
    x, y = datum.from_wgs84([113.1], [22.1], "bd09")
    path = write(
        tmp_path, f"lon,lat\n{x[0]!r},{y[0]!r}\n".replace("np.float64(", "").replace(")", "")
    )
    _, lon, lat = columns(path, datum="bd09")
    assert (lon[0], lat[0]) == pytest.approx((113.1, 22.1), abs=1e-10)
    with pytest.raises(DatumError, match="not known"):
        columns(path, datum="bd90")


def test_swapped_axes(tmp_path):
    path = write(tmp_path, "lon,lat\n22.1,113.1\n22.2,113.2\n")
    assert columns(path)[1].tolist() == [113.1, 113.2]


def test_wrong_input_is_refused(tmp_path):
    with pytest.raises(MissingFileError):
        read_points(tmp_path / "none.csv")
    with pytest.raises(InputError, match="empty"):
        read_points(write(tmp_path, ""))
    with pytest.raises(InputError, match="no column holds coordinates"):
        read_points(write(tmp_path, "id,name\n1,a\n"))
    with pytest.raises(InputError, match="metres"):
        read_points(write(tmp_path, "lon,lat\n500000,2500000\n"))


def test_many_points_are_read_without_a_loop_over_them(tmp_path):
    count = 200_000
    rng = np.random.default_rng(0)
    lon, lat = rng.uniform(113, 114, count).round(6), rng.uniform(22, 23, count).round(6)
    path = tmp_path / "a.csv"
    with path.open("w") as file:
        file.write("demand_id,lon,lat\n")
        file.writelines(f"d{i},{x},{y}\n" for i, (x, y) in enumerate(zip(lon, lat, strict=True)))
    (ids, x, y), lines = lines_run(lambda: columns(path, id_names=("demand_id", "id")))
    assert lines < count / 10
    assert ids[-1] == f"d{count - 1}"
    assert (x == lon).all()
    assert (y == lat).all()
