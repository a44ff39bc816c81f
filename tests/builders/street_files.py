"""A straight street as files, west to east in pieces of 100 m, with whatever a test puts on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from builders.drawing import PLAN, layer, write_lines
from builders.square_city import write_facilities, write_points, write_units

DEMAND = "homes.gpkg"


def write_street(
    folder: Path,
    pack: str,
    facilities: Sequence[tuple[Any, ...]],
    *,
    header: str = "facility_id,名称,类别",
    metres: int = 2000,
    name: str = "街镇",
    communities: Sequence[Mapping[str, Any]] = (),
    villages: Sequence[Mapping[str, Any]] = (),
    homes: Sequence[Mapping[str, Any]] = (),
    demand: str = DEMAND,
) -> Path:
    """Write the town and its pack; return its city.toml.

    ``facilities`` begin with x and y in metres, ``header`` names what follows; ``homes`` have x and
    y too. Rows of units and villages have a geometry in degrees. Without ``homes`` a test writes
    the file of the ``demand`` itself.
    """
    folder.mkdir(exist_ok=True)
    steps = range(0, metres, 100)
    write_lines(folder / "walk.geojson", [PLAN.line((x, 0), (x + 100, 0)) for x in steps])
    (folder / "pack.toml").write_text(pack, "utf-8")
    parts = [
        f'[city]\nname = "{name}"\n[network]\nsource = "walk.geojson"\n',
        write_facilities(folder, facilities, header) + 'datum = "wgs84"\n',
    ]
    if communities:
        parts.append(write_units(folder, {"community": communities}))
    if villages:
        layer(villages).to_file(folder / "villages.geojson")
        parts.append('[urban_villages]\nsource = "villages.geojson"\n')
    if homes:
        write_points(folder, demand, homes)
    parts.append(f'[demand]\nsource = "{demand}"\n[assess]\npacks = ["pack.toml"]\n')
    path = folder / "city.toml"
    path.write_text("".join(parts), "utf-8")
    return path
