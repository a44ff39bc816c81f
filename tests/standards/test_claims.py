"""Claims: a figure that was made with a secret reading gives the reading away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

import livingcircle as lc
from builders.planted import DEFAULT, SPEED, ByHand
from builders.street_city import find, little_city
from livingcircle.errors import ConfigError, WrongTypeError
from livingcircle.standards.axes import Axis
from livingcircle.standards.claims import claim_about
from livingcircle.standards.space import ReadingAnswer, ReadingSpace
from livingcircle.standards.stated_figure import read_stated_figure

ASKED = {"kind": "circle", "metres": 510, "categories": ["service_centre"], "target": "report"}
PLACES = [{"x": x, "of": "service_centre"} for x in (0, 2000)]


# -- figures as they are printed ------------------------------------------------------------------


@pytest.mark.parametrize(
    "figure", [0.99, 99, 99.0, "99 %", "99%", "0.99", " ９９％ ", np.float64(99)]
)
def test_a_share_may_be_written_in_many_ways(figure):
    assert read_stated_figure(figure) == read_stated_figure("99 %")
    assert (read_stated_figure(figure).value, read_stated_figure(figure).step) == (0.99, 0.01)


@pytest.mark.parametrize(
    ("figure", "value", "step", "words"),
    [
        ("99.5 %", 0.995, 0.001, "99.5 %"),
        ("90.57 %", 0.9057, 0.0001, "90.57 %"),
        (0.9, 0.9, 0.01, "90 %"),
        (1, 1.0, 0.01, "100 %"),
        ("1 %", 0.01, 0.01, "1 %"),
        ("1.2 %", 0.012, 0.001, "1.2 %"),
        (0, 0.0, 0.01, "0 %"),
        (87.5, 0.875, 0.001, "87.5 %"),
    ],
)
def test_a_figure_says_how_exact_it_is(figure, value, step, words):
    found = read_stated_figure(figure)
    assert (found.value, found.step, found.words) == (value, step, words)


@pytest.mark.parametrize(
    "figure", ["", "9x", "-3 %", "101", 250, float("nan"), "inf", "1,0,1 %", 1.2, "1.99"]
)
def test_what_is_no_share_is_told(figure):
    with pytest.raises(ConfigError, match=r"is no share. Write 0.99, 99 or '99 %'"):
        read_stated_figure(figure)


@pytest.mark.parametrize("figure", [None, True, [0.9]])
def test_what_is_no_figure_is_told(figure):
    with pytest.raises(WrongTypeError):
        read_stated_figure(figure)


# -- answers by arithmetic ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found():
    """6 of 16 people; 12 of 16 from the middles of the communities, 6 of 12 in communities."""
    return find(little_city(PLACES), **ASKED)


def test_the_least_change_comes_first(found):
    answer = claim_about(found, "75 %")
    assert (answer.holds, answer.default["value"]) == (True, 0.375)
    first = answer.frame.iloc[0]
    assert (first["changes"], first["from"], first["value"]) == (1, "community_middle", 0.75)
    assert answer.frame["changes"].is_monotonic_increasing
    assert (answer.frame["value"] >= 0.75 - 1e-9).all()
    assert "from the middle of the community: 75 %" in answer.text("en")
    assert "从社区（村）中心量起：75%" in answer.text("zh")


def test_a_printed_figure_is_rounded(found):
    # 37.5 % is printed as 38 %, and is not at least 38 %.
    assert not claim_about(found, 38).frame["changes"].eq(0).any()
    answer = claim_about(found, 38, "rounded")
    assert (answer.frame.iloc[0]["changes"], answer.frame.iloc[0]["value"]) == (0, 0.375)
    assert answer.rounding == answer.holding
    assert not claim_about(found, "37.4 %", "rounded").frame["rounds"].any()


def test_what_nothing_makes_true_comes_as_near_as_it_can(found):
    answer = claim_about(found, "99.99 %", "rounded")
    assert (answer.holds, answer.holding) == (False, 0)
    assert answer.frame["off"].abs().is_monotonic_increasing
    assert "None of" in answer.text("en")


def test_a_change_that_changes_nothing_is_marked(found):
    # By households it is the same as by residents: 40 for every 100.
    answer = claim_about(found, "37.5 %", "rounded")
    rows = answer.frame[answer.frame["denominator"] == "households"]
    assert rows["idle"].all()
    assert "households" not in answer.text("en", most=1000)


def test_every_combination_is_tried(found):
    answer = claim_about(found, 0)
    sizes = [len(axis.options) for axis in answer.axes]
    assert answer.holding == answer.combinations == len(answer.frame)
    assert 50 < answer.combinations <= np.prod(sizes)
    assert not answer.frame.duplicated([axis.name for axis in answer.axes]).any()


def test_counts_and_rates_are_claimed_in_their_own_unit():
    rows = [{"x": 100, "of": "nursery", "places": 8.0}]
    entry = {"kind": "capacity", "categories": ["nursery"], "figure": "places", "at_least": 4}
    capacity = find(little_city(rows), **entry)
    assert capacity.value == 5.0
    answer = claim_about(capacity, 20)
    # A alone has 8 for 400 people, and the mean of the four units is 5: 20 only by another name.
    assert not answer.holds or answer.frame["value"].min() >= 20
    assert claim_about(capacity, 5, "rounded").frame.iloc[0]["changes"] == 0
    # With a sign of per cent it is the share of units that reach it: one of four.
    assert claim_about(capacity, "25 %", "rounded").nearest["scope"] == "each"


def test_errors_name_what_to_do(found):
    with pytest.raises(ConfigError, match=r"XM-1z.*Did you mean 'XM-1"):
        lc.claim(little_city(PLACES), "XM-1z", 0.9)
    with pytest.raises(ConfigError, match=r"'rouned'. Did you mean 'rounded'"):
        lc.claim(little_city(PLACES), "XM-1a", 0.9, meant="rouned")
    with pytest.raises(ConfigError, match=r"has no part 2. Give 1 to 1"):
        claim_about(found, 0.9, part=2)
    with pytest.raises(ConfigError, match=r"XM-1a has no readings to try here: category:service_"):
        lc.claim(little_city([]), "XM-1a", 0.9)


def test_a_notebook_shows_the_answer(found):
    shown = claim_about(found, "75 %")._repr_html_()
    assert "<table" in shown
    assert "75 %" in shown


# -- 200 claims with a secret reading -------------------------------------------------------------


def plants(hand: ByHand, axes, count: int, seed: int):
    """Readings that differ from the default in one to three axes, each of which matters.

    A change that changes nothing cannot be told from the figure, nor one that leaves nobody out.
    """
    rng = np.random.default_rng(seed)
    default = DEFAULT | {axis.name: axis.default for axis in axes}
    usable = {axis.name: [o for o in axis.options if o not in SKIPPED] for axis in axes}
    usable["walker"] = [name for name in usable["walker"] if name in SPEED]
    found = []
    while len(found) < count:
        changed = rng.choice(list(usable), size=rng.integers(1, 4), replace=False)
        secret = default | {name: str(rng.choice(usable[name])) for name in changed}
        turned = [name for name in secret if secret[name] != default[name]]
        value = hand.value(secret)
        plainer = [hand.value(secret | {name: default[name]}) for name in turned]
        told = all(abs(one - value) > 1e-9 for one in plainer)
        if turned and told and 0.0 < value < 0.9999:
            found.append((secret, value))
    return found


SKIPPED = ("land", "residential_land")
"""Land has no homes to count by hand."""


def held(finding, hand: ByHand, count: int, seed: int) -> None:
    axes = finding.parts[0].space.axes
    missed = []
    for secret, value in plants(hand, axes, count, seed):
        answer = claim_about(finding, f"{value * 100:.2f} %", "rounded")
        names = [axis.name for axis in axes]
        right = (answer.frame[names].astype(str) == [secret[name] for name in names]).all(axis=1)
        if not (right & (answer.frame["rank"] <= 3)).any():
            missed.append((secret, value, answer.frame.head(5)))
        else:
            assert answer.frame.loc[right, "value"].iloc[0] == pytest.approx(value, abs=1e-9)
    assert not missed, missed[:3]


WIDE = (
    "service_centre", "town_service_centre", "city_service_centre", "sub_station",
    "convenience_station", "public_service_station", "service_complex",
)  # fmt: skip


def test_a_reading_that_changes_nothing_opens_no_rank():
    axes = tuple(
        Axis(name, options, options[0])
        for name, options in (
            ("walker", ("adult", "elderly")),
            ("path", ("network", "straight")),
            ("boundary", ("inclusive", "exclusive")),
        )
    )
    # Walker and boundary give 0.3 and 0.2; both 0.5, as the straight line with either.
    value = {(0, 0, 0): 0.1, (0, 1, 0): 0.5, (1, 0, 0): 0.2, (0, 0, 1): 0.3,
             (0, 1, 1): 0.5, (1, 0, 1): 0.5, (1, 1, 0): 0.4, (1, 1, 1): 0.35}  # fmt: skip

    def answer(codes):
        found = np.array([value[tuple(row)] for row in codes])
        known = np.ones(len(found), dtype=bool)
        return ReadingAnswer(
            found, np.full(len(found), np.nan), found, np.ones(len(found)), ~known, known
        )

    city = little_city([{"x": 0, "of": "service_centre"}])
    finding = find(city, kind="circle", metres=800, categories=["service_centre"], target="report")
    part = replace(finding.parts[0], space=ReadingSpace(axes, answer, "share"))
    # Nothing holds: what comes nearest, by distance, changes, and what tells something first.
    frame = claim_about(replace(finding, parts=(part,)), 0.9).frame.head(3)
    assert frame["changes"].tolist() == [1, 2, 2]
    assert frame["idle"].tolist() == [False, False, True]
    assert frame["rank"].tolist() == [1, 2, 2]


@pytest.mark.slow
def test_200_claims_about_the_sample_give_their_readings_away(sample_dir):
    city = lc.read_city(sample_dir / "city.toml")
    finding = lc.assess(city, "xiamen-2025", as_of=2025).finding("XM-1a")
    held(finding, ByHand(city, 15, ("service_centre",), WIDE), 200, seed=7)


@pytest.mark.real
@pytest.mark.slow
def test_200_claims_about_las_palmas_give_their_readings_away(real_data, tmp_path):
    source = (real_data / "laspalmas" / "laspalmas_2023.osm.pbf").as_posix()
    squares(tmp_path)
    (tmp_path / "own.toml").write_text(PACK, encoding="utf-8")
    (tmp_path / "city.toml").write_text(
        f'[city]\nname = "Las Palmas"\n[network]\nsource = "{source}"\n'
        f'[[facilities]]\nsource = "{source}"\ncategory = "osm"\n'
        '[[units]]\nsource = "units.gpkg"\nlayer = "community"\nlevel = "community"\n'
        '[[units]]\nsource = "units.gpkg"\nlayer = "village"\nlevel = "village"\n'
        f'[demand]\nsource = "{source}"\n[assess]\nas_of = 2025\npacks = ["own.toml"]\n',
        encoding="utf-8",
    )
    city = lc.read_city(tmp_path / "city.toml")
    # The map knows no people: as many as a building's number gives, so that figures are apart.
    rng = np.random.default_rng(3)
    people = rng.integers(1, 60, len(city.demand)).astype(float)
    homes = city.demand.assign(residents=people, households=np.ceil(people / rng.uniform(1.5, 4)))
    object.__setattr__(city, "demand", homes)
    finding = lc.assess(city).finding("OWN-1")
    strict = ("clinic",)
    wide = ("clinic", "community_health_centre", "community_hospital", "village_clinic")
    held(finding, ByHand(city, 15, strict, wide), 200, seed=11)


PACK = """
id = "own"
[document]
title_zh = "自定"
title_en = "Own"
issuer_zh = "自定"
issuer_en = "Own"
[[requirement]]
id = "OWN-1"
clause = "1"
statement_zh = "步行15分钟可到卫生站"
statement_en = "A clinic within 15 minutes"
force = "must"
kind = "circle"
categories = ["clinic"]
minutes = 15
target = "report"
"""


def squares(folder):
    """Squares of about 1.1 km over Las Palmas as communities, every fifth a village."""
    import geopandas as gpd

    x, y = np.meshgrid(np.arange(-15.52, -15.38, 0.011), np.arange(28.02, 28.18, 0.01))
    table = gpd.GeoDataFrame(
        {"unit_id": [f"u{k}" for k in range(x.size)]},
        geometry=shapely.box(x.ravel(), y.ravel(), x.ravel() + 0.011, y.ravel() + 0.01),
        crs=4326,
    )
    table["name"] = table["unit_id"]
    rural = pd.Series(np.arange(len(table)) % 5 == 0)
    table[~rural].to_file(folder / "units.gpkg", layer="community")
    table[rural].to_file(folder / "units.gpkg", layer="village")
