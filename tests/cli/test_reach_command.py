"""The contract of `livingcircle reach`, as an outside check would use it."""

from __future__ import annotations

import csv
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from builders.drawing import PLAN, write_lines, write_osm
from livingcircle import cli
from livingcircle.io.datum import convert as datum
from oracle import Oracle, disagreements, osm_streets

COLUMNS = ["demand_id", "metres", "seconds", "facility_id", "access_m", "status"]
FACILITIES = [("hall", 0, 0), ("clinic", 0, 900)]
DEMAND = [
    ("home", 0, 250),
    ("farm", 500, 500),  # off the network
    ("isle", 95, 500),  # nearer to the island's street
    ("school", -30, 880),
    ("door", 0, 0),
]


def write_points(path, rows, *, id_column="id", header=("lon", "lat"), move=None):
    move = move or (lambda lon, lat: (lon, lat))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*([id_column] if id_column else []), *header])
        for name, x, y in rows:
            lon, lat = move(*PLAN.at(x, y))
            writer.writerow([*([name] if id_column else []), repr(float(lon)), repr(float(lat))])
    return path


@pytest.fixture
def town(tmp_path):
    """A street of 1000 m, an island beside it, two facilities and five demand points."""
    write_lines(
        tmp_path / "streets.geojson",
        [
            PLAN.line((0, 0), (0, 400)),
            PLAN.line((0, 400), (0, 1000)),
            PLAN.line((100, 0), (100, 1000)),
        ],
    )
    write_points(tmp_path / "facilities.csv", FACILITIES)
    write_points(tmp_path / "demand.csv", DEMAND)
    return tmp_path


@pytest.fixture
def run(town, monkeypatch, capsys):
    """Run the command in this process: exit code, stdout, stderr."""
    monkeypatch.chdir(town)

    def call(*extra, network="streets.geojson", facilities="facilities.csv", demand="demand.csv"):
        given = dict(zip(extra[::2], extra[1::2], strict=False))
        words = ["--network", network, "--facilities", facilities, "--demand", demand]
        if "--out" not in given:
            words += ["--out", "reach.csv"]
        monkeypatch.setattr(sys, "argv", ["livingcircle", "reach", *words, *extra])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def table(path="reach.csv"):
    return pd.read_csv(path, dtype={"demand_id": str, "facility_id": str})


def test_columns_order_ids_and_values(run):
    code, _, err = run()
    assert code == 0, err
    got = table()
    assert list(got.columns) == COLUMNS
    assert list(got["demand_id"]) == ["home", "farm", "isle", "school", "door"]
    np.testing.assert_allclose(got["metres"], [250, np.nan, np.nan, 50, 0], atol=1e-3)
    np.testing.assert_allclose(got["seconds"], got["metres"] / 1.33, atol=1e-3)
    np.testing.assert_allclose(got["access_m"].drop(1), [0, 5, 30, 0], atol=1e-3)
    assert got["access_m"][1] == pytest.approx(400, abs=0.1)
    assert list(got["status"]) == ["covered", "off_network", "island", "covered", "covered"]
    assert list(got["facility_id"].fillna("")) == ["hall", "", "", "clinic", "hall"]


def test_unreachable_rows_have_empty_metres(run):
    run()
    with open("reach.csv", newline="", encoding="utf-8") as file:  # noqa: PTH123
        rows = list(csv.DictReader(file))
    for row in (rows[1], rows[2]):
        assert row["metres"] == ""
        assert row["seconds"] == ""
        assert row["facility_id"] == ""


def test_limit_in_metres_is_inclusive(run):
    assert run("--limit-m", "250")[0] == 0
    assert list(table()["status"]) == ["covered", "off_network", "island", "covered", "covered"]
    assert run("--limit-m", "249.9")[0] == 0
    assert list(table()["status"]) == ["gap", "off_network", "island", "covered", "covered"]
    assert table()["metres"][0] == pytest.approx(250, abs=1e-3)


@pytest.mark.parametrize(
    ("walker", "minutes", "status"),
    [
        ("gb50180", "3.75", "covered"),
        ("gb50180", "3.74", "gap"),
        ("elderly", "5.21", "covered"),
        ("elderly", "5.20", "gap"),
        ("adult", "3.14", "covered"),
        ("adult", "3.13", "gap"),
    ],
)
def test_limit_in_minutes_follows_the_walker(run, walker, minutes, status):
    assert run("--minutes", minutes, "--walker", walker)[0] == 0
    assert table()["status"][0] == status


