"""The plan of the city: grid lines, what stands in each cell, towns, and the planted cases."""

from __future__ import annotations

from dataclasses import dataclass

# Grid lines of the two banks on the board, west to east; the river runs along t = 0.
WEST = (-2900.0, -2400.0, -1900.0, -1450.0, -1000.0, -560.0, -150.0)
EAST = (150.0, 500.0, 900.0, 1300.0, 1750.0, 2200.0)
NORTH_ROWS = (3250.0, 2850.0, 2400.0, 1950.0, 1510.0)
SOUTH_ROWS = (
    1290.0, 1000.0, 600.0, 150.0, -300.0, -750.0, -1200.0, -1650.0, -2100.0, -2550.0, -3000.0,
)  # fmt: skip
RAIL_V = 1400.0
WEST_TRUNK, EAST_TRUNK = -3050.0, 2320.0
RIVER_HALF = 105.0
BRIDGES = (2400.0, 150.0, -1200.0)
# Streets that pass under the railway, by grid line.
UNDERPASSES = (-2400.0, -560.0, 500.0, 1750.0)

# What stands in a cell: N new towers, C six-storey estates of one work unit, M smaller estates,
# O old town, V urban village, X the village at 1000 m, P park, S school, I industry, B business,
# H hill, T terraces on the hill, R railway station, K the estate across the river,
# G/g the estate with one gate (two cells), - nothing.
NORTH_PLAN = """
IVMCNS MCTHM
ICMNVM CMTHH
MNSCMC VMCTM
NCMRMM CMSVC
"""
SOUTH_PLAN = """
MBCMCO OOCMC
NMSMCO OOOCM
NVPCMM OBOOV
VNMMCB OBOSO
NNSCMC OOGgP
NPNVCM VOOCM
VNNMSC MCMSC
NNICMK MCCVP
INMCMX -----
IINVSC -----
"""

# Part of the grid that each town holds: bank, columns, rows of the north or south block, number of
# communities. Communities are cut out of it along the streets.
TOWNS = {
    "站前街道": ("west", (0, 6), "north", (0, 4), 7),
    "新城街道": ("west", (0, 3), "south", (0, 10), 8),
    "临江街道": ("west", (3, 6), "south", (0, 10), 9),
    "云山街道": ("east", (0, 5), "north", (0, 4), 7),
    "老城街道": ("east", (0, 5), "south", (0, 8), 11),
}
DISTRICTS = {
    "西城区": ("站前街道", "新城街道", "临江街道", "溪口镇"),
    "东城区": ("云山街道", "老城街道", "田心镇", "星屿镇"),
}
TOWN_CODES = {
    "站前街道": "990101001", "新城街道": "990101002", "临江街道": "990101003", "溪口镇": "990101101",
    "云山街道": "990102001", "老城街道": "990102002", "田心镇": "990102101", "星屿镇": "990102102",
}  # fmt: skip
DISTRICT_CODES = {"西城区": "990101", "东城区": "990102"}

COMMUNITY_NAMES = {
    "站前街道": "站北 铁新 北苑 机车 货场 站东 建工",
    "新城街道": "锦湖 新元 云锦 启明 科苑 未来 望湖 新港",
    "临江街道": "江滨 桥西 文汇 江景 渡头 纺织 柳岸 沙洲 江湾",
    "云山街道": "云麓 山城 桥北 云林 松涛 云泉 茶亭",
    "老城街道": "鼓楼 钟鼓 学前 盐仓 桥东 文庙 南门 江岸 观海 水关 东园",
    "溪口镇": "溪口",
    "田心镇": "田心",
    "星屿镇": "星屿",
}


@dataclass(frozen=True)
class Hamlet:
    """A rural settlement on the board: half sizes in metres and the leaf it belongs to."""

    leaf: str
    t: float
    v: float
    half_t: float
    half_v: float
    main: bool = True


# Rural leaves; the first of each name is its main settlement, 居委会 (社区) among them.
HAMLETS = (
    Hamlet("溪口社区", -4300, 150, 330, 260),
    Hamlet("上溪村", -4420, 2350, 170, 120),
    Hamlet("上溪村", -5150, 2750, 110, 80, False),
    Hamlet("上溪村", -3700, 2850, 90, 70, False),
    Hamlet("石桥村", -5500, 1050, 150, 120),
    Hamlet("石桥村", -5750, 1900, 90, 80, False),
    Hamlet("竹坪村", -3620, 1000, 130, 100),
    Hamlet("竹坪村", -3750, 1820, 90, 70, False),
    Hamlet("大塘村", -5550, -400, 150, 110),
    Hamlet("大塘村", -5850, -1000, 90, 70, False),
    Hamlet("田寮村", -4250, -1650, 160, 120),
    Hamlet("田寮村", -3560, -1150, 100, 80, False),
    Hamlet("南坑村", -5150, -2250, 150, 110),
    Hamlet("南坑村", -4300, -2650, 110, 80, False),
    Hamlet("田心社区", 3750, 650, 290, 230),
    Hamlet("长岗村", 3050, 1950, 150, 110),
    Hamlet("长岗村", 2750, 2700, 100, 80, False),
    Hamlet("禾坪村", 4150, 2250, 150, 120),
    Hamlet("禾坪村", 4350, 2950, 100, 70, False),
    Hamlet("樟树下村", 5050, 1250, 150, 110),
    Hamlet("樟树下村", 5250, 2050, 90, 70, False),
    Hamlet("新塘村", 2850, -350, 140, 110),
    Hamlet("新塘村", 2800, 350, 90, 70, False),
    Hamlet("沙湾村", 3650, -1100, 150, 110),
    Hamlet("沙湾村", 2800, -1350, 110, 80, False),
    Hamlet("海角村", 4900, -550, 150, 110),
    Hamlet("海角村", 4750, -1350, 100, 70, False),
    Hamlet("星屿社区", 1750, -3650, 220, 150),
    Hamlet("星北村", 2500, -3330, 130, 90),
    Hamlet("星南村", 1150, -4050, 130, 90),
)
ISLAND_LEAVES = ("星屿社区", "星北村", "星南村")

