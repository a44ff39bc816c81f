"""A street of 4,000 m with four units on it, so that every finding follows from arithmetic.

    x (m)     0      1000      2000      3000      4000
    leaf      A        B         C         D               A, B, C communities; D a village
    town      North    North     South     South
    district  思明区    思明区     集美区     集美区
    new       no       no        yes       no
    founded   1998     2005      2018      1990

Every unit holds four demand points, 100, 400, 600 and 900 m from its western border, each with 100
residents, 40 households, 20 residents aged 65+, 5 children under 3 and 10 children. So a unit has
400 residents and 160 households, a district 800 and 320, the city 1,600 and 640.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import Point, Polygon

from builders.drawing import PLAN, box, walk_network
from livingcircle.city.config import CityConfig
from livingcircle.city.facilities import FACILITY_COLUMNS, Facilities
from livingcircle.city.model import City
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.model import Requirement

LEAVES = ("A", "B", "C", "D")
TOWN = {"A": "north", "B": "north", "C": "south", "D": "south"}
DISTRICT = {"A": "siming", "B": "siming", "C": "jimei", "D": "jimei"}
NAMES = {"siming": "思明区", "jimei": "集美区"}
STEPS = (100.0, 400.0, 600.0, 900.0)


def plot(west: float, east: float, south: float = -200.0, north: float = 200.0) -> Polygon:
    """Land along the street between two metres, in degrees."""
    return box(west, south, east, north)


def leaf_at(x: float) -> str | None:
    return LEAVES[int(x // 1000)] if 0 <= x < 4000 else None


def units() -> dict[str, gpd.GeoDataFrame]:
    leaves = gpd.GeoDataFrame(
        {
            "unit_id": list(LEAVES),
            "name": [f"{name} 社区" for name in "ABC"] + ["D 村"],
            "level": ["community"] * 3 + ["village"],
            "parent": [TOWN[name] for name in LEAVES],
            "town": [TOWN[name] for name in LEAVES],
            "district": [DISTRICT[name] for name in LEAVES],
            "urban_rural": ["urban"] * 3 + ["rural"],
            "is_new": pd.Series([False, False, True, False], dtype=object),
            "is_island": False,
            "founded_year": [1998, 2005, 2018, 1990],
            "floor_area_m2": [10_000.0, 20_000.0, 10_000.0, 5_000.0],
            "service_floor_area_m2": [1_000.0, 1_000.0, 2_000.0, 400.0],
            "community_workers": [2.0, 1.0, 3.0, 1.0],
            "qualified_workers": [1.0, 1.0, 1.0, 0.0],
            "mediators": 1.0,
            "law_aware_persons": 3.0,
            "disaster_informants": 1.0,
            "social_workers": 1.0,
        },
        geometry=[plot(1000 * i, 1000 * i + 1000) for i in range(4)],
        crs=4326,
    )
    towns = gpd.GeoDataFrame(
        {
            "unit_id": ["north", "south"],
            "name": ["北街道", "南镇"],
            "level": "town",
            "parent": ["siming", "jimei"],
            "town": ["north", "south"],
            "district": ["siming", "jimei"],
            "is_island": [False, True],
            "mediators": 3.0,
        },
        geometry=[plot(0, 2000), plot(2000, 4000)],
        crs=4326,
    )
    districts = gpd.GeoDataFrame(
        {
            "unit_id": ["siming", "jimei"],
            "name": ["思明区", "集美区"],
            "level": "district",
            "parent": None,
            "town": None,
            "district": ["siming", "jimei"],
        },
        geometry=[plot(0, 2000), plot(2000, 4000)],
        crs=4326,
    )
    city = gpd.GeoDataFrame(
        {"unit_id": ["小城"], "name": ["小城"], "level": "city", "town": None, "district": None},
        geometry=[plot(0, 4000)],
        crs=4326,
    )
    return {
        "community": leaves.iloc[:3].reset_index(drop=True),
        "village": leaves.iloc[3:].reset_index(drop=True),
        "town": towns,
        "district": districts,
        "city": city,
    }


def demand() -> gpd.GeoDataFrame:
    x = np.array([1000.0 * unit + step for unit in range(4) for step in STEPS])
    leaf = [leaf_at(value) for value in x]
    return gpd.GeoDataFrame(
        {
            "demand_id": [f"d{value:.0f}" for value in x],
            "residents": 100.0,
            "households": 40.0,
            "age65": 20.0,
            "under3": 5.0,
            "children": 10.0,
            "kind": "building",
            "community": [name if name != "D" else None for name in leaf],
            "village": [name if name == "D" else None for name in leaf],
            "leaf": leaf,
            "town": [TOWN[str(name)] for name in leaf],
            "district": [DISTRICT[str(name)] for name in leaf],
            "urban_rural": ["rural" if name == "D" else "urban" for name in leaf],
            "urban_village": None,
        },
        geometry=[Point(PLAN.at(value, 0.0)) for value in x],
        crs=4326,
    )


def facilities(rows: list[dict[str, Any]]) -> Facilities:
    """Facilities from dicts: ``x`` (metres along the street), ``of`` (categories), attributes."""
    table = []
    for position, row in enumerate(rows):
        row = dict(row)
        x, y = row.pop("x", None), row.pop("y", 0.0)
        of = row.pop("of")
        leaf = row.pop("leaf", None) or (leaf_at(x) if x is not None else None)
        table.append(
            {
                "facility_id": f"f{position}",
                "name": f"设施 {position}",
                "categories": (of,) if isinstance(of, str) else tuple(of),
                "entrances": None,
                "status": "no_coordinates" if x is None else "ok",
                "community": leaf if leaf != "D" else None,
                "village": leaf if leaf == "D" else None,
                "town": TOWN.get(leaf or ""),
                "district": DISTRICT.get(leaf or ""),
                "geometry": None if x is None else Point(PLAN.at(x, y)),
                **row,
            }
        )
    frame = pd.DataFrame(table, columns=list(FACILITY_COLUMNS))
    return Facilities(gpd.GeoDataFrame(frame, geometry="geometry", crs=4326))


def villages(*spans: tuple[float, float]) -> gpd.GeoDataFrame:
    """Urban villages V0, V1, ... between metres along the street."""
    middle = [leaf_at((west + east) / 2) for west, east in spans]
    return gpd.GeoDataFrame(
        {
            "village_id": [f"V{i}" for i in range(len(spans))],
            "name": [f"城中村{i}" for i in range(len(spans))],
            "town": [TOWN.get(str(name)) for name in middle],
            "district": [DISTRICT.get(str(name)) for name in middle],
        },
        geometry=[plot(west, east, -50, 50) for west, east in spans],
        crs=4326,
    )


def config(**assess: Any) -> CityConfig:
    return CityConfig.model_validate(
        {"city": {"name": "小城"}, "network": {"source": "street.geojson"}, "assess": assess}
    )


def little_city(rows: list[dict[str, Any]] | None = None, **changes: Any) -> City:
    """The street with some facilities; ``changes`` replaces fields of the City."""
    streets = [PLAN.line((500.0 * i, 0.0), (500.0 * i + 500.0, 0.0)) for i in range(8)]
    fields: dict[str, Any] = {
        "name": "小城",
        "name_en": "Little City",
        "folder": Path(),
        "network": walk_network(streets),
        "drive": None,
        "facilities": facilities(rows or []),
        "units": units(),
        "urban_villages": villages(),
        "demand": demand(),
        "walker": "adult",
        "max_access_m": 300.0,
        "config": config(),
        "notes": (),
        "issues": gpd.GeoDataFrame(geometry=[], crs=4326),
        "synthetic": True,
    }
    return City(**{**fields, **changes})


def requirement(**entry: Any) -> Requirement:
    """A requirement with only what matters to a test."""
    frame = {
        "id": "T-1",
        "pack": "test",
        "clause": "1",
        "statement_zh": "要求",
        "statement_en": "a requirement",
        "force": "must",
    }
    return Requirement.model_validate({**frame, **entry})


def find(city: City, as_of: int = 2025, **entry: Any) -> Finding:
    """Assess one requirement."""
    return assess_requirement(requirement(**entry), Context(city, as_of))


def at(finding: Finding, unit_id: str) -> pd.Series:
    """The row of one unit in a finding's table."""
    return finding.units.set_index("unit_id").loc[unit_id]
