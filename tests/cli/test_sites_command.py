"""The command's body on a city of files, and the plans that real streets need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from builders.square_city import write_city, write_facilities, write_points
from livingcircle.city.model import read_city
from livingcircle.cli.main import main
from livingcircle.errors import ConfigError, InputError, MissingFileError
from livingcircle.pipeline import plan_sites
from livingcircle.routing.engine import reach
from livingcircle.sites import suggest_sites
from livingcircle.sites.solver.models import lscp, mclp, p_center, p_median
from livingcircle.sites.solver.partial_cover import fewest_for
from livingcircle.sites.solver.problem import Problem, Solution

PACK = """
id = "own"
[document]
title_zh = "试"
title_en = "Test"
issuer_zh = "试"
issuer_en = "Test"
[[requirement]]
id = "OWN-1"
clause = "1"
statement_zh = "健身圈"
statement_en = "fitness circle"
force = "must"
kind = "circle"
{limit}
categories = ["fitness_site"]
"""


def pack(folder, limit):
    file = folder / "own.toml"
    file.write_text(PACK.format(limit=limit), encoding="utf-8")
    return file


@pytest.fixture(name="city_toml")
def _city_toml(tmp_path):
    pack(tmp_path, "metres = 300")
    homes = [
        {"x": x, "y": y, "residents": 10} for x in range(50, 1000, 100) for y in (100, 500, 900)
    ]
    write_points(tmp_path, "homes.gpkg", homes)
    return write_city(
        tmp_path,
        write_facilities(tmp_path, [(500, 500, "健身点", "健身设施")], "名称,类别"),
        '[demand]\nsource = "homes.gpkg"\n[assess]\nas_of = 2025\n',
        f'packs = ["{(tmp_path / "own.toml").as_posix()}"]\n',
    )


def call(*words: object) -> int:
    """Run ``livingcircle sites`` in this process; return its exit code."""
    with pytest.raises(SystemExit) as stop:
        main(["sites", *map(str, words)])
    return int(stop.value.code or 0)


def test_the_command_writes_and_says_what_it_found(city_toml, tmp_path, capsys) -> None:
    out = tmp_path / "out"
    assert call(city_toml, "--standard", "OWN-1", "--out", out, "--lang", "zh") == 0
    said = capsys.readouterr().out
    assert "已证明为最优" in said
    assert said.rstrip().endswith(str(tmp_path / "out"))
    table = pd.read_csv(tmp_path / "out" / "sites.csv", encoding="utf-8-sig")
    assert len(table) > 0
    # Every home is served now, each by the nearest of the old and new places.
    city = read_city(city_toml)
    columns = ["facility_id", "geometry"]
    new = gpd.read_file(out / "sites.gpkg", layer="sites")
    new = new.rename(columns={"site_id": "facility_id"})
    both = pd.concat([city.facilities.of("fitness_site")[columns], new[columns]])
    assert (reach(city.network, both).to(city.demand)["metres"] <= 300 + 1e-6).all()


def test_a_pack_beside_the_city_is_found_from_any_folder(city_toml, tmp_path, monkeypatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    terms = (city_toml, "--standard", "OWN-1", "--lang", "en")
    assert call(*terms, "--pack", "own.toml", "--out", "a") == 0
    assert call(*terms, "--pack", "owl.toml", "--out", "b") == 2
    # A file where the call was made goes before one beside the city.
    pack(tmp_path / "elsewhere", "metres = 600")
    assert call(*terms, "--pack", "own.toml", "--out", "c") == 0
    near, far = (len(pd.read_csv(f"{name}/sites.csv")) for name in "ac")
    assert far < near


def test_wrong_calls_write_nothing(city_toml, tmp_path) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'OWN-1'"):
        plan_sites(city_toml, "OWN-2", tmp_path / "out")
    assert call(city_toml, "--standard", "OWN-1", "--out", tmp_path / "out", "--lang", "fr") == 2
    with pytest.raises(MissingFileError):
        plan_sites(city_toml, "OWN-1", tmp_path / "out", candidates=tmp_path / "none.csv")
    assert not (tmp_path / "out").exists()
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError, match="cannot be an output"):
        plan_sites(city_toml, "OWN-1", blocked / "out")


@pytest.mark.real
@pytest.mark.exhaustive
def test_las_palmas_needs_so_many_fitness_stations(real_data, tmp_path) -> None:
    source = (real_data / "laspalmas" / "laspalmas_2023.osm.pbf").as_posix()
    pack(tmp_path, "minutes = 10")
    (tmp_path / "city.toml").write_text(
        f'[city]\nname = "Las Palmas"\n[network]\nsource = "{source}"\n'
        f'[[facilities]]\nsource = "{source}"\ncategory = "osm"\n[demand]\nsource = "{source}"\n'
        f'[assess]\nas_of = 2025\npacks = ["{(tmp_path / "own.toml").as_posix()}"]\n',
        encoding="utf-8",
    )
    city = read_city(tmp_path / "city.toml")
    plan = suggest_sites(city, "OWN-1", links="no")
    assert plan.solution.status == "optimal"
    assert plan.solution.gap == 0.0
    # All that a street reaches is served; fragments of the map need a station each.
    assert set(plan.left["left_because"]) <= {"off_network"}
    assert plan.after.value > 0.999
    most = suggest_sites(city, "OWN-1", max_sites=10, links="no")
    assert most.people == pytest.approx(most.solution.objective)
    assert most.solution.gap < 0.02


@pytest.mark.exhaustive
def test_twenty_thousand_by_two_thousand_have_good_plans_and_bounds() -> None:
    # How long it takes is compared in benchmarks/test_bench_sites.py.
    rng = np.random.default_rng(1)
    n, m, side, limit = 20_000, 2_000, 10_000.0, 1000.0
    middles = rng.random((60, 2)) * side
    homes = middles[rng.integers(0, 60, n)] + rng.normal(0, side / 25, (n, 2))
    near = homes[rng.choice(n, m // 2, replace=False)] + rng.normal(0, 50, (m // 2, 2))
    places = np.concatenate([near, rng.random((m // 2, 2)) * side])

    def within(metres: float) -> csr_array:
        found = cKDTree(homes).sparse_distance_matrix(
            cKDTree(places), metres / 1.25, output_type="coo_matrix"
        )
        return csr_array((found.data * 1.25, (found.row, found.col)), shape=(n, m))

    weight = rng.integers(1, 300, n).astype(float)
    covering = Problem.of(within(limit), weight)
    walking = replace(covering, fallback_m=np.full(n, 2 * limit))
    far = Problem.of(within(3 * limit), weight, fallback_m=np.full(n, 3 * limit))
    full = replace(covering, capacity=np.full(m, 60_000.0))
    reached = weight[covering.open_rows].sum()
    least: tuple[tuple[Callable[[], Solution], float], ...] = (
        (lambda: lscp(covering), 0.15),
        (lambda: fewest_for(covering, 0.9 * reached), 0.15),
        (lambda: p_median(walking, sites=20), 0.05),
        (lambda: p_median(far, sites=20), 0.1),
        (lambda: p_center(far, sites=30), 0.25),
        (lambda: lscp(full), 0.25),
    )
    for solve, widest in least:
        solution = solve()
        assert solution.bound <= solution.objective * (1 + 1e-6)
        assert solution.gap < widest
    for solve in (
        lambda: mclp(covering, sites=40),
        lambda: mclp(full, sites=40),
    ):
        solution = solve()
        assert solution.objective <= solution.bound * (1 + 1e-6)
        assert solution.gap < 0.05
        assert len(solution.chosen) <= 40
    # What a full site turns away goes to another: nobody is sent twice, no site is overfull.
    assert solution.shares is not None
    assert (solution.shares.T @ weight <= full.capacity + 1e-3).all()
    assert (solution.shares.sum(axis=1) <= 1 + 1e-9).all()
