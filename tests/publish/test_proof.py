"""Proofs: a stranger's check accepts what we write, and nothing else."""

from __future__ import annotations

import copy
import importlib.util
import itertools
import json
import shutil
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point

import livingcircle as lc
from builders.dem import write_dem
from builders.drawing import PLAN
from builders.proof_truth import best_plan, kept, read_proof, sensible, truth
from builders.proved_town import ENTRY, PACK, SIZE, STEP, write_proved_town
from livingcircle.cli.main import main
from livingcircle.publish.proof import programme
from livingcircle.publish.proof.write import write_proof

TOOL = Path(__file__).resolve().parents[2] / "tools" / "verify.py"


def checker():
    spec = importlib.util.spec_from_file_location("proof_check", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOW = {
    "fewest": {},
    "most": {"max_sites": 2},
    "money": {"budget": 3.0},
    "share": {"share": 0.45},
    "too much": {"share": 0.9},
    "mean": {"objective": "median", "max_sites": 2},
    "longest": {"objective": "center", "max_sites": 2},
    "gates": {"links": "use", "link_cost": 0.1},
    "gates for money": {"links": "use", "link_cost": 0.1, "budget": 1.2},
    "room": {"max_sites": 3},
    "room for all": {},
    "mean with room": {"objective": "median", "max_sites": 3},
    "longest with room": {"objective": "center", "max_sites": 4},
    "money with room": {"budget": 4.5, "min_distance_m": 250.0},
    "share with room": {"share": 0.6},
}
"""Plans of every sort, by what is asked of them."""


def places(city, how):
    """Return places on a grid: with room for some people, or at a price each, where that counts."""
    rng = np.random.default_rng(3)
    count = 10
    x, y = rng.uniform(0, SIZE * STEP, count), rng.uniform(0, SIZE * STEP, count)
    at = [Point(PLAN.at(a, b)) for a, b in zip(x, y, strict=True)]
    table = gpd.GeoDataFrame({"name": [f"p{k}" for k in range(count)]}, geometry=at, crs=4326)
    if "room" in how:
        table["capacity"] = rng.integers(300, 1200, count).astype(float)
    if "money" in how:
        table["cost"] = rng.integers(1, 4, count) * 0.75
        table["fixed"] = np.arange(count) == 4
    return table


def planned(city, how):
    pack = [city.folder / "proved.toml"]
    more = {"links": "no", "seconds": 20.0} | HOW[how]
    table = None if how.startswith("gates") else places(city, how)
    most = 30 if table is None else None
    entry = "P-1" if most is None else "P-7"
    return lc.suggest_sites(city, entry, packs=pack, candidates=table, max_candidates=most, **more)


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proved")
    city = lc.read_city(write_proved_town(folder))
    result = lc.assess(city, folder / "proved.toml", as_of=2025)
    lc.write(result, folder / "out")
    return result, folder / "out"


@pytest.fixture(scope="module")
def sites(town, tmp_path_factory):
    """The town's proof with plans of every sort."""
    folder = tmp_path_factory.mktemp("sites")
    made = {how: planned(town[0].city, how) for how in HOW}
    write_proof(town[0], list(made.values()), folder)
    return made, folder


@pytest.mark.slow
def test_the_town_has_every_verdict_and_every_status(town):
    result, _ = town
    assert {one.status for one in result.findings} == {"met", "short", "unknown", "report"}
    seen = set(result.finding("P-1").demand["status"])
    assert seen == {"covered", "gap", "island", "off_network"}
    assert result.city.network.tags.private.sum() > 5
    assert result.city.network.tags.stairs.sum() > 5


def test_a_stranger_finds_the_same_by_a_search_of_his_own(town):
    result, out = town
    said, tables = read_proof(out)
    assert list(truth(said, tables)) == []
    for one in result.findings:
        assert said["findings"][f"proved:{one.id}"]["parts"][0]["test"] is not None
    assert said["not_proven"] == []


@pytest.mark.slow
def test_networks_are_told_apart_by_who_walks_on_them(tmp_path):
    """Wheelchairs and prams both take no stairs; a kerb or a slope may stop one alone."""
    city = lc.read_city(write_proved_town(tmp_path))
    body = 'kind = "circle"\ncategories = ["clinic"]\nmetres = 500\ntarget = 0.6\nwalker = "{}"'
    who = ("adult", "elderly", "wheelchair", "pram")
    entries = [ENTRY.format(id=f"W-{k}", body=body.format(name)) for k, name in enumerate(who)]
    (tmp_path / "who.toml").write_text(PACK + "".join(entries), "utf-8")
    result = lc.assess(city, tmp_path / "who.toml", as_of=2025)
    write_proof(result, [], tmp_path)
    networks = read_proof(tmp_path)[0]["networks"].values()
    own = {tuple(one["walkers"]): one for one in networks}
    assert set(own) == {("adult", "elderly"), ("wheelchair",), ("pram",)}
    assert [own[(name,)]["min_width_m"] for name in ("wheelchair", "pram")] == [0.9, 0.7]
    assert [own[(name,)]["stairs"] for name in ("wheelchair", "pram")] == [False, False]


def test_a_home_is_said_to_walk_what_the_tables_say(town):
    result, out = town
    _, tables = read_proof(out)
    walks = tables["claims.parquet"].set_index("demand_id")["s0"]
    demand = result.finding("P-1").demand.set_index("demand_id")
    assert np.allclose(walks.reindex(demand.index), demand["metres"], atol=6e-4)


@pytest.mark.slow
@pytest.mark.parametrize("more", ["", "[walking]\ndelays = true\n"], ids=["slopes", "stairs"])
def test_walks_on_slopes_are_proven_in_both_directions(tmp_path, more):
    path = write_proved_town(tmp_path, seed=8)
    side = SIZE * STEP + 900

    def hills(x, y):
        return 60 + 25 * np.sin(x / 170) * np.cos(y / 210)

    write_dem(tmp_path / "dem.tif", hills, box=(-1100, -1100, side, side), cell_m=10.0)
    terrain = f'\n[terrain]\nsource = "dem.tif"\n{more}'
    path.write_text(path.read_text("utf-8") + terrain, "utf-8")
    result = lc.assess(lc.read_city(path), tmp_path / "proved.toml", as_of=2025)
    write_proof(result, (), tmp_path)
    found = lc.verify(tmp_path)
    assert found.ok, found.text("en")
    said, tables = read_proof(tmp_path)
    assert list(truth(said, tables)) == []
    unit = {name: net["cost"] for name, net in said["networks"].items()}
    timed = {unit[said["searches"][s]["network"]] for s in said["tests"]["t1"]["searches"]}
    assert timed == {"seconds"}
    edges = [tables[net["edges"]] for net in said["networks"].values() if net["both_ways"] == 0]
    there = edges[0].merge(edges[0], left_on=["u", "v"], right_on=["v", "u"])
    assert (there["seconds_x"] > there["seconds_y"] * 1.05).sum() > 10  # uphill takes longer


def test_the_check_stands_alone_and_is_short():
    text = TOOL.read_text("utf-8")
    assert len(text.splitlines()) <= 150
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if "import " in line}
    assert imported <= {"hashlib", "json", "sys", "pathlib", "numpy", "pyarrow"}


