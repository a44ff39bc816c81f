"""The detector of a wrong datum: on a made town, and on three real cities."""

from __future__ import annotations

import numpy as np
import pyogrio
import pytest
import shapely
from scipy.spatial import cKDTree

from livingcircle.errors import DatumError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.io.datum.detect import CANDIDATES, DatumGuess, check_datum, detect_datum
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.network.read import read_network

WEST, SOUTH = 113.40, 22.90
LON_M, LAT_M = 102_550.0, 110_750.0
SIZE_M = 6000.0


@pytest.fixture(scope="module")
def town():
    """Streets of a town of uneven blocks: (coords, edge_start), and the streets' x and y."""
    rng = np.random.default_rng(3)
    across = np.cumsum(rng.uniform(70, 260, 60))
    across = across[across < SIZE_M]
    lines = [[(x, 0), (x, SIZE_M)] for x in across] + [[(0, y), (SIZE_M, y)] for y in across]
    coords = np.array(lines).reshape(-1, 2) / [LON_M, LAT_M] + [WEST, SOUTH]
    return coords, np.arange(0, len(coords) + 1, 2), across


def beside_streets(town, count, seed=0):
    """Facilities 5 to 25 m beside a street, as WGS 84."""
    rng = np.random.default_rng(seed)
    street = rng.choice(town[2], count) + rng.uniform(5, 25, count) * rng.choice([-1, 1], count)
    along = rng.uniform(500, SIZE_M - 500, count)
    flip = rng.random(count) < 0.5
    xy = np.where(flip[:, None], np.column_stack([street, along]), np.column_stack([along, street]))
    return xy[:, 0] / LON_M + WEST, xy[:, 1] / LAT_M + SOUTH


@pytest.mark.parametrize("datum", CANDIDATES)
def test_the_datum_of_a_made_town_is_found(town, datum):
    lon, lat = from_wgs84(*beside_streets(town, 150), datum)
    guess = detect_datum(lon, lat, *town[:2])
    assert guess.best == datum
    assert guess.conclusive
    assert guess.scores[datum] == guess.certainty
    assert sum(guess.scores.values()) <= 1 + 1e-9


def test_the_answer_repeats_and_rows_without_coordinates_do_not_matter(town):
    lon, lat = from_wgs84(*beside_streets(town, 60), "bd09")
    one = detect_datum(lon, lat, *town[:2])
    assert detect_datum(lon, lat, *town[:2]) == one
    gaps = np.full(5, np.nan)
    other = detect_datum(np.append(lon, gaps), np.append(lat, gaps), *town[:2])
    assert other.scores == pytest.approx(one.scores, abs=1e-12)


def test_places_of_chance_are_no_finding(town):
    """Places that stand anywhere, two kilometres from the end of the streets."""
    rng = np.random.default_rng(5)
    likely = 0
    for seed in range(60):
        lon = WEST + rng.uniform(2000, SIZE_M - 2000, 80) / LON_M
        lat = SOUTH + rng.uniform(2000, SIZE_M - 2000, 80) / LAT_M
        guess = detect_datum(lon, lat, *town[:2], seed=seed)
        assert not guess.conclusive
        likely += guess.likely
    assert likely <= 6


@pytest.mark.parametrize("datum", CANDIDATES)
def test_named_units_tell_the_datum_of_a_dozen_rows(town, datum):
    rng = np.random.default_rng(8)
    edge = np.arange(0, SIZE_M, 600)
    x, y = map(np.ravel, np.meshgrid(edge, edge))
    boxes = shapely.box(
        x / LON_M + WEST, y / LAT_M + SOUTH, (x + 600) / LON_M + WEST, (y + 600) / LAT_M + SOUTH
    )
    of = rng.choice(len(boxes), 12, replace=False)
    lon = (x[of] + rng.uniform(50, 550, 12)) / LON_M + WEST
    lat = (y[of] + rng.uniform(50, 550, 12)) / LAT_M + SOUTH
    moved = from_wgs84(lon, lat, datum)
    without = detect_datum(*moved, *town[:2])
    guess = detect_datum(*moved, *town[:2], units=boxes, unit_of=of)
    assert not without.conclusive
    assert guess.best == datum
    assert guess.conclusive
    # A row that names no unit, or one that does not exist, is no error.
    of = of.copy()
    of[0], of[1] = -1, 10_000
    assert detect_datum(*moved, *town[:2], units=boxes, unit_of=of).best == datum


def test_a_list_that_falls_off_the_edge_of_the_city(town):
    """Without names the units still tell: facilities lie in some unit of the city."""
    rng = np.random.default_rng(2)
    # A strip 900 m wide, which a shift of half a kilometre across it leaves.
    strip = shapely.box(WEST, SOUTH, WEST + 900 / LON_M, SOUTH + SIZE_M / LAT_M)
    lon = WEST + rng.uniform(20, 880, 60) / LON_M
    lat = SOUTH + rng.uniform(20, SIZE_M - 20, 60) / LAT_M
    guess = detect_datum(*from_wgs84(lon, lat, "gcj02"), *town[:2], units=np.array([strip]))
    assert (guess.best, guess.likely) == ("gcj02", True)