def test_longest_access_leg_holds_for_demand_and_facilities(run, town):
    write_points(town / "facilities.csv", [("far", -31, 0), ("near", -29, 1000)])
    assert run("--max-access-m", "30")[0] == 0
    got = table()
    assert got["facility_id"][0] == "near"
    assert got["metres"][0] == pytest.approx(750 + 29, abs=1e-3)
    assert got["status"][3] == "covered"  # its own leg is 30 m
    assert run("--max-access-m", "450")[0] == 0
    assert table()["status"][1] != "off_network"


@pytest.mark.parametrize("key", ["facility_id", "id"])
def test_facility_ids_come_from_their_column(run, town, key):
    write_points(town / "facilities.csv", FACILITIES, id_column=key)
    assert run()[0] == 0
    assert table()["facility_id"][3] == "clinic"


@pytest.mark.parametrize("key", ["demand_id", "id"])
def test_demand_ids_come_from_their_column(run, town, key):
    write_points(town / "demand.csv", DEMAND, id_column=key)
    assert run()[0] == 0
    assert list(table()["demand_id"])[:2] == ["home", "farm"]


def test_without_ids_rows_are_numbered_from_0(run, town):
    write_points(town / "facilities.csv", FACILITIES, id_column=None)
    write_points(town / "demand.csv", DEMAND, id_column=None)
    assert run()[0] == 0
    assert list(table()["demand_id"]) == ["0", "1", "2", "3", "4"]
    assert table()["facility_id"][3] == "1"


def test_ids_stay_as_written(run, town):
    write_points(town / "demand.csv", [("007", 0, 10), ("1.50", 0, 20), ("三", 0, 30)])
    assert run()[0] == 0
    assert list(table()["demand_id"]) == ["007", "1.50", "三"]