@pytest.mark.slow
def test_command_function_and_script_agree(town, tmp_path, capsys):
    _, out = town
    found = lc.verify(out)
    assert found.ok
    assert (found.findings, found.searches, found.plans) == (11, 6, 4)
    run = [sys.executable, "-I", str(TOOL)]
    assert subprocess.run([*run, str(out)], check=False, capture_output=True).returncode == 0
    assert subprocess.run([*run, str(tmp_path)], check=False, capture_output=True).returncode == 2
    assert subprocess.run(run, check=False, capture_output=True).returncode == 2
    for lang, words in (("en", "every proof holds"), ("zh", "证明全部成立")):
        with pytest.raises(SystemExit) as stop:
            main(["verify", str(out), "--lang", lang])
        assert stop.value.code == 0
        assert words in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["verify", str(tmp_path)])
    assert stop.value.code == 2


@pytest.mark.parametrize("name", ["scorecard.csv", "gaps.csv", "proof/claims.parquet"])
def test_another_file_than_was_written_is_named(town, tmp_path, capsys, name):
    copied = shutil.copytree(town[1], tmp_path / "out")
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(SystemExit) as stop:
        main(["verify", str(copied), "--lang", "en"])
    assert stop.value.code == 1
    assert name.removeprefix("proof/") in capsys.readouterr().out


