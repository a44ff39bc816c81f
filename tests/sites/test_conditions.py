"""The table of docs/siting.md: each combination is honoured, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import Point
from test_suggest import PACK

from builders.drawing import PLAN
from builders.street_city import little_city
from livingcircle.errors import ConfigError, InputError
from livingcircle.sites import suggest_sites
from livingcircle.sites.conditions import Terms, check_terms

DOCS = Path(__file__).parents[2] / "docs" / "siting.md"
COLUMNS = {
    "cover, all": {},
    "cover, limit": {"max_sites": 2},
    "cover, share": {"share": 0.5},
    "median": {"objective": "median", "max_sites": 2},
    "center": {"objective": "center", "max_sites": 2},
}
LIMITS = {
    "max_sites": {"max_sites": 2},
    "budget": {"budget": 2.0},
    "max_sites + budget": {"max_sites": 2, "budget": 2.0},
    "no limit": {},
}
CONDITIONS = {
    "capacity": {},
    "fixed": {},
    "cost": {},
    "min_distance_m": {"min_distance_m": 1200.0},
    "least_people": {"least_people": 150.0},
    "links=compare": {"links": "compare"},
    "links=use": {"links": "use"},
}


def table() -> dict[tuple[str, str], str]:
    rows = [line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    split = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    begin = next(k for k, row in enumerate(split) if row[0] == "condition")
    names = split[begin][1:]
    end = next((k for k, row in enumerate(split) if row[0] == "instance"), len(split))
    body = [row for row in split[begin + 1 : end] if row[0] != "---"]
    return {(row[0], name): cell for row in body for name, cell in zip(names, row[1:], strict=True)}


def terms_of(condition: str, column: str) -> dict[str, object]:
    base = dict(COLUMNS[column])
    if condition in LIMITS:
        base = {key: value for key, value in base.items() if key in ("objective", "share")}
        return base | LIMITS[condition]
    return base | CONDITIONS[condition]


@pytest.fixture(name="pack")
def _pack(tmp_path):
    file = tmp_path / "pack.toml"
    file.write_text(PACK.format(metres=500, measure="mean"), encoding="utf-8")
    return [file]


XS = (1250.0, 1700.0, 2250.0, 2700.0, 3250.0, 3600.0)


def candidates(condition: str) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {"name": [f"s{k}" for k in range(len(XS))]}
    if condition == "capacity":
        columns["capacity"] = 250.0
    if condition == "fixed":
        columns["fixed"] = ["yes", *[""] * (len(XS) - 1)]
    if condition == "cost":
        columns["cost"] = [0.5, 1.0, 1.0, 1.0, 1.0, 1.0]
    places = [Point(PLAN.at(x, 0)) for x in XS]
    return gpd.GeoDataFrame(columns, geometry=places, crs=4326, index=range(len(XS)))


def test_the_table_is_whole() -> None:
    assert set(table()) == {(row, name) for row in (*LIMITS, *CONDITIONS) for name in COLUMNS}
    assert set(table().values()) == {"solved", "kept", "listed", "refused"}


@pytest.mark.slow
@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("condition", [*LIMITS, *CONDITIONS])
def test_each_cell_of_the_table_is_true(condition: str, column: str, pack) -> None:
    says = table()[condition, column]
    terms = {"links": "no"} | terms_of(condition, column)
    base = little_city([{"x": 500, "of": ("service_centre", "clinic")}])
    given = candidates(condition)
    if says == "refused":
        with pytest.raises(ConfigError, match="State") as caught:
            suggest_sites(base, "T-1", candidates=given, packs=pack, **terms)
        assert "\n" not in str(caught.value)
        return
    plan = suggest_sites(base, "T-1", candidates=given, packs=pack, **terms)
    # Circles of 500 m whose middles are 1,200 m apart leave homes between them: "all" cannot be.
    apart = condition == "min_distance_m" and column == "cover, all"
    assert plan.solution.status == "infeasible" or not apart
    assert (plan.solution.status in ("optimal", "thinned")) or condition == "capacity" or apart
    assert len(plan.sites) > 0
    assert len(plan.sites) <= terms.get("max_sites", len(XS))
    assert plan.cost <= terms.get("budget", np.inf)
    if condition == "capacity":
        assert plan.solution.model.startswith("capacitated_")
        assert (plan.sites["load"] <= 250.0 + 1e-6).all()
    if condition == "fixed":
        assert "s0" in set(plan.sites["name"])
    if condition == "min_distance_m":
        xs = np.sort([XS[int(name[1:])] for name in plan.sites["name"]])
        assert (np.diff(xs) >= 1200.0).all()
    if condition == "least_people":
        assert (plan.sites["people"] >= 150.0).all()
    if says == "listed":
        assert plan.alternative is None


@pytest.mark.slow
def test_a_share_is_counted_in_the_weight_that_is_asked_for(pack) -> None:
    # Everybody aged 65 lives in the last kilometre; one site at 3,600 m serves three of four homes.
    base = little_city([{"x": 500, "of": ("service_centre", "clinic")}])
    demand = base.demand.assign(age65=[0.0] * 12 + [50.0] * 4)
    base = little_city([{"x": 500, "of": ("service_centre", "clinic")}], demand=demand)
    given = candidates("")
    plan = suggest_sites(
        base, "T-1", share=0.75, weight="age65", candidates=given, packs=pack, links="no"
    )
    assert len(plan.sites) == 1
    assert plan.sites["people"].sum() >= 150.0


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({"max_sites": 99999999999999999999}, "from 0 to 1,000,000"),
        ({"max_sites": -1}, "from 0 to 1,000,000"),
        ({"max_sites": 2.5}, "whole number"),
        ({"max_sites": float("nan")}, "from 0 to"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"budget": float("inf")}, "budget is inf"),
        ({"budget": -1.0}, "budget is -1"),
        ({"share": float("nan")}, "95 %"),
        ({"share": 0.0}, "95 %"),
        ({"min_distance_m": float("nan")}, "min_distance_m is nan"),
        ({"min_distance_m": -1.0}, "min_distance_m is -1"),
        ({"least_people": float("-inf")}, "least_people is -inf"),
        ({"link_cost": float("nan")}, "link_cost is nan"),
        ({"m2_per_100_households": 0.0}, "above 0"),
        ({"m2_per_100_households": float("nan")}, "above 0"),
        ({"seconds": 0.0}, "above 0"),
        ({"seconds": float("inf")}, "above 0"),
        ({"max_candidates": 0}, "from 1 to"),
        ({"objective": "medain"}, "Did you mean 'median'"),
        ({"links": "compar"}, "Did you mean 'compare'"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(terms, said) -> None:
    with pytest.raises(ConfigError, match=said):
        check_terms(Terms(**terms))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("capacity", [-5.0], "negative capacity"),
        ("capacity", ["ten"], "the capacity 'ten'"),
        ("cost", [np.inf], "the cost 'inf'"),
        ("cost", ["1 yuan"], "the cost '1 yuan'"),
        ("area_m2", ["-3"], "negative area_m2"),
        ("fixed", ["maybe"], "yes or no"),
    ],
)
def test_figures_of_candidates_that_make_no_sense_are_refused(column, values, said, pack) -> None:
    base = little_city([{"x": 500, "of": ("service_centre", "clinic")}])
    given = gpd.GeoDataFrame(
        {column: values}, geometry=[Point(PLAN.at(1250, 0))], crs=4326, index=[0]
    )
    with pytest.raises(InputError, match=said):
        suggest_sites(base, "T-1", candidates=given, packs=pack)
    empty = given.assign(**{column: [None]})
    assert len(suggest_sites(base, "T-1", candidates=empty, packs=pack, links="no").sites) == 1
