"""Where tables lie: stated datums are obeyed, what looks wrong is told, other cities refused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest

from builders.drawing import PLAN, Plan, box, write_lines
from builders.square_city import units, write_city, write_facilities, write_points, write_units
from livingcircle.city.model import read_city
from livingcircle.errors import DatumError, InputError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.publish.text.city_summary import city_summary


def _beside_streets(folder, datum, extra=""):
    rng = np.random.default_rng(1)
    street = rng.integers(0, 11, 120) * 100.0 + rng.normal(0, 8, 120)
    along = rng.uniform(0, 1000, 120)
    true = np.array([PLAN.at(x, y) for x, y in zip(street, along, strict=True)])
    lon, lat = from_wgs84(true[:, 0], true[:, 1], datum)
    lines = [f"{x:.7f},{y:.7f},p{i},药店" for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    (folder / "list.csv").write_text("经度,纬度,名称,类别\n" + "\n".join(lines), encoding="utf-8")
    return f'[[facilities]]\nsource = "list.csv"\ncategory = "类别"\n{extra}\n'


def test_a_datum_that_nobody_states_is_refused_and_a_stated_one_obeyed_with_a_warning(tmp_path):
    part = _beside_streets(tmp_path, "gcj02")
    with pytest.raises(DatumError, match="gcj02"):
        read_city(write_city(tmp_path, part))
    city = read_city(write_city(tmp_path, part + 'datum = "wgs84"\n'))
    doubtful = city.issues[city.issues["check"] == "datum_doubtful"]
    assert len(doubtful) == 1
    assert 'datum = "gcj02"' in doubtful["text_en"].iloc[0]
    first = city_summary(city, "en").splitlines()[1]
    assert first.startswith("! list.csv: read as wgs84, but probably gcj02")


def few(folder, plan, datum):
    """Three shops of a list that says nothing of its datum, beside streets."""
    true = np.array([plan.at(*xy) for xy in ((103, 250), (502, 450), (797, 750))])
    lon, lat = from_wgs84(true[:, 0], true[:, 1], datum)
    rows = [f"{x:.6f},{y:.6f},店{i},药店" for i, (x, y) in enumerate(zip(lon, lat, strict=True))]
    (folder / "few.csv").write_text("经度,纬度,名称,类别\n" + "\n".join(rows), encoding="utf-8")
    steps = range(0, 1001, 100)
    lines = [plan.line((a, 0), (a, 1000)) for a in steps]
    lines += [plan.line((0, a), (1000, a)) for a in steps]
    write_lines(folder / "few.geojson", lines)
    text = '[city]\nname = "镇"\n[network]\nsource = "few.geojson"\nnode = true\n'
    return text + '[[facilities]]\nsource = "few.csv"\ncategory = "类别"\n'


def unproven(folder, text):
    (folder / "few.toml").write_text(text, encoding="utf-8")
    city = read_city(folder / "few.toml")
    return city, city.issues[city.issues["check"] == "datum_unproven"]


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_a_list_too_short_to_tell_its_datum_says_so_before_all_else(tmp_path, datum):
    city, told = unproven(tmp_path, text := few(tmp_path, PLAN, datum))
    assert told["count"].tolist() == [3]
    zh, en = (city_summary(city, lang).splitlines()[1] for lang in ("zh", "en"))
    assert zh.startswith("! few.csv: 未注明坐标系，按 WGS 84 读取，道路不能印证")
    assert zh.endswith("（3 个点太少，无法判断坐标系）")
    assert 'datum = "gcj02" where Amap or Tencent' in en
    assert en.endswith("(3 places are too few to report the datum)")
    # What is stated is no assumption.
    assert unproven(tmp_path, text + f'datum = "{datum}"\n')[1].empty


def test_where_datums_do_not_differ_none_is_to_be_proven(tmp_path):
    abroad = Plan(lon=-15.43, lat=28.12)
    assert unproven(tmp_path, few(tmp_path, abroad, "wgs84"))[1].empty


def test_a_datum_that_the_streets_bear_out_is_proven(tmp_path):
    city = read_city(write_city(tmp_path, _beside_streets(tmp_path, "wgs84")))
    assert "datum_unproven" not in set(city.issues["check"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("grid", [False, True])
def test_points_that_have_nothing_to_do_with_streets_are_no_evidence(tmp_path, seed, grid):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1000, (2, 300))
    if grid:
        x, y = (
            a.ravel() + 37 * seed
            for a in np.meshgrid(np.arange(0, 1000, 100.0), [*range(0, 999, 100)])
        )
    rows = [{"x": a, "y": b, "residents": 1} for a, b in zip(x, y, strict=True)]
    write_points(tmp_path, "homes.gpkg", rows)
    city = read_city(write_city(tmp_path, '[demand]\nsource = "homes.gpkg"\n'))
    assert "datum_doubtful" not in set(city.issues["check"])


def test_short_lists_with_columns_of_amap_and_boundaries_of_datav_are_warned_of(tmp_path):
    lines = ["name,location,typecode,pname,cityname,adname,类别"]
    for i in range(8):
        lon, lat = PLAN.at(100 * i + 33, 450)
        lines.append(f'p{i},"{lon},{lat}",090601,广东省,试验市,丁区,药店')
    (tmp_path / "amap.csv").write_text("\n".join(lines), encoding="utf-8")
    square = box(37, 33, 950, 960)
    frame = gpd.GeoDataFrame(
        {"adcode": [440304], "name": ["丁区"], "childrenNum": [0], "subFeatureIndex": [1]},
        geometry=[square],
        crs=4326,
    ).assign(acroutes="[100000]")
    frame.to_file(tmp_path / "datav.geojson")
    parts = '[[facilities]]\nsource = "amap.csv"\ncategory = "类别"\n'
    parts += '[[units]]\nsource = "datav.geojson"\nlevel = "district"\n'
    city = read_city(write_city(tmp_path, parts))
    told = city.issues[city.issues["check"] == "datum_doubtful"]
    assert set(told["source_file"]) == {"amap.csv", "datav.geojson"}
    assert told["text_en"].str.contains("gcj02").all()


def test_a_table_of_another_city_is_refused_with_its_distance(tmp_path):
    part = write_facilities(tmp_path, [(60_500, 500, "远")], "名称")
    part = part.replace('"类别"', '"药店"')
    with pytest.raises(InputError, match=r"the nearest is (59|60) km away"):
        read_city(write_city(tmp_path, part))


def test_unknown_people_forgotten_ten_thousands_and_a_partial_network_are_told(tmp_path):
    levels = units()
    levels["community"][0]["residents"] = None
    levels["village"][0]["residents"] = 0.2
    homes = [{"x": 50, "y": 50, "residents": 10}, {"x": 2500, "y": 50, "residents": 30}]
    write_points(tmp_path, "homes.gpkg", homes)
    parts = write_units(tmp_path, levels) + '[demand]\nsource = "homes.gpkg"\n'
    city = read_city(write_city(tmp_path, parts))
    said = city.issues.set_index("check")["text_en"]
    assert said["residents_unknown"].startswith("'甲社区' states no residents")
    assert "0.2 residents" in said["too_few_people"]
    assert said["network_part"].startswith("the network does not reach 30 of 40 residents (75 %)")


def test_homes_with_hardly_anybody_are_told_before_all_else(tmp_path):
    write_points(tmp_path, "homes.gpkg", [{"x": x, "y": 50, "residents": 0.1} for x in (50, 250)])
    city = read_city(write_city(tmp_path, '[demand]\nsource = "homes.gpkg"\n'))
    for lang, word in (("zh", "万人"), ("en", "tens of thousands")):
        first = city_summary(city, lang).splitlines()[1]
        assert first.startswith("! homes.gpkg: ")
        assert word in first


def test_streets_that_cross_and_are_not_joined_are_told_before_all_else(tmp_path):
    write_city(tmp_path, "")
    crossing = [PLAN.line((x, 0), (x, 1000)) for x in (100, 300)]
    crossing += [PLAN.line((0, y), (1000, y)) for y in (200, 400)]
    write_lines(tmp_path / "streets.geojson", crossing)
    city = read_city(tmp_path / "city.toml")
    first = city_summary(city, "zh").splitlines()[1]
    assert first.startswith("! streets.geojson: ")
    assert "node = true" in first


def test_streets_that_were_never_split_are_joined_and_each_run_tells(tmp_path):
    config = write_city(tmp_path, "")
    lines = [PLAN.line((x, 0), (x, 1000)) for x in range(100, 900, 100)]
    lines += [PLAN.line((0, y), (1000, y)) for y in range(200, 1000, 100)]
    write_lines(tmp_path / "streets.geojson", lines)
    city = read_city(config)
    (note,) = [note for note in city.notes if "node = false" in note.overrule]
    assert note.match
    assert "64 places" in note.text.en
    assert "64 处" in note.text.zh
    assert "! streets.geojson" not in city_summary(city, "en")
    text = config.read_text("utf-8")
    config.write_text(
        text.replace('source = "streets.geojson"', 'source = "streets.geojson"\nnode = false'),
        "utf-8",
    )
    city = read_city(config)
    assert not [note for note in city.notes if "node = false" in note.overrule]
    assert city.network.edge_count == 16