def test_a_home_that_is_said_to_be_covered_is_named(town, tmp_path):
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    copied = shutil.copytree(town[1], tmp_path / "out")
    path = copied / "proof" / "claims.parquet"
    table = pq.read_table(path).to_pandas()
    row = int(np.flatnonzero(table["t0"] == 1)[0])
    table.loc[row, "t0"] = 0
    pq.write_table(pa.Table.from_pandas(pd.DataFrame(table), preserve_index=False), path)
    said = {failure.code: failure for failure in lc.verify(copied).failures}
    assert set(said) >= {"hash", "status", "part"}
    assert table.loc[row, "demand_id"] in said["status"].text.en
    assert table.loc[row, "demand_id"] in said["status"].text.zh


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 2}', '{"tables": 3}'])
def test_a_proof_that_cannot_be_read_is_a_wrong_call(town, tmp_path, text):
    copied = shutil.copytree(town[1], tmp_path / "out")
    (copied / "proof" / "proof.json").write_text(text)
    with pytest.raises(lc.InputError):
        lc.verify(copied)
    assert subprocess.run([sys.executable, str(TOOL), str(copied)], check=False).returncode == 2


def test_a_proof_of_another_format_is_said_to_be_one(town, tmp_path):
    copied = shutil.copytree(town[1], tmp_path / "out")
    path = copied / "proof" / "proof.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"format": 2}), "utf-8")
    with pytest.raises(lc.InputError, match="of version 2"):
        lc.verify(copied)
    run = [sys.executable, str(TOOL), str(copied)]
    found = subprocess.run(run, check=False, capture_output=True, text=True)
    assert found.returncode == 2
    assert "another format" in found.stderr


@pytest.mark.slow
def test_missing_tables_are_failures(town, tmp_path):
    for number, name in enumerate(sorted(p.name for p in (town[1] / "proof").glob("*.parquet"))):
        copied = shutil.copytree(town[1], tmp_path / str(number))
        (copied / "proof" / name).unlink()
        assert not lc.verify(copied).ok


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
def test_no_other_plan_is_better_than_the_bound(sites, how):
    made, folder = sites
    said, tables = read_proof(folder)
    name = f"plan_{list(HOW).index(how)}"
    about, found = said["plans"][name], made[how].solution
    assert kept(tables, name)
    best = best_plan(tables, name)
    assert about["bound"] <= best + 1e-6
    assert about["objective"] >= best - 1e-6
    rows = tables[f"{name}_rows.parquet"]["about"].value_counts()
    assert (rows.get("room", 0) > 0) == ("room" in how)
    assert (rows.get("budget", 0) > 0) == ("money" in how)
    assert (about["links"] > 0) == how.startswith("gates")
    if about["model"] == "center":
        assert about["nobody_within_m"] <= about["longest_m"] == found.objective
        return
    if found.status == "optimal":  # the programme is the question that was asked
        assert about["objective"] == pytest.approx(best, abs=1e-6, rel=1e-6)
    if found.status == "infeasible":  # whom no place serves counts more than all places
        assert about["objective"] > len(made[how].sites)
        return
    told = {
        "lscp": made[how].cost,
        "partial_cover": float(len(made[how].sites)),
        "mclp": float(weights(made[how])) - found.objective,
        "median": found.objective,
    }[about["model"]]
    assert about["objective"] == pytest.approx(told, rel=1e-6)


def weights(plan):
    problem = plan.solved.problem
    return problem.weight[problem.open_rows].sum()


@pytest.mark.parametrize("how", ["longest", "longest with room"])
def test_nobody_is_nearer_than_the_longest_walk_allows(sites, how):
    """All choices of so many places, looked at one by one."""
    made, folder = sites
    about = read_proof(folder)[0]["plans"][f"plan_{list(HOW).index(how)}"]
    problem, most = made[how].solved.problem, HOW[how]["max_sites"]
    metres = np.full(problem.shape, np.inf)
    each = np.repeat(np.arange(problem.shape[0]), np.diff(problem.metres.indptr))
    metres[each, problem.metres.indices] = problem.metres.data
    metres = np.minimum(metres, problem.fallback_m[:, None])
    counted = np.isfinite(metres.min(axis=1))
    longest = min(
        metres[counted][:, list(some)].min(axis=1).max()
        for some in itertools.combinations(range(problem.shape[1]), most)
    )
    assert about["nobody_within_m"] <= (longest if how == "longest" else about["longest_m"]) + 1e-9
    if how == "longest":
        assert about["longest_m"] == pytest.approx(longest)