def test_it_keeps_silent_where_nothing_can_be_said(town):
    lon, lat = beside_streets(town, 40)
    far = detect_datum(lon + 3, lat, *town[:2])
    assert (far.certainty, far.text.en) == (0.0, "no streets lie near the places")
    abroad = detect_datum(lon - 130, lat, town[0] - [130, 0], town[1])
    assert (abroad.certainty, abroad.text.en) == (0.0, "outside China the datums do not differ")
    assert detect_datum(lon[:4], lat[:4], *town[:2]).certainty == 0.0
    assert detect_datum(lon[:0], lat[:0], *town[:2]).count == 0
    # Forty rows at one address are one place.
    one = detect_datum(np.repeat(lon[0], 40), np.repeat(lat[0], 40), *town[:2])
    assert (one.count, one.certainty) == (1, 0.0)


def test_a_stated_datum_is_refused_only_when_it_is_clearly_wrong():
    scores = {"wgs84": 0.0001, "gcj02": 0.0, "bd09": 0.9999}
    said = LocalizedText("80 个点符合 BD-09", "80 places lie on the streets as BD-09 does")
    guess = DatumGuess("bd09", scores, 0.9999, said, 80)
    with pytest.raises(DatumError) as caught:
        check_datum("wgs84", guess, file="facilities.csv")
    assert str(caught.value).startswith("facilities.csv, field 'datum': ")
    assert said.en in str(caught.value)
    assert 'State datum = "bd09".' in str(caught.value)
    assert "坐标将按 wgs84 读取，但 80 个点符合 BD-09。请写" in caught.value.line("zh")
    check_datum("BD-09", guess)
    check_datum("epsg:4547", guess)
    with pytest.raises(DatumError):
        check_datum("cgcs2000", guess)
    unsure = DatumGuess("bd09", scores, 0.97, EMPTY, 80)
    check_datum("wgs84", unsure)
    good = DatumGuess("wgs84", {}, 0.9999, EMPTY, 80)
    check_datum("cgcs2000", good)


# Real POIs, given in each datum in turn. Measured over 90 samples each, places as OpenStreetMap
# has them (and moved by a normal error of 30 m each way, which hides the streets they stand at):
#                                    20 places      50 places      200 places
#   Las Palmas, walking network      1.00 (0.63)    1.00 (0.71)    1.00 (0.89)  right
#                                    0.23 (0.00)    0.94 (0.00)    1.00 (0.00)  sure (99 %)
#   Hangzhou, carriageways only      0.74 (0.43)    0.81 (0.58)    1.00 (0.66)  right
#                                    0.00 (0.00)    0.00 (0.00)    0.54 (0.00)  sure
#   Huangpu, dense walking network   0.82 (0.47)                                right
#                                    0.00 (0.00)                                sure
# In all 1,260 samples it never was sure and wrong, which is what a refusal needs; nor was it on
# points that hug no street (below).
MEASURED = [
    ("laspalmas", 20, 0.95, 0.25),
    ("laspalmas", 50, 1.0, 0.95),
    ("laspalmas", 200, 1.0, 1.0),
    ("hangzhou", 20, 0.65, 0.0),
    ("hangzhou", 50, 0.75, 0.0),
    ("hangzhou", 200, 1.0, 0.5),
    ("huangpu", 20, 0.7, 0.0),
]
FILES = {
    "laspalmas": ("laspalmas/laspalmas_2023.osm.pbf", "laspalmas/laspalmas_2023.osm.pbf", "walk"),
    "hangzhou": (
        "hangzhou/hangzhou_xihu_drive_2026.osm.pbf",
        "hangzhou/hangzhou_poi_2024.osm.pbf",
        "drive",
    ),
    "huangpu": ("huangpu/all_2026.osm.pbf", "huangpu/poi_2026.osm.pbf", "walk"),
}
# Las Palmas lies outside China: its streets and places are moved to 119.6° E on their parallel.
EAST = {"laspalmas": 135.0}
STREET_FURNITURE = (
    "bench|waste|parking|recycl|bicycle|fountain|vending|drinking|fuel|post_box|taxi|telephone|"
    "toilets|shelter|ferry|bus_station|charging|motorcycle"
)


@pytest.fixture(scope="module")
def cities(real_data):
    found = {}
    for city, (streets, places, mode) in FILES.items():
        network = read_network(real_data / streets, mode=mode)
        east = np.array([EAST.get(city, 0.0), 0.0])
        points = np.concatenate(
            [_places(real_data / places, layer) for layer in ("points", "multipolygons")]
        )
        low, high = network.coords.min(axis=0) + 0.002, network.coords.max(axis=0) - 0.002
        points = points[((points > low) & (points < high)).all(axis=1)]
        off = cKDTree(network.coords * LAT_M * [0.9, 1]).query(points * LAT_M * [0.9, 1])[0]
        # The file of Hangzhou's places covers more than that of its streets.
        found[city] = network.coords + east, network.edge_start, points[off < 400] + east
    return found


