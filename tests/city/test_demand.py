"""Demand from points, buildings, rasters, OpenStreetMap and streets; sums kept to the person."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from rasterio.transform import from_origin

from builders.drawing import PLAN, box, layer, walk_network, write_osm
from builders.square_city import units, write_city, write_points, write_units
from livingcircle.city.demand import street_points
from livingcircle.city.disaggregate import largest_remainder
from livingcircle.city.model import City, read_city
from livingcircle.errors import InputError
from livingcircle.osm.objects import read_objects, tag_filter


class TestShareOut:
    @given(
        st.lists(st.integers(0, 10_000), min_size=1, max_size=8),
        st.lists(
            st.tuples(st.integers(-1, 7), st.one_of(st.floats(0, 1e6), st.just(np.nan))),
            max_size=60,
        ),
    )
    def test_sums_are_kept_to_the_person(
        self, totals: list[int], members: list[tuple[int, float]]
    ) -> None:
        group = np.array([g if g < len(totals) else -1 for g, _ in members], dtype=np.int64)
        weight = np.array([w for _, w in members], dtype=float)
        total = np.array(totals, dtype=float)
        shares = largest_remainder(total, group, weight)
        assert np.isnan(shares[group < 0]).all()
        held = shares[group >= 0]
        assert (held >= 0).all()
        assert (held == np.rint(held)).all()
        for one in np.unique(group[group >= 0]):
            assert shares[group == one].sum() == total[one]

    @given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=30), st.integers(0, 10_000))
    def test_nobody_is_a_whole_person_off_the_exact_share(
        self, weights: list[float], total: int
    ) -> None:
        weight = np.array(weights)
        exact = total * weight / weight.sum()
        shares = largest_remainder(
            np.array([float(total)]), np.zeros(len(weight), dtype=np.int64), weight
        )
        assert (np.abs(shares - exact) < 1 + 1e-6).all()

    def test_largest_remainder_by_hand(self) -> None:
        # 10 over 5 : 3 : 3 is 4.55, 2.73, 2.73: floors 4, 2, 2 and the two largest rests.
        shares = largest_remainder(
            np.array([10.0]), np.zeros(3, dtype=np.int64), np.array([5.0, 3.0, 3.0])
        )
        assert shares.tolist() == [4, 3, 3]

    def test_real_shares_and_groups_without_a_total(self) -> None:
        group = np.array([0, 0, 1, -1])
        shares = largest_remainder(
            np.array([1.0, np.nan]), group, np.array([1.0, 3.0, 1.0, 1.0]), whole=False
        )
        assert shares[:2].tolist() == [0.25, 0.75]
        assert np.isnan(shares[2:]).all()

    def test_members_that_weigh_nothing_share_evenly(self) -> None:
        shares = largest_remainder(np.array([4.0]), np.zeros(2, dtype=np.int64), np.zeros(2))
        assert shares.tolist() == [2, 2]


class TestStreets:
    def test_a_point_for_every_fifty_metres(self, tmp_path: Path) -> None:
        city = read_city(write_city(tmp_path))
        # 22 streets of 1,000 m each.
        assert len(city.demand) == pytest.approx(440, abs=2)
        assert set(city.demand["kind"]) == {"edge"}
        assert set(city.demand["weight_unit"]) == {"street_points"}
        assert any("every 50 m" in note.text.en for note in city.notes)

    def test_points_lie_on_the_streets_at_equal_steps(self) -> None:
        network = walk_network(
            [PLAN.line((0, 0), (0, 70), (0, 200)), PLAN.line((0, 200), (0, 230))]
        )
        points = street_points(network)
        expected = [PLAN.at(0, y) for y in (25, 75, 125, 175, 225)]
        got = np.column_stack([points.geometry.x, points.geometry.y])
        assert np.abs(got - np.array(expected)).max() < 1e-7

    def test_only_residential_streets_count(self, tmp_path: Path) -> None:
        ways = [
            ({"highway": "residential"}, [(0, 0), (0, 1000)]),
            ({"highway": "trunk", "foot": "yes"}, [(0, 0), (1000, 0)]),
        ]
        write_osm(tmp_path / "walk.osm", ways)
        (tmp_path / "city.toml").write_text(
            '[city]\nname = "x"\n[network]\nsource = "walk.osm"\n', encoding="utf-8"
        )
        demand = read_city(tmp_path / "city.toml").demand
        assert len(demand) == 20
        assert (np.abs(demand.geometry.x - PLAN.lon) < 1e-9).all()

    def test_totals_of_units_are_shared_out_over_the_streets(self, tmp_path: Path) -> None:
        demand = read_city(write_city(tmp_path, write_units(tmp_path, units()))).demand
        sums = demand.groupby("leaf")[["residents", "households", "age65"]].sum()
        assert sums.loc["甲社区"].tolist() == pytest.approx([1000, 400, 200])
        assert sums.loc["乙村"].tolist() == pytest.approx([501, 200, 77])
        assert (demand["residents"] % 1 == 0).all()
        assert set(demand["weight_unit"]) == {"residents"}


def write_buildings(folder: Path, rows: list[dict[str, object]]) -> str:
    layer(rows).to_file(folder / "buildings.gpkg")
    return '[demand]\nsource = "buildings.gpkg"\n'


def buildings() -> list[dict[str, object]]:
    """Two homes of 400 m2 in 甲社区, one of them with three storeys, a school, and one in 乙村."""
    return [
        {"层数": 1, "用途": "住宅", "geometry": box(110, 110, 130, 130)},
        {"层数": 3, "用途": "住宅", "geometry": box(210, 110, 230, 130)},
        {"层数": 3, "用途": "学校", "geometry": box(310, 110, 330, 130)},
        {"层数": 2, "用途": "住宅", "geometry": box(610, 110, 630, 130)},
    ]


class TestBuildings:
    def test_totals_go_by_floor_area_and_nobody_lives_in_the_school(self, tmp_path: Path) -> None:
        parts = write_units(tmp_path, units()), write_buildings(tmp_path, buildings())
        city = read_city(write_city(tmp_path, *parts))
        assert city.demand["residents"].tolist() == [250, 750, 0, 501]
        assert city.demand["households"].tolist() == [100, 300, 0, 200]
        assert city.demand["age65"].tolist() == pytest.approx([50, 150, 0, 77])
        assert city.demand["kind"].tolist() == ["building"] * 4
        texts = [note.text.en for note in city.notes]
        assert any("shared out over its points by their floor area" in text for text in texts)
        assert any("no homes: 学校 (1)" in text for text in texts)

    def test_a_unit_with_people_but_without_buildings_gets_a_point(self, tmp_path: Path) -> None:
        parts = write_units(tmp_path, units()), write_buildings(tmp_path, buildings()[:3])
        demand = read_city(write_city(tmp_path, *parts)).demand
        assert demand["kind"].tolist() == ["building"] * 3 + ["unit"]
        assert demand["residents"].tolist() == [250, 750, 0, 501]
        assert demand.iloc[3][["village", "leaf", "town"]].tolist() == ["乙村", "乙村", "丙街道"]

    @pytest.mark.slow
    def test_what_the_buildings_say_is_kept_unless_spread_is_stated(self, tmp_path: Path) -> None:
        rows = [b | {"常住人口": n} for b, n in zip(buildings(), (10, 20, 0, 30), strict=True)]
        parts = write_units(tmp_path, units()), write_buildings(tmp_path, rows)
        city = read_city(write_city(tmp_path, *parts))
        assert city.demand["residents"].tolist() == [10, 20, 0, 30]
        assert "totals_differ" in set(city.issues["check"])
        # 200 elderly of 甲社区 over 30 residents.
        assert city.demand["age65"].tolist() == pytest.approx([200 / 3, 400 / 3, 0, 77])
        city = read_city(write_city(tmp_path, *parts, 'spread = "units"\n'))
        assert city.demand["residents"].tolist() == [333, 667, 0, 501]

    def test_unknown_storeys_are_the_median_and_told(self, tmp_path: Path) -> None:
        rows = buildings()
        rows[0]["层数"] = None
        parts = write_units(tmp_path, units()), write_buildings(tmp_path, rows)
        city = read_city(write_city(tmp_path, *parts))
        assert city.demand["residents"].tolist() == [500, 500, 0, 501]
        assert any("1 of 4 buildings do not say how many storeys" in n.text.en for n in city.notes)

    def test_without_any_figure_each_home_counts_as_one(self, tmp_path: Path) -> None:
        part = write_buildings(tmp_path, buildings())
        demand = read_city(write_city(tmp_path, part)).demand
        assert demand["weight"].tolist() == [1, 1, 0, 1]
        assert set(demand["weight_unit"]) == {"buildings"}
        assert demand["residents"].isna().all()

    def test_or_as_its_floor_area_if_asked(self, tmp_path: Path) -> None:
        part = write_buildings(tmp_path, buildings()) + 'weight = "floor_area"\n'
        demand = read_city(write_city(tmp_path, part)).demand
        assert demand["weight"].tolist() == pytest.approx([400, 1200, 0, 800], rel=1e-3)
        assert set(demand["weight_unit"]) == {"floor_area_m2"}


class TestPoints:
    def read(self, folder: Path) -> City:
        rows = [
            {"x": 105, "y": 105, "编号": "p1", "常住人口": 7, "户数": 3},
            {"x": 705, "y": 105, "编号": "p2", "常住人口": 5, "户数": 0},
            {"x": 3000, "y": 105, "编号": "p3", "常住人口": 2, "户数": 1},
        ]
        write_points(folder, "people.geojson", rows)
        part = '[demand]\nsource = "people.geojson"\n'
        return read_city(write_city(folder, write_units(folder, units()), part))

    def test_figures_ids_and_units(self, tmp_path: Path) -> None:
        demand = self.read(tmp_path).demand
        assert demand["demand_id"].tolist() == ["p1", "p2", "p3"]
        assert demand["residents"].tolist() == [7, 5, 2]
        assert demand["community"].tolist() == ["甲社区", None, None]
        assert demand["village"].tolist() == [None, "乙村", None]
        assert demand["leaf"].tolist() == ["甲社区", "乙村", None]
        assert demand["district"].tolist() == ["丁区", "丁区", None]
        assert demand["urban_rural"].tolist() == ["urban", "rural", None]

    def test_the_one_outside_and_far_away_is_a_finding(self, tmp_path: Path) -> None:
        issues = self.read(tmp_path).issues.set_index("check")
        assert issues.loc["demand_outside", "count"] == 1
        assert "(2 residents)" in issues.loc["demand_outside", "text_en"]
        assert issues.loc["demand_far", "count"] == 1


class TestRaster:
    def write(self, folder: Path, crs: str | None = "EPSG:4326") -> str:
        """Cells of a ten-thousandth of a degree; 0, no data and a negative cell among them."""
        lon, lat = PLAN.at(100, 900)
        cells = np.zeros((50, 60), dtype=np.float32)
        cells[10, 10], cells[10, 11], cells[40, 50] = 1.5, 2.25, 4.0
        cells[0, 0], cells[1, 1] = -9999, -1
        options = {"height": 50, "width": 60, "count": 1, "dtype": "float32", "crs": crs}
        transform = from_origin(lon, lat, 1e-4, 1e-4)
        with rasterio.open(
            folder / "pop.tif", "w", driver="GTiff", nodata=-9999, transform=transform, **options
        ) as file:
            file.write(cells, 1)
        return '[demand]\nsource = "pop.tif"\n'

    def test_inhabited_cells_become_points(self, tmp_path: Path) -> None:
        city = read_city(write_city(tmp_path, self.write(tmp_path)))
        assert city.demand["residents"].tolist() == [1.5, 2.25, 4.0]
        lon, lat = PLAN.at(100, 900)
        first = city.demand.geometry.iloc[0]
        assert (first.x, first.y) == (
            pytest.approx(lon + 10.5e-4, abs=1e-9),
            pytest.approx(lat - 10.5e-4, abs=1e-9),
        )
        assert set(city.demand["kind"]) == {"raster"}
        assert any("1 negative cells" in note.text.en for note in city.notes)

    def test_without_a_reference_system_it_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no coordinate reference system"):
            read_city(write_city(tmp_path, self.write(tmp_path, crs=None)))

    def test_a_raster_of_elsewhere_is_refused(self, tmp_path: Path) -> None:
        part = self.write(tmp_path)
        with rasterio.open(tmp_path / "pop.tif", "r+") as file:
            file.transform = from_origin(10.0, 50.0, 1e-4, 1e-4)
        with pytest.raises(InputError, match="does not cover the city"):
            read_city(write_city(tmp_path, part))

    def test_what_is_no_raster_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "pop.tif").write_bytes(b"not a raster")
        with pytest.raises(InputError, match="cannot be read"):
            read_city(write_city(tmp_path, '[demand]\nsource = "pop.tif"\n'))


class TestOsm:
    @pytest.mark.parametrize(
        ("text", "tags", "passes"),
        [
            ("amenity=clinic|doctors", {"amenity": "doctors"}, True),
            ("amenity=clinic|doctors", {"amenity": "school"}, False),
            ("amenity=clinic", {"amenity": "school;clinic"}, True),
            ("amenity=* & name~党群", {"amenity": "x", "name": "下沙党群服务中心"}, True),
            ("amenity=* & name~党群", {"amenity": "x"}, False),
            ("leisure=park & access!=private|no", {"leisure": "park"}, True),
            ("leisure=park & access!=private|no", {"leisure": "park", "access": "no"}, False),
            ("amenity=police & name!~警务室", {"amenity": "police", "name": "警务室"}, False),
        ],
    )
    def test_filters(self, text: str, tags: dict[str, str], passes: bool) -> None:
        assert tag_filter(text)(tags) is passes

    @pytest.mark.parametrize("text", ["amenity", "name!=x", ""])
    def test_what_is_no_filter_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"OpenStreetMap filter|must not be"):
            tag_filter(text)

    def test_buildings_shops_and_homes_are_told_apart(self, tmp_path: Path) -> None:
        def square(x: float) -> list[tuple[float, float]]:
            return [(x, 10), (x + 10, 10), (x + 10, 20), (x, 20), (x, 10)]

        ways = [
            ({"highway": "residential"}, [(0, 0), (500, 0)]),
            ({"building": "apartments", "building:levels": "6"}, square(10)),
            ({"building": "yes"}, square(30)),
            ({"building": "yes", "shop": "supermarket"}, square(50)),
            ({"building": "school"}, square(70)),
            ({"amenity": "school", "building": "no"}, square(90)),
        ]
        source = write_osm(tmp_path / "all.osm", ways)
        (tmp_path / "city.toml").write_text(
            '[city]\nname = "x"\n[network]\nsource = "all.osm"\n[demand]\nsource = "all.osm"\n'
            '[[facilities]]\nsource = "all.osm"\n',
            encoding="utf-8",
        )
        city = read_city(tmp_path / "city.toml")
        assert city.demand["use"].tolist() == ["apartments", "yes"]
        assert city.demand["floor_area_m2"].tolist() == pytest.approx([600, 600], rel=1e-3)
        assert city.facilities.categories == {"supermarket": 1}
        assert city.facilities.table["status"].tolist() == ["ok", "unmapped_category"]
        assert isinstance(read_objects(source, {"b": ["building=*"]}), gpd.GeoDataFrame)