@pytest.mark.parametrize("how", ["fewest", "most", "money", "mean"])
def test_prices_that_climb_bound_large_plans(sites, monkeypatch, how, tmp_path):
    monkeypatch.setattr(programme, "LP_ENTRIES", 0)
    made, _ = sites
    lc.write(made[how], tmp_path / "out")
    assert lc.verify(tmp_path / "out").ok
    said, tables = read_proof(tmp_path / "out")
    about, best = said["plans"]["plan_0"], best_plan(tables, "plan_0")
    assert 0.5 * best <= about["bound"] <= best + 1e-6


_CLAIMS = ("networks", "searches", "tests", "findings", "plans")


def leaves(value, path=()):
    """Yield where the numbers of a JSON value are, and what is true or false."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from leaves(one, (*path, key))
    elif isinstance(value, list):
        for key, one in enumerate(value):
            yield from leaves(one, (*path, key))
    elif isinstance(value, int | float):
        yield path


def another(rng, old, column):
    """Draw another number for an old one: a little more, much more, its neighbour's, nothing."""
    kind = rng.integers(0, 7)
    if kind == 0:
        return old + rng.choice([-1, 1]) * 10.0 ** rng.integers(-5, 0)
    if kind == 1:
        return old * rng.choice([0.5, 0.9, 1.1, 2.0])
    if kind == 2:
        return old + rng.choice([-1, 1])
    if kind == 3:
        return -old
    if kind == 4:
        return rng.choice([0.0, np.nan, np.inf])
    return column[rng.integers(len(column))]


def mutations(out, count, seed):
    """Yield claims and tables with one number changed, and which."""
    rng = np.random.default_rng(seed)
    said, tables = read_proof(out)
    numbers = [
        (name, column)
        for name, table in tables.items()
        for column in table.columns
        if table[column].dtype.kind in "fiub"
    ]
    places = list(leaves({k: said[k] for k in _CLAIMS}))
    done = 0
    while done < count:
        changed, claims = dict(tables), said
        if rng.random() < 0.15:
            path = places[rng.integers(len(places))]
            claims = copy.deepcopy(said)
            at = claims
            for key in path[:-1]:
                at = at[key]
            old = at[path[-1]]
            new = another(rng, float(old), [float(old)])
            if isinstance(old, bool):
                new = not old
            elif isinstance(old, int):
                new = int(new) if np.isfinite(new) else 0
            at[path[-1]] = float(new) if isinstance(old, float) else new
            what = ("json", *path)
        else:
            name, column = numbers[rng.integers(len(numbers))]
            table = tables[name].copy()
            row = int(rng.integers(len(table)))
            old, kind = table[column].iloc[row], table[column].dtype
            values = table[column].to_numpy()
            new = another(rng, float(old), values.astype(float))
            if kind.kind in "iub":
                new = kind.type(new) if np.isfinite(new) else kind.type(0)
            table[column] = np.where(np.arange(len(table)) == row, new, values).astype(kind)
            changed[name] = table
            what = (name, column, row)
        if new == old or (new != new and old != old):
            continue
        done += 1
        yield what, float(old), float(new), claims, changed


def altered(what, old, new, claims, tables):
    """Return whether a changed number makes a claim false."""
    name = what[0]
    if name.startswith("costs"):
        column, row = what[1:]
        if column.endswith("_of"):  # whose an endless cost is means nothing
            return bool(np.isfinite(tables[name][column.removesuffix("_of")].iloc[row]))
        return not abs(new - old) <= 1e-6
    if what[:2] == ("json", "plans"):
        if what[-1] == "beats":
            return new > claims["plans"][what[2]]["bound"]
        if what[-1] in ("sites", "links", "proven"):
            return True
        return what[-1] in ("objective", "bound") and abs(new - old) > 1e-6 * max(1, abs(old))
    if name.startswith("plan"):
        plan = "_".join(name.split("_")[:2])
        about = claims["plans"][plan]
        columns = tables[f"{plan}_columns.parquet"]
        if what[1] in ("row", "column") or not np.isfinite(columns["cost"]).all():
            return None
        if not kept(tables, plan):
            return True
        own = float(columns["cost"] @ columns["plan"])
        if abs(own - about["objective"]) > 1e-6 * max(1.0, abs(own)):
            return True
        if columns.loc[columns["what"] == "site", "plan"].sum() != about["sites"]:
            return True
        best = best_plan(tables, plan)
        return bool(about["bound"] > best + 1e-5 * max(1.0, abs(best)))
    if not sensible(claims, tables):
        return None
    try:
        with np.errstate(all="ignore"):
            return bool(list(truth(claims, tables)))
    except (ValueError, IndexError, KeyError, TypeError, ZeroDivisionError, OverflowError):
        return None  # facts of no sense: nothing is claimed about them


