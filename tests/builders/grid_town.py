"""A small town of a street grid, written as the files that a planner would hand in."""

from __future__ import annotations

from pathlib import Path

from shapely.geometry import Point

from builders.drawing import FORMULA, NASTY, PLAN, box, write_features, write_lines

STEP, BLOCKS = 100, 24
SIDE = STEP * BLOCKS


def _point(x: float, y: float) -> Point:
    return Point(PLAN.at(x, y))


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
    write_features(
        folder / "communities.geojson",
        [
            (
                {"unit_id": f"c{k}", "name": n, "town": f"{'南北'[y > 0]}街道", "是否新建": "否"},
                box(x, y, x + half, y + half),
            )
            for k, (n, (x, y)) in enumerate(zip(names, corners, strict=True))
        ],
    )
    write_features(
        folder / "towns.geojson",
        [
            ({"unit_id": "t0", "name": "南街道"}, box(0, 0, SIDE, half)),
            ({"unit_id": "t1", "name": "北街道"}, box(0, half, SIDE, SIDE)),
        ],
    )
    write_features(
        folder / "districts.geojson",
        [({"unit_id": "d0", "name": "格子区"}, box(0, 0, SIDE, SIDE))],
    )
    write_features(
        folder / "villages.geojson",
        [
            ({"village_id": "v0", "name": "近村"}, box(150, 150, 550, 550)),
            ({"village_id": "v1", "name": "远村'\"<b>"}, box(1850, 1850, 2350, 2350)),
        ],
    )
    homes = [
        (
            {
                "demand_id": f"b{i}-{j}",
                "residents": 20 + (7 * i + 3 * j) % 50,
                "households": 9,
                "age65": 3,
                "under3": 1,
            },
            _point(60 + i * 115, 55 + j * 115),
        )
        for i in range(20)
        for j in range(20)
    ]
    write_features(folder / "homes.geojson", homes)
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
