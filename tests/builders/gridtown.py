"""A small town of a street grid, written as the files that a planner would hand in."""

from __future__ import annotations

import json
from pathlib import Path

from towns import PLAN, write_lines

NASTY = "<script>alert('社区')</script>"
FORMULA = '=HYPERLINK("http://x","a")'
STEP, BLOCKS = 100, 24
SIDE = STEP * BLOCKS


def _collection(features: list[tuple[dict[str, object], dict[str, object]]]) -> str:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": p, "geometry": g} for p, g in features],
        },
        ensure_ascii=False,
    )


def _box(x0: float, y0: float, x1: float, y1: float) -> dict[str, object]:
    ring = PLAN.line((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
    return {"type": "Polygon", "coordinates": [[list(c) for c in ring]]}


def _point(x: float, y: float) -> dict[str, object]:
    return {"type": "Point", "coordinates": list(PLAN.at(x, y))}


def write_town(folder: Path, *, name: str = "格子镇") -> Path:
    """A grid of streets with four communities, two towns, one district, two urban villages."""
    ways = []
    for k in range(BLOCKS + 1):
        for j in range(BLOCKS):
            # A wall: the middle street can only be crossed at its ends.
            if not (2 <= k <= BLOCKS - 2 and j == BLOCKS // 2):
                ways.append(PLAN.line((k * STEP, j * STEP), (k * STEP, j * STEP + STEP)))
            ways.append(PLAN.line((j * STEP, k * STEP), (j * STEP + STEP, k * STEP)))
    write_lines(folder / "walk.geojson", ways)
    half = SIDE / 2
    names = ["东社区", NASTY, FORMULA, "西社区</script>"]
    corners = [(0, 0), (half, 0), (0, half), (half, half)]
    (folder / "communities.geojson").write_text(
        _collection(
            [
                ({"unit_id": f"c{k}", "name": n, "town": f"{'南北'[y > 0]}街道", "是否新建": "否"},
                 _box(x, y, x + half, y + half))
                for k, (n, (x, y)) in enumerate(zip(names, corners, strict=True))
            ]
        ), "utf-8")  # fmt: skip
    (folder / "towns.geojson").write_text(
        _collection(
            [
                ({"unit_id": "t0", "name": "南街道"}, _box(0, 0, SIDE, half)),
                ({"unit_id": "t1", "name": "北街道"}, _box(0, half, SIDE, SIDE)),
            ]
        ), "utf-8")  # fmt: skip
    (folder / "districts.geojson").write_text(
        _collection([({"unit_id": "d0", "name": "格子区"}, _box(0, 0, SIDE, SIDE))]), "utf-8"
    )
    (folder / "villages.geojson").write_text(
        _collection(
            [
                ({"village_id": "v0", "name": "近村"}, _box(150, 150, 550, 550)),
                ({"village_id": "v1", "name": "远村'\"<b>"}, _box(1850, 1850, 2350, 2350)),
            ]
        ), "utf-8")  # fmt: skip
    homes = [
        ({"demand_id": f"b{i}-{j}", "residents": 20 + (7 * i + 3 * j) % 50, "households": 9,
          "age65": 3, "under3": 1}, _point(60 + i * 115, 55 + j * 115))
        for i in range(20)
        for j in range(20)
    ]  # fmt: skip
    (folder / "homes.geojson").write_text(_collection(homes), "utf-8")
    rows = ["facility_id,name,category,lon,lat,area_m2,open_hours"]
    places = [
        ("f0", "南中心", "社区党群服务中心", 420, 310, 600, 9),
        ("f1", "<img src=x onerror=alert(2)>", "社区党群服务中心", 1890, 380, 300, 7),
        ("f2", "@SUM(A1)", "健身设施", 700, 700, "", ""),
        ("f3", "健身点", "健身设施;公园", 1700, 1650, "", ""),
        ("f4", "卫生站", "社区卫生服务站", 1200, 420, "", ""),
        ("f5", "街道照料中心", "综合养老服务中心", 900, 330, 800, ""),
    ]
    for key, text, category, x, y, area, hours in places:
        lon, lat = PLAN.at(x, y)
        rows.append(f'{key},"{text}",{category},{lon:.8f},{lat:.8f},{area},{hours}')
    rows.append("f6,没有坐标的中心,社区党群服务中心,,,200,8")
    (folder / "facilities.csv").write_text("\n".join(rows) + "\n", "utf-8-sig")
    (folder / "city.toml").write_text(
        f"""
[city]
name = "{name}"
name_en = "Gridtown"
synthetic = true
[network]
source = "walk.geojson"
[[facilities]]
source = "facilities.csv"
category = "category"
datum = "wgs84"
[[units]]
source = "communities.geojson"
level = "community"
[[units]]
source = "towns.geojson"
level = "town"
[[units]]
source = "districts.geojson"
level = "district"
[urban_villages]
source = "villages.geojson"
[demand]
source = "homes.geojson"
[assess]
packs = ["xiamen-2025", "zhuhai-2025"]
as_of = 2025
""",
        "utf-8",
    )
    return folder / "city.toml"