def escaped(town, tmp_path, count, seed):
    """Return the mutations that make a claim false and pass the check, and how many do at all."""
    place = tmp_path / "proof"
    place.mkdir()
    module, missed, false = checker(), [], 0

    class InMemory(module.Proof):
        def read(self, table, *names):
            return [self.store[table][name].to_numpy() for name in names]

        def tables(self, name, sha256):
            """The hashes would give every change away."""

    for what, old, new, claims, tables in mutations(town, count, seed):
        InMemory.store = tables
        (place / "proof.json").write_text(json.dumps(claims), "utf-8")
        caught = bool(InMemory(tmp_path).fails)
        wrong = altered(what, old, new, claims, tables)
        false += wrong is True
        if wrong and not caught:
            missed.append((what, old, new, list(truth(claims, tables))))
    return missed, false


@pytest.mark.slow
def test_no_changed_number_that_makes_a_claim_false_passes(sites, tmp_path):
    missed, false = escaped(sites[1], tmp_path, 60, seed=1)
    assert missed == []
    assert false > 20


@pytest.fixture(scope="module")
def forged(sites, tmp_path_factory):
    """Check the proof of the plans with something changed, by the file that stands alone."""
    place = tmp_path_factory.mktemp("forged") / "proof"
    place.mkdir()
    module, (said, tables) = checker(), read_proof(sites[1])

    class InMemory(module.Proof):
        def read(self, table, *names):
            return [self.store[table][name].to_numpy() for name in names]

        def tables(self, name, sha256):
            """The hashes are made good."""

    def check(edit):
        claims, InMemory.store = copy.deepcopy(said), {n: t.copy() for n, t in tables.items()}
        edit(claims, InMemory.store)
        (place / "proof.json").write_text(json.dumps(claims), "utf-8")
        return {(code, at) for code, at, *_ in InMemory(place.parent).fails}

    assert check(lambda claims, store: None) == set()
    return check


@pytest.mark.slow
@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("what", ["sites", "links", "proven"])
def test_what_is_said_of_a_plan_is_held_to_its_table(forged, how, what):
    name = f"plan_{list(HOW).index(how)}"

    def change(claims, _):
        plan = claims["plans"][name]
        plan[what] = not plan[what] if what == "proven" else plan[what] + 1

    assert forged(change) == {("plan", name)}


@pytest.mark.parametrize("how", ["fewest", "mean"])
def test_huge_prices_hide_no_bound(forged, how):
    """Every site is built, and prices are sought whose rounding says that this is the cheapest."""
    name = f"plan_{list(HOW).index(how)}"

    def dear(claims, tables):
        plan = claims["plans"][name]
        columns, rows, entries = (
            tables[f"{name}_{n}.parquet"] for n in ("columns", "rows", "entries")
        )
        if how == "fewest":
            columns["plan"] = (columns["what"] == "site") * 1.0
            plan["sites"] = int(columns["plan"].sum())
        cost, most = columns["cost"].to_numpy(), columns["most"].to_numpy()
        whole = columns["whole"].to_numpy()
        best = float(cost @ columns["plan"])
        served = np.flatnonzero(rows["about"] == "served")
        rng, honest = np.random.default_rng(0), rows["price"].to_numpy()
        for _ in range(4_000):
            price = honest.copy()
            pick = rng.choice(served, size=rng.integers(1, 4))
            price[pick] = rng.choice([1e16, 2e16, 3e16, 1e17]) * rng.random()
            own = np.bincount(
                entries["column"], entries["value"] * price[entries["row"]], len(cost)
            )
            bound = rows["least"].to_numpy() @ price + most @ np.minimum(cost - own, 0.0)
            counts = (whole & (cost % 1 == 0) | (cost == 0)).all()
            bound = float(np.ceil(bound - 1e-6) if counts else bound)
            if bound > plan["bound"] + 0.5 and (how != "fewest" or bound >= best):
                break
        else:
            pytest.fail("no such prices were found")
        rows["price"] = price
        plan.update(objective=best, bound=bound, proven=abs(best - bound) <= 1e-6 * max(1.0, best))

    assert forged(dear) == {("plan", name)}


