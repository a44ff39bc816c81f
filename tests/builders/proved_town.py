"""A town with all that a proof has to express, and the same questions answered without the package.

Private streets, stairs that not all can take, a piece cut off, a home off the network, homes whose
people are not known, facilities that share a place and that share an edge with homes.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from shapely.geometry import Point

from builders.drawing import PLAN, box, write_features, write_osm

STREET = {"highway": "residential"}
PRIVATE = {"highway": "service", "access": "private"}
STEPS = {"highway": "steps"}
SIZE, STEP = 9, 130.0

PACK = """
id = "proved"
[document]
title_zh = "证明"
title_en = "Proved"
issuer_zh = "测试"
issuer_en = "tests"
"""
ENTRY = """
[[requirement]]
id = "{id}"
clause = "一"
statement_zh = "测试{id}"
statement_en = "test {id}"
force = "must"
{body}
"""
ENTRIES = {
    "P-1": 'kind = "circle"\ncategories = ["service_centre"]\nmetres = 400\ntarget = 0.45',
    "P-2": 'kind = "circle"\ncategories = ["clinic"]\nminutes = 5\ntarget = 0.95\n'
    'walker = "elderly"',
    "P-3": 'kind = "circle"\ncategories = ["park"]\nminutes = 8\nwalker = "wheelchair"\n'
    'target = 0.6\ngroup = "age65"',
    "P-4": 'kind = "circle"\nminutes = 9\ntarget = "report"\nall_of = [\n'
    '{ id = "a", zh = "甲", en = "a", categories = ["service_centre"] },\n'
    '{ id = "b", zh = "乙", en = "b", categories = ["clinic"] } ]',
    "P-5": 'kind = "substation"\ncategories = ["service_centre"]\nmetres = 330\n'
    'measure = "mean"\ntarget = "report"',
    "P-6": 'kind = "substation"\ncategories = ["clinic"]\nmetres = 500\n'
    'measure = "centre"\ntarget = "report"\nboundary = "exclusive"',
    "P-7": 'kind = "circle"\ncategories = ["park"]\nmetres = 700\ntarget = 0.71\n'
    'group = "children"',
    "P-8": 'kind = "circle"\ncategories = ["clinic"]\nmetres = 500\nk = 2\ntarget = 0.4',
    "P-9": 'kind = "circle"\ncategories = ["service_centre"]\nminutes = 12\nk = 3\ntarget = 0.7\n'
    'walker = "wheelchair"',
    "P-10": 'kind = "substation"\ncategories = ["clinic"]\nmetres = 450\n'
    'measure = "share"\nshare_beyond = 0.4\ntarget = "report"',
    "P-11": 'kind = "substation"\ncategories = ["service_centre"]\nmetres = 200\n'
    'measure = "nearest_edge"\ntarget = "report"\nboundary = "exclusive"',
}


def write_proved_town(folder: Path, *, seed: int = 5, homes: int = 260) -> Path:
    """Write the town, its pack and its city.toml; return the last."""
    rng = np.random.default_rng(seed)
    corner = {
        (i, j): (
            round(i * STEP + float(rng.uniform(-30, 30)), 2),
            round(j * STEP + float(rng.uniform(-30, 30)), 2),
        )
        for i in range(SIZE)
        for j in range(SIZE)
    }
    ways = []
    for (i, j), at in corner.items():
        for other in ((i + 1, j), (i, j + 1)):
            if other not in corner or rng.random() < 0.12:
                continue
            tags = (STREET, PRIVATE, STEPS)[int(rng.choice(3, p=[0.76, 0.14, 0.1]))]
            ways.append((tags, [at, corner[other]]))
    far = SIZE * STEP + 500
    ways += [(STREET, [(far, 0), (far + 200, 0)]), (STREET, [(far, 0), (far, 200)])]
    write_osm(folder / "walk.osm", ways)
    side = SIZE * STEP
    write_features(
        folder / "communities.geojson",
        [
            (
                {"unit_id": f"c{k}", "name": f"社区{k}"},
                box(x, y, x + side / 2 + 60, y + side / 2 + 60),
            )
            for k, (x, y) in enumerate(
                [(-60, -60), (side / 2, -60), (-60, side / 2), (side / 2, side / 2)]
            )
        ],
    )
    write_features(
        folder / "villages.geojson",
        [
            ({"village_id": "v0", "name": "甲村"}, box(0, 0, 300, 300)),
            ({"village_id": "v1", "name": "乙村"}, box(700, 650, 1050, 1000)),
            ({"village_id": "v2", "name": "丙村"}, box(500, 100, 504, 104)),
        ],
    )
    rows = []
    for number in range(homes):
        x, y = (float(value) for value in rng.uniform(-40, side, 2))
        if number < 8:
            x, y = far + float(rng.uniform(0, 150)), float(rng.uniform(0, 100))
        if number == 8:
            x, y = -900.0, -900.0
        unknown = number % 29 == 0
        rows.append(
            (
                {
                    "demand_id": f"h{number}",
                    "residents": None if unknown else int(rng.integers(0, 90)),
                    "households": int(rng.integers(1, 30)),
                    "age65": int(rng.integers(0, 12)),
                    "children": None if number % 7 == 0 else int(rng.integers(0, 9)),
                },
                Point(PLAN.at(x, y)),
            )
        )
    write_features(folder / "homes.geojson", rows)
    lines = ["facility_id,name,category,lon,lat"]
    kinds = ["社区党群服务中心"] * 5 + ["社区卫生服务站"] * 4 + ["公园"] * 3
    for number, kind in enumerate(kinds):
        x, y = (float(value) for value in rng.uniform(0, side, 2))
        lon, lat = PLAN.at(x, y)
        lines.append(f"f{number},{kind}{number},{kind},{lon:.8f},{lat:.8f}")
        if number in (0, 5):  # the same place once more, and for another search
            lines.append(f"g{number},{kind}又,{kinds[(number + 5) % 9]},{lon:.8f},{lat:.8f}")
    (folder / "facilities.csv").write_text("\n".join(lines) + "\n", "utf-8-sig")
    text = PACK + "".join(ENTRY.format(id=name, body=body) for name, body in ENTRIES.items())
    (folder / "proved.toml").write_text(text, "utf-8")
    (folder / "city.toml").write_text(
        """
[city]
name = "证明镇"
synthetic = true
[network]
source = "walk.osm"
[[facilities]]
source = "facilities.csv"
category = "category"
datum = "wgs84"
[[units]]
source = "communities.geojson"
level = "community"
[urban_villages]
source = "villages.geojson"
[demand]
source = "homes.geojson"
[assess]
packs = ["proved.toml"]
as_of = 2025
""",
        "utf-8",
    )
    return folder / "city.toml"