def test_ids_are_no_formulas_in_a_spreadsheet(run, town):
    write_points(town / "facilities.csv", [('=HYPERLINK("http://a")', 0, 500)])
    write_points(town / "demand.csv", [("＝A1", 0, 100), ("-5", 0, 200), ("\ufeff@x", 0, 300)])
    code, _, _ = run()
    assert code == 0
    with (town / "reach.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["demand_id"] for row in rows] == ["'＝A1", "-5", "'\ufeff@x"]
    assert {row["facility_id"] for row in rows} == {'\'=HYPERLINK("http://a")'}


def test_repeated_demand_ids_keep_their_rows(run, town):
    write_points(town / "demand.csv", [("a", 0, 10), ("a", 0, 20), ("b", 0, 30)])
    assert run()[0] == 0
    assert list(table()["demand_id"]) == ["a", "a", "b"]
    np.testing.assert_allclose(table()["metres"], [10, 20, 30], atol=1e-3)


def test_geopackage_by_ending(run, town):
    assert run("--out", "reach.gpkg", "--limit-m", "100")[0] == 0
    got = gpd.read_file(town / "reach.gpkg")
    assert [c for c in got.columns if c in COLUMNS] == COLUMNS
    assert got.crs.to_epsg() == 4326
    assert list(got["demand_id"]) == ["home", "farm", "isle", "school", "door"]
    assert list(got["status"]) == ["gap", "off_network", "island", "covered", "covered"]
    assert got["metres"].isna().tolist() == [False, True, True, False, False]
    lon, lat = PLAN.at(0, 250)
    assert got.geometry.iloc[0].distance(Point(lon, lat)) < 1e-9


def test_other_formats_in(run, town):
    points = pd.read_csv(town / "demand.csv")
    shapes = gpd.GeoDataFrame(
        points[["id"]], geometry=gpd.points_from_xy(points.lon, points.lat), crs=4326
    )
    shapes.to_crs(PLAN_UTM).to_file(town / "demand.gpkg")
    pyogrio.write_dataframe(gpd.read_file(town / "streets.geojson"), town / "streets.gpkg")
    assert run(network="streets.gpkg", demand="demand.gpkg")[0] == 0
    np.testing.assert_allclose(table()["metres"], [250, np.nan, np.nan, 50, 0], atol=2e-3)


PLAN_UTM = 32649


def test_datum_of_the_point_tables(run, town):
    def to_gcj(lon, lat):
        there = datum.from_wgs84(np.array([lon]), np.array([lat]), "gcj02")
        return float(there[0][0]), float(there[1][0])

    for name, rows in (("facilities.csv", FACILITIES), ("demand.csv", DEMAND)):
        write_points(town / name, rows, move=to_gcj)
    assert run("--datum", "gcj02")[0] == 0
    np.testing.assert_allclose(table()["metres"], [250, np.nan, np.nan, 50, 0], atol=0.01)


def test_coordinates_with_a_bom_and_spaces(run, town):
    text = (town / "demand.csv").read_text(encoding="utf-8").replace("lon,lat", " lon , lat ")
    (town / "demand.csv").write_text(text, encoding="utf-8-sig")
    assert run()[0] == 0
    assert next(iter(table()["demand_id"])) == "home"


def test_a_point_at_the_other_end_of_the_world_is_off_the_network(run, town):
    with (town / "demand.csv").open("a", encoding="utf-8") as file:
        file.write("antipode,-66.5,-30.2\npole,0,90\n")
    assert run()[0] == 0
    assert list(table()["status"])[-2:] == ["off_network", "off_network"]
    assert list(table()["status"])[:1] == ["covered"]


def test_no_demand_gives_a_header_alone(run, town):
    write_points(town / "demand.csv", [])
    assert run()[0] == 0
    assert list(table().columns) == COLUMNS
    assert len(table()) == 0


def test_no_facility_leaves_everything_an_island(run, town):
    write_points(town / "facilities.csv", [])
    assert run()[0] == 0
    assert list(table()["status"]) == ["island", "off_network", "island", "island", "island"]


def test_the_same_call_writes_the_same_bytes(run, town):
    run()
    first = (town / "reach.csv").read_bytes()
    run()
    assert (town / "reach.csv").read_bytes() == first


# --- wrong input ---------------------------------------------------------------------------


def _swap(path, old, new):
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def _break(town, what):
    if what == "no lon column":
        _swap(town / "demand.csv", "lon", "longissimus")
    elif what == "words for numbers":
        lines = (town / "demand.csv").read_text(encoding="utf-8").splitlines()
        lines[2] = "farm,here,there"
        (town / "demand.csv").write_text("\n".join(lines), encoding="utf-8")
    elif what == "latitude of 95":
        lines = (town / "demand.csv").read_text(encoding="utf-8").splitlines()
        lines[2] = "farm,113.5,95"
        (town / "demand.csv").write_text("\n".join(lines), encoding="utf-8")
    elif what == "broken network":
        (town / "streets.geojson").write_text('{"type": "FeatureColl', encoding="utf-8")
    elif what == "network of points":
        gpd.GeoDataFrame(geometry=[Point(113.5, 30.2)], crs=4326).to_file(town / "streets.geojson")
    elif what == "broken table":
        (town / "facilities.csv").write_bytes(b"\x00\x01\x02\xff" * 40)
    elif what == "empty table":
        (town / "facilities.csv").write_bytes(b"")


@pytest.mark.parametrize(
    ("what", "named"),
    [
        ("no lon column", "demand.csv"),
        ("words for numbers", "demand.csv"),
        ("latitude of 95", "demand.csv"),
        ("broken network", "streets.geojson"),
        ("network of points", "streets.geojson"),
        ("broken table", "facilities.csv"),
        ("empty table", "facilities.csv"),
    ],
)
def test_wrong_files_give_one_line_and_no_output(run, town, what, named):
    _break(town, what)
    before = sorted(p.name for p in town.iterdir())
    code, _, err = run()
    assert code == 2
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    assert "unexpected" not in err, err
    assert named in err
    assert sorted(p.name for p in town.iterdir()) == before


def test_the_row_of_a_wrong_coordinate_is_named_as_a_spreadsheet_counts(run, town):
    _break(town, "words for numbers")
    assert "row 3" in run()[2]


@pytest.mark.parametrize(
    "words",
    [
        ("--out", "demand.csv/reach.csv"),
        ("--no-such-option", "1"),
        ("--limit-m", "-1"),
        ("--limit-m", "nan"),
        ("--limit-m", "far"),
        ("--minutes", "-5"),
        ("--max-access-m", "-1"),
        ("--walker", "jogger"),
        ("--datum", "wgs48"),
        ("--limit-m", "500", "--minutes", "5"),
        ("--out", "reach.docx"),
    ],
    ids=" ".join,
)
def test_wrong_calls_end_with_2_and_no_output(run, town, words):
    before = sorted(p.name for p in town.iterdir())
    code, _, err = run(*words)
    assert code == 2
    assert len(err.strip().splitlines()) == 1, err
    assert "unexpected" not in err, err
    assert sorted(p.name for p in town.iterdir()) == before


@pytest.mark.parametrize("which", ["network", "facilities", "demand"])
def test_missing_files_are_named(run, town, which):
    code, _, err = run(**{which: "nowhere.csv" if which != "network" else "nowhere.osm.pbf"})
    assert code == 2
    assert "nowhere" in err
    assert len(err.strip().splitlines()) == 1
    assert not (town / "reach.csv").exists()


def test_a_failed_call_leaves_the_former_output_alone(run, town):
    run()
    before = (town / "reach.csv").read_bytes()
    _break(town, "words for numbers")
    assert run()[0] == 2
    assert (town / "reach.csv").read_bytes() == before


@pytest.mark.slow
def test_the_installed_command(town):
    """Once as a process of its own: nothing on stderr but what a person needs, exit codes."""
    words = ["reach", "--network", "streets.geojson", "--facilities", "facilities.csv"]
    start = [sys.executable, "-c", "from livingcircle.cli.main import main; main()"]
    good = subprocess.run(
        [*start, *words, "--demand", "demand.csv", "--out", "reach.csv"],
        cwd=town, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert good.returncode == 0, good.stderr
    assert good.stderr == "", "quiet where nobody watches"
    assert len(pd.read_csv(town / "reach.csv")) == 5
    bad = subprocess.run(
        [*start, *words, "--demand", "absent.csv", "--out", "none.csv"],
        cwd=town, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert bad.returncode == 2
    assert len(bad.stderr.strip().splitlines()) == 1
    assert not (town / "none.csv").exists()


# --- an OSM file, tags and all ---------------------------------------------------------------

WAYS = [
    ({"highway": "residential"}, [(0, 0), (0, 100), (0, 200), (0, 300)]),
    ({"highway": "residential", "oneway": "yes"}, [(0, 300), (200, 300), (200, 0), (0, 0)]),
    ({"highway": "footway", "foot": "no"}, [(0, 200), (200, 200), (200, 300)]),
    ({"highway": "service", "access": "private"}, [(0, 100), (120, 100)]),
    ({"highway": "service", "access": "private", "foot": "yes"}, [(0, 200), (-150, 200)]),
    ({"highway": "motorway"}, [(-300, -50), (400, -50)]),
    ({"highway": "cycleway"}, [(0, 0), (-100, -40)]),
    ({"highway": "construction"}, [(0, 0), (40, -100)]),
    ({"highway": "pedestrian", "area": "yes"}, [(0, 300), (0, 400), (80, 400), (0, 300)]),
    ({"highway": "service", "service": "private"}, [(200, 0), (260, 0)]),
    ({"highway": "steps"}, [(200, 0), (200, -120)]),
    ({"highway": "footway", "bridge": "yes", "layer": "1"}, [(-50, 150), (150, 150)]),
    ({"railway": "rail"}, [(0, 0), (-300, 300)]),
]
HOMES = [
    (-120, 205), (110, 98), (250, 4), (203, -90), (60, 390), (30, -95), (-90, -38), (140, 152),
    (100, 203), (199, 150), (0, 255), (-300, -60), (0, 0), (-50, 150), (100, 300),
]  # fmt: skip


def test_an_osm_file_is_read_by_the_walking_rules(run, town):
    streets = osm_streets(write_osm(town / "town.osm", WAYS))
    write_points(town / "demand.csv", [(f"h{i}", *xy) for i, xy in enumerate(HOMES)])
    write_points(town / "facilities.csv", [("f", 3, 251)])
    judge = Oracle(streets, [PLAN.at(3, 251)], [PLAN.at(*xy) for xy in HOMES], facility_ids=["f"])
    assert run(network="town.osm")[0] == 0
    wrong = disagreements(judge, table(), within_m=0.02, within_part=0.0)
    assert wrong.empty, wrong
    # The bridge touches nothing, so whoever lives on it is on an island.
    assert table()["status"][13] == "island"