def test_gaps_that_are_not_asked_about_are_missed(forged):
    def silent(claims, tables):
        claimed = tables["claims.parquet"]
        claimed.loc[claimed["t0"] > 0, "t0"] = -1
        finding = claims["findings"]["proved:P-1"]
        for one in (finding, finding["parts"][0]):
            one.update(value=1.0, status="met")
        finding["left_out"] = [0.0, 0.0]

    assert forged(silent) == {("part", "proved:P-1")}


def test_whom_a_test_asks_about_is_what_the_scorecard_says(town, capsys):
    import pandas as pd

    result, out = town
    said, _ = read_proof(out)
    card = pd.read_csv(out / "scorecard.csv").set_index("id")["denominator"]
    stated = {name: one["denominator"] for name, one in said["findings"].items()}
    assert stated == {f"proved:{name}": value for name, value in card.items()}
    whole, old = (result.city.demand[column].sum() for column in ("residents", "age65"))
    asked = {one.standards: (one.homes, one.weight, one.group) for one in lc.verify(out).asked}
    assert asked[("P-1", "P-2", "P-4", "P-8", "P-9")] == (260, whole, "residents")
    assert asked[("P-3",)] == (260, old, "age65")
    lines = {
        "en": f"P-1, P-2, P-4, P-8, P-9: 260 homes, {whole:,.0f} residents",
        "zh": f"P-1、P-2、P-4、P-8、P-9：260 个居民点，{whole:,.0f}人",
    }
    for lang, line in lines.items():
        with pytest.raises(SystemExit):
            main(["verify", str(out), "--lang", lang])
        assert line in capsys.readouterr().out


@pytest.mark.exhaustive
def test_a_thousand_changed_numbers(sites, tmp_path):
    missed, false = escaped(sites[1], tmp_path, 1_000, seed=12)
    assert missed == []
    assert false > 400


def test_a_cycle_without_length_cannot_float(tmp_path):
    """Two nodes joined by an edge of no length hold each other up, and nothing holds them."""
    module = checker()

    @np.errstate(all="ignore")
    def fails(cost):
        class Tiny(module.Proof):
            def __init__(self):
                net = {"edges": "e", "homes": "h", "facilities": "f", "costs": "c", "nodes": 4}
                self.said = {"networks": {"n": {**net, "cost": "length_m", "both_ways": 3}}}
                self.said["networks"]["n"]["max_access"] = 300.0
                self.fails, self.held = [], {}

            def read(self, table, *names):
                known = {
                    "s0_0": np.array(cost), "s0_0_of": np.zeros(4, int), "of": np.array([0]),
                    "u": np.array([0, 1, 2]), "v": np.array([1, 2, 3]),
                    "length_m": np.array([100.0, 100.0, 0.0]), "edge": np.array([0]),
                    "to_u": np.array([10.0]), "to_v": np.array([90.0]), "access": np.array([0.0]),
                    "search": np.array([0]), "node": np.array([0]),
                }  # fmt: skip
                return [np.array([10.0]) if table == "claims.parquet" else known[n] for n in names]

        proof = Tiny()
        proof.held["n"] = proof.networks("n", proof.said["networks"]["n"])
        proof.searches("s0", {"number": 0, "network": "n", "costs": ["s0_0", "s0_0_of"]})
        return {fail[0] for fail in proof.fails}

    assert fails([0.0, 100.0, 200.0, 200.0]) == set()
    assert fails([0.0, 100.0, 150.0, 150.0]) == {"floating"}
    assert fails([0.0, 100.0, 250.0, 250.0]) == {"improved", "floating"}
    assert fails([0.0, 100.0, np.inf, np.inf]) == {"improved"}


@pytest.mark.slow
def test_the_sample_city_is_proven(sample_result, tmp_path):
    write_proof(sample_result, (), tmp_path)
    found = lc.verify(tmp_path)
    assert found.ok, found.text("en")
    assert found.homes >= len(sample_result.city.demand)
