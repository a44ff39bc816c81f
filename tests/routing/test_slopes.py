"""Minutes on slopes that follow from arithmetic: hills of a known shape have known minutes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import rasterio

from builders.dem import write_dem
from builders.drawing import PLAN, walk_network, write_osm
from livingcircle.errors import ConfigError, InputError
from livingcircle.network.read import read_network
from livingcircle.network.terrain import with_terrain
from livingcircle.routing.engine import reach
from livingcircle.vocab.walkers import walker
from oracle import Oracle, lines_as_streets, osm_streets
from oracle_slopes import LAWS as JUDGED
from oracle_slopes import Heights, seconds_of

SPEED = 1.25


def tobler(slope):
    return math.exp(3.5 * (abs(slope + 0.05) - 0.05))


def irmischer(slope):
    return (0.11 + math.exp(-25 / 1800)) / (0.11 + math.exp(-((100 * slope + 5) ** 2) / 1800))


LAWS = {"tobler": tobler, "irmischer": irmischer}
NORTH = [PLAN.line((0, 0), (0, 1000))]


def hill(path, lines, height, *, pace="tobler", smooth_m=None, **more):
    network = walk_network(lines)
    return with_terrain(network, write_dem(path, height, **more), pace=pace, smooth_m=smooth_m)


def rise(slope):
    return lambda x, y: 100 + slope * y


@pytest.mark.slow
@pytest.mark.parametrize("pace", LAWS)
@pytest.mark.parametrize("crs", [None, "EPSG:4326", "EPSG:32649"])
@pytest.mark.parametrize("slope", [0.0, 0.08, -0.2])
def test_an_even_slope_costs_by_its_law_in_each_direction(tmp_path, pace, crs, slope):
    network = hill(tmp_path / "a.tif", NORTH, rise(slope), pace=pace, crs=crs)
    up = reach(network, PLAN.facilities([(0, 900)]), walker=SPEED)
    down = reach(network, PLAN.facilities([(0, 100)]), walker=SPEED)
    home = PLAN.points([(0, 150), (0, 500)])
    metres = np.array([750.0, 400.0])
    found = up.to(home)
    assert found["metres"].to_numpy() == pytest.approx(metres, abs=0.01)
    assert found["seconds"].to_numpy() == pytest.approx(
        metres * LAWS[pace](slope) / SPEED, rel=2e-4
    )
    home = PLAN.points([(0, 850), (0, 500)])
    assert down.to(home)["seconds"].to_numpy() == pytest.approx(
        metres * LAWS[pace](-slope) / SPEED, rel=2e-4
    )


@pytest.mark.slow
def test_level_ground_is_as_without_terrain_to_the_last_millionth(tmp_path):
    lines = [PLAN.line((0, 0), (0, 700)), PLAN.line((0, 0), (300, 50), (0, 700))]
    shops, homes = PLAN.facilities([(20, 100), (150, 300)]), PLAN.points([(5, 600), (250, 60)])
    level = hill(tmp_path / "a.tif", lines, rise(0.0))
    for limit in ({}, {"minutes": 5}, {"limit_m": 400}):
        flat = reach(walk_network(lines), shops, walker=SPEED).to(homes, **limit)
        found = reach(level, shops, walker=SPEED).to(homes, **limit)
        assert (found["metres"] == flat["metres"]).all()
        assert found["seconds"].to_numpy() == pytest.approx(flat["seconds"].to_numpy(), abs=1e-6)
        assert list(found["status"]) == list(flat["status"])


def test_metres_never_change(tmp_path):
    lines = [PLAN.line((0, 0), (0, 600)), PLAN.line((0, 0), (200, 0), (200, 600), (0, 600))]
    # The straight way leads over a ridge of 60 m.
    ridge = hill(
        tmp_path / "a.tif", lines, lambda x, y: 60 * np.exp(-(x**2 + (y - 300) ** 2) / 9e3)
    )
    shop, homes = PLAN.facilities([(0, 600)]), PLAN.points([(0, 0), (0, 200), (200, 300)])
    flat = reach(walk_network(lines), shop).to(homes)
    for limit in ({}, {"minutes": 30}):
        found = reach(ridge, shop).to(homes, **limit)
        assert (found["metres"] == flat["metres"]).all()
    # Around it is longer and faster.
    assert found["metres"].iloc[0] == pytest.approx(600, abs=0.01)
    around = reach(ridge, shop, walker=1.0).to(homes)["seconds"].iloc[0]
    over = reach(ridge, shop, walker=1.0).route(homes)["seconds"].iloc[0]
    assert 1000 <= around < over


def test_a_roof_is_climbed_at_its_slope_and_descended_at_its_own(tmp_path):
    """Up 12 % for 500 m, down 12 % for 500 m: the ridge lies in the middle of one edge."""
    lines = [PLAN.line((0, -500), (0, 500))]
    roof = hill(
        tmp_path / "a.tif", lines, lambda x, y: 200 - 0.12 * np.abs(y), cell_m=2.0, smooth_m=0.0,
        box=(-50, -600, 50, 600),
    )  # fmt: skip
    found = reach(roof, PLAN.facilities([(0, 500)]), walker=SPEED)
    seconds = found.to(PLAN.points([(0, -500), (0, -250), (0, 250)]))["seconds"].to_numpy()
    up, down = tobler(0.12) / SPEED, tobler(-0.12) / SPEED
    right = [500 * up + 500 * down, 250 * up + 500 * down, 250 * down]
    assert seconds == pytest.approx(right, rel=2e-3)
    smooth = hill(tmp_path / "b.tif", lines, lambda x, y: 200 - 0.12 * np.abs(y))
    rounded = reach(smooth, PLAN.facilities([(0, 500)]), walker=SPEED)
    assert rounded.to(PLAN.points([(0, -500)]))["seconds"].iloc[0] == pytest.approx(
        right[0], rel=0.01
    )


def test_a_sine_of_hills_takes_the_integral_of_its_law(tmp_path):
    length, top = 400.0, 12.0
    lines = [PLAN.line((0, 0), (0, 800))]
    hills = hill(
        tmp_path / "a.tif", lines, lambda x, y: top * np.sin(2 * np.pi * y / length),
        cell_m=5.0, smooth_m=0.0, box=(-50, -100, 50, 900),
    )  # fmt: skip
    y = np.linspace(0, 800, 80_001)
    slope = top * 2 * np.pi / length * np.cos(2 * np.pi * y / length)
    law = np.exp(3.5 * (np.abs(slope + 0.05) - 0.05))
    right = float(((law[1:] + law[:-1]) / 2 * np.diff(y)).sum())
    found = reach(hills, PLAN.facilities([(0, 800)]), walker=1.0).to(PLAN.points([(0, 0)]))
    assert found["seconds"].iloc[0] == pytest.approx(right, rel=2e-3)


def test_on_one_edge_the_way_is_the_cheaper_of_both_directions(tmp_path):
    """A ring on a slope: the same edge is walked up or down, whichever is faster."""
    ring = [PLAN.line((0, 0), (0, 400), (400, 400), (400, 0), (0, 0))]
    slope = hill(tmp_path / "a.tif", ring, rise(0.1))
    found = reach(slope, PLAN.facilities([(200, 400)]), walker=1.0)
    up = tobler(0.1)
    homes = PLAN.points([(0, 100), (400, 350), (100, 0)])
    assert found.to(homes)["seconds"].to_numpy() == pytest.approx(
        [300 * up + 200, 50 * up + 200, 100 + 400 * up + 200], rel=3e-4
    )


def test_home_and_facility_on_one_edge_reach_each_other_along_it(tmp_path):
    slope = hill(tmp_path / "a.tif", NORTH, rise(0.1))
    found = reach(slope, PLAN.facilities([(10, 400), (10, 800)]), walker=1.0)
    got = found.to(PLAN.points([(0, 620), (0, 401)]), minutes=30)
    # 220 m down are faster than 180 m up.
    assert list(got["facility_id"]) == ["f0", "f0"]
    assert got["seconds"].to_numpy() == pytest.approx(
        [220 * tobler(-0.1) + 10, tobler(-0.1) + 10], rel=1e-3
    )
    assert found.to(PLAN.points([(0, 620)]))["facility_id"].iloc[0] == "f1"


def test_a_limit_ends_at_the_exact_second_inclusive(tmp_path):
    """Steep below, gentle above: the edge of the circle lies where the seconds are used up."""
    bend = hill(
        tmp_path / "a.tif", NORTH, lambda x, y: np.where(y < 500, 0.16 * y, 80 + 0.04 * (y - 500)),
        cell_m=5.0, smooth_m=0.0, box=(-50, -200, 50, 1200),
    )  # fmt: skip
    found = reach(bend, PLAN.facilities([(0, 1000)]), walker=1.0)
    minutes = 15.0
    rest = minutes * 60 - 500 * tobler(0.04)
    end = 500 - rest / tobler(0.16)
    pieces = found.edges(minutes=minutes)
    assert pieces["length_m"].sum() == pytest.approx(1000 - end, abs=1.5)
    edge_y = float(1000 - pieces["length_m"].sum())
    on_it = found.to(PLAN.points([(0, edge_y - 0.01), (0, edge_y + 0.01)]), minutes=minutes)
    assert list(on_it["status"]) == ["gap", "covered"]
    exact = float(found.to(PLAN.points([(0, 333)]))["seconds"].iloc[0])
    assert found.to(PLAN.points([(0, 333)]), minutes=exact / 60)["status"].iloc[0] == "covered"
    assert found.to(PLAN.points([(0, 333)]), minutes=exact / 60 - 1e-6)["status"].iloc[0] == "gap"


def test_tables_of_pairs_agree_with_the_nearest(tmp_path):
    lines = [PLAN.line((0, 0), (0, 600)), PLAN.line((0, 0), (200, 0), (200, 600), (0, 600))]
    slope = hill(tmp_path / "a.tif", lines, lambda x, y: 0.1 * y + 0.05 * x)
    found = reach(slope, PLAN.facilities([(0, 50), (200, 500), (100, 600)]), walker=SPEED)
    homes = PLAN.points([(0, 300), (200, 10), (150, 0)])
    pairs = found.od(homes, minutes=60)
    assert len(pairs) == 9
    least = pairs.groupby("demand_id")[["metres", "seconds"]].min()
    nearest = found.to(homes, minutes=60)
    assert least["seconds"].to_numpy() == pytest.approx(nearest["seconds"].to_numpy(), abs=1e-6)
    assert least["metres"].to_numpy() == pytest.approx(nearest["metres"].to_numpy(), abs=1e-6)
    by_metres = found.od(homes, limit_m=5000).sort_values(["demand_id", "facility_id"])
    pairs = pairs.sort_values(["demand_id", "facility_id"])
    assert by_metres["seconds"].to_numpy() == pytest.approx(pairs["seconds"].to_numpy(), abs=1e-6)


def bridge_over_a_valley(tmp_path, tags):
    """A street in three ways along y; a valley of 30 m lies under the middle one."""
    street = {"highway": "footway"}
    ways = [
        (street, [(0, 0), (0, 200)]),
        (tags, [(0, 200), (0, 300)]),
        (tags | {"name": "b"}, [(0, 300), (0, 400)]),
        ({"highway": "footway", **{k: tags[k] for k in ("bridge", "tunnel") if k in tags}},
         [(0, 300), (50, 300)]),
        (street, [(0, 400), (0, 600)]),
    ]  # fmt: skip
    network = read_network(write_osm(tmp_path / "a.osm", ways))
    dem = write_dem(
        tmp_path / "a.tif", lambda x, y: 0.05 * y - 30 * ((y > 205) & (y < 395)), cell_m=2.0,
        box=(-100, -50, 100, 700),
    )  # fmt: skip
    return with_terrain(network, dem, smooth_m=0.0)


@pytest.mark.parametrize("tags", [{"bridge": "yes"}, {"tunnel": "yes"}])
def test_bridges_and_tunnels_lie_between_their_ends(tmp_path, tags):
    network = bridge_over_a_valley(tmp_path, {"highway": "footway", **tags})
    found = reach(network, PLAN.facilities([(0, 600)]), walker=1.0)
    assert found.to(PLAN.points([(0, 0)]))["seconds"].iloc[0] == pytest.approx(
        600 * tobler(0.05), rel=1e-3
    )


def test_without_the_tag_the_valley_is_walked(tmp_path):
    network = bridge_over_a_valley(tmp_path, {"highway": "footway"})
    found = reach(network, PLAN.facilities([(0, 600)]), walker=1.0)
    assert found.to(PLAN.points([(0, 0)]))["seconds"].iloc[0] > 1000


def test_streets_without_height_are_level_and_holes_are_bridged(tmp_path):
    def height(x, y):
        return np.where((y > 400) & (y < 600), np.nan, 0.1 * y)

    lines = [*NORTH, PLAN.line((500, 0), (500, 300))]
    network = hill(
        tmp_path / "a.tif", lines, height, nodata=-9999.0, box=(-200, -200, 200, 1200)
    )  # fmt: skip
    up = reach(network, PLAN.facilities([(0, 1000), (500, 300)]), walker=1.0)
    seconds = up.to(PLAN.points([(0, 0), (500, 0)]))["seconds"].to_numpy()
    assert seconds == pytest.approx([1000 * tobler(0.1), 300], rel=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda p: write_dem(p, rise(0), crs="none"), InputError, "no coordinate reference system"),
        (lambda p: write_dem(p, rise(0), box=(90e3, 0, 91e3, 1e3)), InputError, "does not cover"),
        (lambda p: write_dem(p, lambda x, y: x * np.nan, nodata=-1.0), InputError, "no height"),
        (lambda p: (p.write_text("a,b\n1,2\n"), p)[1], InputError, "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line(tmp_path, make, error, says):
    with pytest.raises(error, match=says) as caught:
        with_terrain(walk_network(NORTH), make(tmp_path / "a.tif"))
    assert "\n" not in caught.value.line("zh")
    assert "a.tif" in caught.value.line("zh")


def test_a_pace_is_known_by_name(tmp_path):
    with pytest.raises(ConfigError, match=r"Did you mean 'tobler'\?"):
        with_terrain(walk_network(NORTH), write_dem(tmp_path / "a.tif", rise(0)), pace="tobbler")


def rough(x, y):
    """Hills of some hundred metres and humps of some tens."""
    return 40 * np.sin(x / 90) * np.cos(y / 70) + 6 * np.sin(x / 23 + y / 31)


@pytest.mark.slow
def test_a_wheelchair_goes_round_what_is_too_steep(tmp_path):
    """Straight on it rises 10 % from y = 100 to 200; round about it rises 2.5 % all the way."""
    lines = [
        PLAN.line((0, 0), (0, 400)),
        PLAN.line((0, 0), (300, 0), (300, 400), (0, 400)),
        PLAN.line((0, 400), (0, 420)),
    ]

    def height(x, y):
        return np.where(x < 150, 0.10 * np.clip(y - 100, 0, 100), np.clip(y, 0, 400) / 40)

    network = hill(tmp_path / "a.tif", lines, height, cell_m=2.0, smooth_m=0.0)
    shop = PLAN.facilities([(0, 410)])
    homes = PLAN.points([(0, 0), (0, 80), (0, 230)])
    walks = reach(network, shop, walker="adult").to(homes)["metres"].to_numpy()
    rolls = reach(network, shop, walker="wheelchair").to(homes)["metres"].to_numpy()
    assert walks == pytest.approx([410, 330, 180], abs=0.02)
    assert rolls == pytest.approx([1010, 1090, 180], abs=0.02)
    # Whoever lives on the slope leaves it by its nearer end; it is cut where it begins.
    on_it = reach(network, shop, walker="wheelchair").to(PLAN.points([(0, 120)]))
    assert on_it["access_m"].iloc[0] == pytest.approx(20, abs=10.5)
    gentle = with_terrain(
        walk_network(lines), write_dem(tmp_path / "b.tif", lambda x, y: 0.08 * y), smooth_m=0.0
    )
    rolls = reach(gentle, shop, walker="wheelchair").to(homes)["metres"].to_numpy()
    assert rolls == pytest.approx(walks, abs=0.02)
    level = reach(walk_network(lines), shop, walker="wheelchair").to(homes)["metres"].to_numpy()
    assert level == pytest.approx(walks, abs=0.02)


@pytest.mark.parametrize("cell_m", [5.0, 10.0, 30.0])
@pytest.mark.parametrize("limit", [0.08, 1 / 12])
def test_a_slope_of_just_the_limit_is_not_too_steep(tmp_path, limit, cell_m):
    """Inclusive, up and down; heights are stored in single precision."""
    who = replace(walker("wheelchair"), max_slope=limit)
    for slope, right in ((limit, True), (limit + 0.0002, False)):
        network = hill(tmp_path / "a.tif", NORTH, rise(slope), cell_m=cell_m)
        for at, to in (((0, 100), (0, 900)), ((0, 900), (0, 100))):
            found = reach(network, PLAN.facilities([to]), walker=who).to(PLAN.points([at]))
            assert np.isfinite(found["metres"].iloc[0]) == right


def test_heights_are_scaled_and_shifted_as_the_band_says(tmp_path):
    """Decimetres above -20 m as whole numbers, south up, and -32768 in a hole that is not told."""
    plain = write_dem(tmp_path / "a.tif", rise(0.1))
    with rasterio.open(plain) as raster:
        heights, profile, at = raster.read(1), raster.profile, raster.transform
    heights = np.round((heights + 20) * 10)
    heights[95:98] = -32768
    profile |= {"dtype": "int16", "nodata": None}
    profile["transform"] = rasterio.Affine(at.a, 0, at.c, 0, -at.e, at.f + at.e * len(heights))
    with rasterio.open(tmp_path / "b.tif", "w", **profile) as raster:
        raster.write(heights[::-1].astype("int16"), 1)
        raster.scales, raster.offsets = (0.1,), (-20.0,)
    for file in ("a.tif", "b.tif"):
        network = with_terrain(walk_network(NORTH), tmp_path / file)
        up = reach(network, PLAN.facilities([(0, 900)]), walker=1.0).to(PLAN.points([(0, 100)]))
        assert up["seconds"].iloc[0] == pytest.approx(800 * tobler(0.1), rel=1e-3)


def crooked_town(seed, side=5, block=90.0):
    rng = np.random.default_rng(seed)
    at = {
        (i, j): (block * i + rng.normal(0, 15), block * j + rng.normal(0, 15))
        for i in range(side)
        for j in range(side)
    }
    lines = []
    for (i, j), here in at.items():
        for other in ((i + 1, j), (i, j + 1)):
            if other in at and rng.random() < 0.8:
                there = at[other]
                bend = ((here[0] + there[0]) / 2 + rng.normal(0, 12), (here[1] + there[1]) / 2)
                lines.append([here, bend, there])
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("pace", LAWS)
@pytest.mark.parametrize("crs", [None, "EPSG:4326"])
@pytest.mark.parametrize("seed", range(3))
def test_a_hilly_town_agrees_with_streets_cut_every_metre(tmp_path, seed, crs, pace):
    rng = np.random.default_rng(seed + 50)
    lines = [PLAN.line(*line) for line in crooked_town(seed)]
    dem = write_dem(tmp_path / "a.tif", rough, crs=crs, cell_m=5.0, box=(-200, -200, 600, 600))
    network = with_terrain(walk_network(lines), dem, pace=pace, smooth_m=0.0)
    shops = [tuple(xy) for xy in rng.uniform(0, 360, (4, 2))]
    homes = [tuple(xy) for xy in rng.uniform(-20, 380, (60, 2))]
    judge = Oracle(
        lines_as_streets(lines),
        [PLAN.at(*xy) for xy in shops],
        [PLAN.at(*xy) for xy in homes],
        facility_ids=[f"f{i}" for i in range(4)],
    )
    answers = seconds_of(judge, Heights(dem), JUDGED[pace], SPEED)
    got = reach(network, PLAN.facilities(shops), walker=SPEED).to(PLAN.points(homes), minutes=99)
    assert_agree(got, answers)
    wrong = [o for o in judge.verdicts if not o.options]
    assert len(wrong) < 10


def assert_agree(got, answers, *, rel=2e-3, within_s=0.5):
    seen = 0
    for row, options in zip(got.itertuples(), answers, strict=True):
        right = [min(o.values(), default=math.inf) for o in options] or [math.inf]
        close = [
            o
            for o, seconds in zip(options, right, strict=False)
            if row.seconds == seconds or abs(row.seconds - seconds) <= max(within_s, rel * seconds)
        ]
        if not options:
            assert not math.isfinite(row.seconds)
            continue
        assert close, f"{row.Index}: {row.seconds} instead of {right}"
        if math.isfinite(row.seconds):
            named = [o.get(row.facility_id, math.nan) for o in close]
            assert any(abs(row.seconds - s) <= max(within_s, rel * s) for s in named)
            seen += 1
    assert seen > 30


def test_private_streets_and_bridges_on_hills_agree(tmp_path):
    """Private streets are walked at both ends only, on slopes too."""
    rng = np.random.default_rng(3)
    kinds = [
        {"highway": "residential"},
        {"highway": "service", "access": "private"},
        {"highway": "footway", "bridge": "yes", "layer": "1"},
    ]
    ways = [
        (kinds[int(rng.choice(3, p=[0.7, 0.2, 0.1]))], [tuple(np.round(xy, 3)) for xy in line])
        for line in crooked_town(7)
    ]
    path = write_osm(tmp_path / "a.osm", ways)
    dem = write_dem(tmp_path / "a.tif", rough, cell_m=5.0, box=(-200, -200, 600, 600))
    network = with_terrain(read_network(path), dem, smooth_m=0.0)
    shops = [tuple(xy) for xy in rng.uniform(0, 360, (3, 2))]
    homes = [tuple(xy) for xy in rng.uniform(0, 360, (60, 2))]
    judge = Oracle(
        osm_streets(path),
        [PLAN.at(*xy) for xy in shops],
        [PLAN.at(*xy) for xy in homes],
        facility_ids=[f"f{i}" for i in range(3)],
    )
    answers = seconds_of(judge, Heights(dem), JUDGED["tobler"], SPEED)
    got = reach(network, PLAN.facilities(shops), walker=SPEED).to(PLAN.points(homes), minutes=99)
    assert_agree(got, answers)