# County roads of the countryside on the board (kind, points).
COUNTRY_ROADS = (
    ("secondary", ((-3150, 150), (-3600, 120), (-4300, 150), (-4950, 190), (-5550, 60), (-6150, 120))),
    ("tertiary", ((-4300, -2850), (-4380, -2200), (-4250, -1650), (-4340, -900), (-4300, 150))),
    ("tertiary", ((-4300, 150), (-4260, 800), (-4300, 1400), (-4380, 1850), (-4420, 2350), (-4330, 3150))),
    ("tertiary", ((-3150, -1650), (-3600, -1610), (-4250, -1650), (-4800, -1800), (-5150, -2250))),
    ("secondary", ((2420, 600), (2900, 620), (3750, 650), (4450, 760), (5050, 1250), (5500, 1380))),
    ("tertiary", ((3750, 650), (3800, 1000), (3860, 1400), (4000, 1850), (4150, 2250), (4300, 3100))),
    ("tertiary", ((3750, 650), (3690, 0), (3720, -500), (3650, -1100), (3500, -1750))),
    ("tertiary", ((2420, -1200), (2800, -1250), (3250, -1180), (3650, -1100), (4300, -900), (4900, -550))),
)  # fmt: skip
# Lanes that tie the other settlements to a county road (from, to), by position.
COUNTRY_LANES = (
    ((-5150, 2750), (-4400, 2500)), ((-3700, 2850), (-4350, 2900)), ((-5500, 1050), (-5350, 90)),
    ((-5750, 1900), (-5500, 1050)), ((-3620, 1000), (-4265, 900)), ((-3750, 1820), (-4350, 1700)),
    ((-5550, -400), (-5500, 70)), ((-5850, -1000), (-5550, -400)), ((-3560, -1150), (-3650, -1612)),
    ((3050, 1950), (3950, 1700)), ((2750, 2700), (3050, 1950)), ((5250, 2050), (5050, 1250)),
    ((2850, -350), (3700, -250)), ((2800, 350), (2880, 620)), ((4750, -1350), (4700, -640)),
    ((-5550, -400), (-4330, -700)), ((4900, -550), (4500, 780)),
)  # fmt: skip

# Limits of the land and of the countryside on the board; their lines are roughened.
WEST_LAND = ((-6300, 3350), (-6350, 1500), (-6250, -300), (-6300, -1700), (-5900, -2900),
             (-4600, -3150), (-3050, -3200))  # fmt: skip
EAST_LAND = ((5650, 3300), (5750, 2000), (5700, 900), (5450, -400), (5250, -1700))
COAST_V = -2180.0
WEST_SHORE_V = -3200.0
ISLAND = ((650, -4150), (900, -4450), (1500, -4380), (2100, -4150), (2700, -3950), (3050, -3500),
          (2950, -3050), (2450, -2950), (1850, -3150), (1200, -3350), (800, -3750))  # fmt: skip

VILLAGE_NAMES = {
    ("west", "north", 0, 1): "上埔村",
    ("west", "north", 1, 4): "机房围",
    ("east", "north", 2, 0): "桥头厝",
    ("east", "north", 3, 3): "下湖村",
    ("west", "south", 2, 1): "新围村",
    ("east", "south", 2, 4): "东埔村",
    ("west", "south", 3, 0): "石厦村",
    ("west", "south", 5, 3): "沙头村",
    ("east", "south", 5, 0): "水门村",
    ("west", "south", 6, 0): "岗下村",
    ("east", "south", 7, 3): "南厝村",
    ("west", "south", 8, 5): "千步村",
    ("west", "south", 9, 3): "塘尾村",
}


def rows_of(block: str) -> tuple[float, ...]:
    """Grid lines of the rows of a block, north to south."""
    return NORTH_ROWS if block == "north" else SOUTH_ROWS


def cells() -> list[tuple[str, str, int, int, str, tuple[float, float, float, float]]]:
    """Every cell: bank, block, row, column, letter and (west, south, east, north)."""
    found = []
    for block, text in (("north", NORTH_PLAN), ("south", SOUTH_PLAN)):
        lines = rows_of(block)
        for row, line in enumerate(text.split("\n")[1:-1]):
            for bank, letters in zip(("west", "east"), line.split(" "), strict=True):
                columns = WEST if bank == "west" else EAST
                for column, letter in enumerate(letters):
                    box = (columns[column], lines[row + 1], columns[column + 1], lines[row])
                    found.append((bank, block, row, column, letter, box))
    return found
