"""The texts of a new city folder: its city.toml and README.md."""

from __future__ import annotations

import json
from pathlib import Path

from livingcircle.osm.objects import is_osm_file

__all__ = ["BOUNDARY_FILE", "BUILDINGS_FILE", "FACILITIES_FILE", "STREETS_FILE", "write_texts"]

STREETS_FILE, BOUNDARY_FILE = "walk.graphml", "boundary.gpkg"
FACILITIES_FILE, BUILDINGS_FILE = "facilities.gpkg", "buildings.gpkg"


def write_texts(staging: Path, name: str, extract: str, when: str) -> None:
    """Write city.toml and README.md for the layers that are there."""
    by_file = is_osm_file(extract)
    facilities = f'source = {_quoted(extract)}\ncategory = "osm"' if by_file else None
    if (staging / FACILITIES_FILE).exists():
        facilities = f'source = "{FACILITIES_FILE}"\ndatum = "wgs84"\ncategory = "category"'
    demand = f'source = "{BUILDINGS_FILE}"' if (staging / BUILDINGS_FILE).exists() else None
    text = _CITY.format(
        name=_quoted(name),
        when=when,
        network=_quoted(extract),
        facilities=f"[[facilities]]\n{facilities}" if facilities else _NO_FACILITIES,
        demand=f"[demand]\n{demand}" if demand else _NO_DEMAND,
    )
    (staging / "city.toml").write_text(text, encoding="utf-8")
    about = {
        extract: "the streets and paths that people walk"
        + (
            "; also the source of the facilities" if by_file else ", 1.6 km beyond the boundary too"
        ),
        BOUNDARY_FILE: "the boundary, as one district",
        FACILITIES_FILE: "facilities by their OpenStreetMap tags",
        BUILDINGS_FILE: "residential buildings",
    }
    listed = [
        f"- `{file}`: {what}"
        for file, what in about.items()
        if file == extract or (staging / file).exists()
    ]
    readme = _README.format(name=name, when=when, files="\n".join(listed))
    (staging / "README.md").write_text(readme, encoding="utf-8")


def _quoted(text: str) -> str:
    """Return a text as TOML writes it."""
    return json.dumps(text, ensure_ascii=False)


_NO_FACILITIES = """\
# OpenStreetMap knows no facility here. Add your lists:
# [[facilities]]
# source = "facilities.xlsx\""""
_NO_DEMAND = """\
# OpenStreetMap knows no residential building here: points along the streets stand for people.
# [demand]
# source = "buildings.gpkg\""""
_CITY = """\
# Data © OpenStreetMap contributors, available under the Open Database License (ODbL) 1.0:
# https://www.openstreetmap.org/copyright. Name the source wherever you publish results.
# Data {when}. Paths are relative to this file.

[city]
name = {name}

# The walking network. Streets that people walk and the map lacks are added in OpenStreetMap.
[network]
source = {network}

# A first list. OpenStreetMap is rarely complete: add the bureaus' own tables, one entry each, e.g.
# [[facilities]]
# source = "nursing-homes.xlsx"
# datum = "gcj02"        # wgs84, gcj02 (Amap, Tencent) or bd09 (Baidu)
# category = "类别"      # the column, or one category for the whole file
{facilities}

# Add the communities (level = "community"), villages and towns where you have their boundaries.
[[units]]
source = "{boundary}"
layer = "district"
level = "district"

# Where people live. With residents or households a unit, add them to the units and
# write spread = "units" below.
{demand}

# What to test; `livingcircle standards` lists the packs.
[assess]
packs = ["xiamen-2025"]
""".replace("{boundary}", BOUNDARY_FILE)
_README = """\
# {name}

Data {when}, from OpenStreetMap.

© OpenStreetMap contributors. The data are available under the Open Database License (ODbL) 1.0,
https://www.openstreetmap.org/copyright. Results made with them must name the source.

{files}
- `city.toml`: what is read, and what is tested

Look at what was understood with `livingcircle check city.toml`, then `livingcircle run city.toml`.
"""