def _places(path, layer):
    frame = pyogrio.read_dataframe(path, layer=layer, on_invalid="ignore")
    frame = frame[frame.geometry.notna()]
    tags = frame["other_tags"].fillna("").astype("str")
    for key in ("amenity", "shop"):
        if key in frame:
            tags += np.where(frame[key].notna(), f'"{key}"=>"' + frame[key].fillna("") + '"', "")
    wanted = rf'"(?:amenity|healthcare|social_facility|shop)"=>"(?!{STREET_FURNITURE})'
    shapes = frame.geometry[tags.str.contains(wanted)].to_numpy()
    return shapely.get_coordinates(shapely.point_on_surface(shapes))


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(("city", "count", "right", "sure"), MEASURED)
def test_on_real_places(cities, city, count, right, sure):
    coords, start, places = cities[city]
    rng = np.random.default_rng(count)
    hits, sures = [], []
    for trial in range(24):
        datum = CANDIDATES[trial % 3]
        sample = places[rng.choice(len(places), count, replace=False)]
        given = from_wgs84(sample[:, 0], sample[:, 1], datum)
        guess = detect_datum(*given, coords, start, seed=trial)
        hits.append(guess.best == datum)
        sures.append(guess.conclusive)
        assert guess.best == datum or not guess.conclusive
    assert np.mean(hits) >= right
    assert np.mean(sures) >= sure


def _no_evidence(rng, kind, low, high):
    """300 points that do not hug streets: of chance, a lattice of 100 m, a raster with holes."""
    if kind == "chance":
        return rng.uniform(low, high, (300, 2))
    step = np.array([100 / 102_000, 100 / 111_000]) * (1.0 if kind == "lattice" else 0.9)
    corner = (low + high) / 2 + rng.uniform(-0.2, 0.2, 2) * (high - low) - 8 * step
    cells = np.stack(np.meshgrid(np.arange(17), np.arange(17)), axis=-1).reshape(-1, 2)
    kept = cells if kind == "lattice" else cells[rng.random(len(cells)) < 0.6]
    return kept * step + corner


@pytest.mark.real
@pytest.mark.exhaustive
@pytest.mark.parametrize("kind", ["chance", "lattice", "raster", "villages"])
@pytest.mark.parametrize("city", ["laspalmas", "huangpu", "futian"])
def test_points_that_do_not_hug_streets_are_never_sure_and_wrong(real_data, city, kind):
    path = real_data / ("futian/walk.graphml" if city == "futian" else FILES[city][0])
    network = read_network(path)
    coords = network.coords + np.array([EAST.get(city, 0.0), 0.0])
    low, high = np.percentile(coords, 2, axis=0), np.percentile(coords, 98, axis=0)
    villages = None
    if kind == "villages":
        if city != "futian":
            pytest.skip("only Futian has urban villages")
        file = real_data / "futian" / "urban_village_communities.geojson"
        villages = shapely.union_all(pyogrio.read_dataframe(file).geometry.to_numpy())
        low, high = np.array(villages.bounds[:2]), np.array(villages.bounds[2:])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        if villages is None:
            points = _no_evidence(rng, kind, low, high)
        else:
            tried = rng.uniform(low, high, (20_000, 2))
            points = tried[shapely.contains_xy(villages, *tried.T)][:300]
        datum = CANDIDATES[seed % 3]
        given = from_wgs84(points[:, 0], points[:, 1], datum)
        guess = detect_datum(*given, coords, network.edge_start, seed=seed)
        assert guess.best == datum or not guess.conclusive


@pytest.mark.real
def test_real_communities_tell_the_datum_of_rows_that_name_them(real_data):
    """Futian: a place within each of 15 communities that its row names (the places are made)."""
    network = read_network(real_data / "futian" / "walk.graphml")
    frame = pyogrio.read_dataframe(real_data / "futian" / "communities_and_streets.geojson")
    units = frame[frame["admin_level"].astype(int) == 10].geometry.to_numpy()
    low, high = network.coords.min(axis=0), network.coords.max(axis=0)
    centre = shapely.get_coordinates(shapely.point_on_surface(units))
    near = np.flatnonzero(((centre > low) & (centre < high)).all(axis=1))[:15]
    assert len(near) >= 10
    for datum in CANDIDATES:
        given = from_wgs84(centre[near, 0], centre[near, 1], datum)
        guess = detect_datum(*given, network.coords, network.edge_start, units=units, unit_of=near)
        assert (guess.best, guess.conclusive) == (datum, True)
