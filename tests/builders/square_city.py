"""A city of one square kilometre as files: streets every 100 m, two leaves, one town, one district.

x (m)   0 ........ 500 ........ 1000
leaf      甲社区        乙村             both in 丙街道, 丁区
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely.geometry import Point

from builders.drawing import PLAN, box, layer, write_lines

SIZE = 1000

PLAN_TOML = """
id = "little-plan"
[document]
title_zh = "小城规划"
title_en = "Plan of the little city"
issuer_zh = "小城"
issuer_en = "Little City"
date = 2024-01-01
until = 2030

[[requirement]]
id = "LP-1"
clause = "一"
statement_zh = "步行 {metres} 米内有社区服务中心"
statement_en = "a service centre within {metres} m on foot"
force = "must"
due = 2025
kind = "circle"
categories = ["service_centre"]
metres = {metres}

[[requirement]]
id = "LP-2"
clause = "二"
statement_zh = "每个社区和村有药店"
statement_en = "a pharmacy in every community and village"
force = "must"
due = 2025
kind = "provision"
categories = ["pharmacy"]
level = "leaf"
"""

CENTRE = (100, 100, "甲中心", "社区党群服务中心")
PHARMACIES = [(300, 300, "药店一", "药店"), (700, 700, "药店二", "药店")]
HOMES = tuple((x, y, 10) for x in range(50, 1000, 150) for y in range(50, 1000, 150))


def write_streets(folder: Path) -> Path:
    steps = range(0, SIZE + 1, 100)
    lines = [PLAN.line(*((x, y) for y in steps)) for x in steps]
    lines += [PLAN.line(*((x, y) for x in steps)) for y in steps]
    # Drawn block by block: ends that share a coordinate are one junction.
    pieces = [line[i : i + 2] for line in lines for i in range(len(line) - 1)]
    return write_lines(folder / "streets.geojson", pieces)


def units() -> dict[str, list[dict[str, Any]]]:
    """Rows of the four levels, to be changed by a test before they are written."""
    return {
        "community": [
            {
                "name": "甲社区",
                "residents": 1000,
                "households": 400,
                "age65": 200,
                "geometry": box(0, 0, 500, 1000),
            }
        ],
        "village": [
            {
                "name": "乙村",
                "residents": 501,
                "households": 200,
                "age65": 77,
                "geometry": box(500, 0, 1000, 1000),
            }
        ],
        "town": [{"name": "丙街道", "geometry": box(0, 0, 1000, 1000)}],
        "district": [{"name": "丁区", "geometry": box(0, 0, 1000, 1000)}],
    }


def write_units(folder: Path, levels: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Write a GeoPackage with one layer per level; return the city.toml that reads it."""
    text = ""
    for level, rows in levels.items():
        layer(rows).to_file(folder / "units.gpkg", layer=level)
        text += f'[[units]]\nsource = "units.gpkg"\nlayer = "{level}"\nlevel = "{level}"\n'
    return text


def write_one_community(folder: Path, residents: int) -> str:
    """Write one community that is the whole city; return the city.toml that reads it."""
    whole = {"name": "甲社区", "residents": residents, "geometry": box(0, 0, SIZE, SIZE)}
    return write_units(folder, {"community": [whole]})


def write_facilities(folder: Path, rows: Sequence[tuple[Any, ...]], header: str) -> str:
    """Write a list with x, y in metres as its first two columns; None: no coordinates."""
    lines = ["经度,纬度," + header]
    for x, y, *rest in rows:
        lon, lat = ("", "") if x is None else PLAN.at(x, y)
        lines.append(",".join(str(cell) for cell in (lon, lat, *rest)))
    (folder / "facilities.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return '[[facilities]]\nsource = "facilities.csv"\ncategory = "类别"\n'


def write_points(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write points given by x and y in metres."""
    table = [
        {k: v for k, v in row.items() if k not in "xy"}
        | {"geometry": Point(PLAN.at(row["x"], row["y"]))}
        for row in rows
    ]
    path = folder / name
    layer(table).to_file(path)
    return path


def write_city(folder: Path, *parts: str) -> Path:
    """Write city.toml of the streets and further parts."""
    write_streets(folder)
    head = '[city]\nname = "试验市"\n[network]\nsource = "streets.geojson"\n'
    path = folder / "city.toml"
    path.write_text(head + "\n".join(parts), encoding="utf-8")
    return path


def write_plan(folder: Path, metres: int = 700) -> None:
    """Write the plan of a city."""
    (folder / "plan.toml").write_text(PLAN_TOML.format(metres=metres), encoding="utf-8")


def write_shops(folder: Path, rows: list[tuple[object, ...]] | None = None) -> str:
    """Write the facilities of a city: a centre in the south-west, two pharmacies."""
    return write_facilities(folder, rows or [CENTRE, *PHARMACIES], "名称,类别")


def write_homes(folder: Path, people: int = 10) -> None:
    """Write the homes of a city, each with so many people."""
    rows = [{"x": x, "y": y, "residents": people, "households": 4} for x, y, _ in HOMES]
    write_points(folder, "homes.geojson", rows)


def make_city(folder: Path, name: str = "试验市") -> Path:
    """Write the whole city with a plan, facilities and homes; return its city.toml."""
    folder.mkdir(parents=True)
    write_plan(folder)
    write_homes(folder)
    path = write_city(
        folder,
        write_shops(folder),
        write_units(folder, units()),
        '[demand]\nsource = "homes.geojson"\n',
        '[assess]\npacks = ["plan.toml"]\nas_of = 2026\n',
    )
    path.write_text(path.read_text("utf-8").replace("试验市", name), "utf-8")
    return path
