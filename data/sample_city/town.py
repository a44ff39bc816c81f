"""The built-up city: the street grid, its cells filled by the plan, the estates' gates."""

from __future__ import annotations

import random

from sample_city import estates, plan, quarters
from sample_city.place import stream
from sample_city.quarters import Plot
from sample_city.streets import Point, Road, Streets

Key = tuple[str, str, int, int]
Box = tuple[float, float, float, float]

# The wider streets of the grid: rows and columns that carry the city's traffic.
PRIMARY = {("v", 150.0), ("t", -1450.0), ("t", 1300.0), ("v", 2400.0)}
SECONDARY = {("v", -1200.0), ("t", -560.0), ("t", 500.0), ("t", -2400.0), ("v", 1290.0),
             ("v", 1510.0), ("v", -2550.0), ("t", 1750.0), ("t", -2900.0), ("t", 2200.0)}  # fmt: skip
ESTATE_WORDS = [
    "锦",
    "翠",
    "华",
    "金",
    "丽",
    "碧",
    "嘉",
    "景",
    "福",
    "和",
    "泰",
    "安",
    "雅",
    "荣",
    "恒",
    "佳",
    "兴",
    "秀",
    "枫",
    "桂",
    "兰",
    "竹",
    "梅",
    "荷",
]
ESTATE_ENDS = {
    "tower": "府 湾 公馆 花园 豪庭 名苑",
    "walkup": "新村 宿舍 家属院 小区",
    "mid": "花园 苑 小区 家园",
}


def street_class(axis: str, line: float) -> str:
    """Class of a grid line."""
    if (axis, line) in PRIMARY:
        return "primary"
    return "secondary" if (axis, line) in SECONDARY else "tertiary"


def grid_name(axis: str, line: float, bank: str) -> str:
    """Name of a grid street, the same along its line; streets over a bridge keep it."""
    rows = sorted({*plan.NORTH_ROWS, *plan.SOUTH_ROWS}, reverse=True)
    numbers = "一二三四五六七八九十"
    if axis == "v":
        place = rows.index(line)
        tens = ("十" if place >= 10 else "") + (numbers[place % 10 - 1] if place % 10 else "")
        text = (tens or "零") if place else "北环"
        return f"样东西{text}路" if place else "北环路"
    columns = plan.WEST if bank == "west" else plan.EAST
    letter = "西" if bank == "west" else "东"
    return f"样{letter}纵{numbers[columns.index(line)]}路"


def build_grid(streets: Streets, letters: dict[Key, str]) -> dict[Key, dict[str, Road]]:
    """Draw the grid streets; returns the four sides of every cell."""
    drawn: dict[tuple[Point, Point], Road] = {}

    def side(a: Point, b: Point, bank: str) -> Road:
        if (a, b) not in drawn:
            axis = "v" if a[1] == b[1] else "t"
            line = a[1] if axis == "v" else a[0]
            name = grid_name(axis, line, bank)
            drawn[a, b] = streets.road([a, b], street_class(axis, line), step=75, name=name)
        return drawn[a, b]

    sides: dict[Key, dict[str, Road]] = {}
    for bank, block, row, column, letter, (west, south, east, north) in plan.cells():
        if letter == "-":
            continue
        key = (bank, block, row, column)
        letters[key] = letter
        found = {
            "S": side((west, south), (east, south), bank),
            "N": side((west, north), (east, north), bank),
        }
        if letter != "g":
            found["W"] = side((west, south), (west, north), bank)
        if letter != "G":
            found["E"] = side((east, south), (east, north), bank)
        sides[key] = found
    return sides


def estate_name(rng: random.Random, kind: str, used: set[str]) -> str:
    """An estate's name that is not taken yet."""
    while True:
        name = rng.choice(ESTATE_WORDS) + rng.choice(ESTATE_WORDS)
        name += rng.choice(ESTATE_ENDS[kind].split())
        if name not in used and name[0] != name[1]:
            used.add(name)
            return name


def fill_cells(streets: Streets, sides: dict[Key, dict[str, Road]]) -> Filled:
    """Fill every cell by its letter; returns plots, villages and estates."""
    made = Filled()
    used: set[str] = set()
    for bank, block, row, column, letter, box in plan.cells():
        if letter in "-g":
            continue
        key = (bank, block, row, column)
        rng = stream(f"cell {key}")
        found = sides[key]
        if letter in "NCMK":
            _estates(streets, rng, key, letter, box, found, made, used)
        elif letter == "G":
            _megablock(streets, rng, box, found, sides[bank, block, row, column + 1], made)
        elif letter == "O":
            made.plots += quarters.old_town(streets, rng, box, found)
        elif letter in "VX":
            name = plan.VILLAGE_NAMES[key]
            least = 22.0 if letter == "V" else 26.0
            plots, edge = quarters.urban_village(streets, rng, box, found, name, least=least)
            made.plots += plots
            made.villages[name] = edge
        elif letter == "T":
            made.plots += quarters.terraces(streets, rng, box, found)
        elif letter in "PH":
            made.parks += 1
            name = f"样城{'山' if letter == 'H' else '第' + str(made.parks)}公园"
            quarters.park(streets, rng, box, found, name, hill=letter == "H")
        elif letter in "SIR":
            tags = {"S": {"amenity": "school"}, "I": {"landuse": "industrial"},
                    "R": {"landuse": "railway"}}[letter]  # fmt: skip
            quarters.campus(streets, rng, box, found, **tags)
        elif letter == "B":
            _business(streets, rng, box, found, made)
    return made


class Filled:
    """What the cells hold."""

    def __init__(self) -> None:
        self.plots: list[Plot] = []
        self.villages: dict[str, list[Point]] = {}
        self.estates: list[estates.Estate] = []
        self.parks = 0


def _estates(
    streets: Streets, rng: random.Random, key: Key, letter: str, box: Box,
    sides: dict[str, Road], made: Filled, used: set[str],
) -> None:  # fmt: skip
    kind = {"N": "tower", "C": "walkup", "M": "mid", "K": "mid"}[letter]
    across, up = {
        "N": rng.choice([(1, 1), (2, 1), (1, 2)]), "C": rng.choice([(1, 1), (1, 2)]),
        "M": rng.choice([(2, 2), (2, 1), (1, 2)]), "K": (1, 1),
    }[letter]  # fmt: skip
    if box[3] - box[1] < 330:
        up = 1
    boxes = estates.cut_cell(box, across, up, rng)
    for index, part in enumerate(boxes):
        i, j = divmod(index, up)
        faces = [s for s, here in (("W", i == 0), ("E", i == across - 1), ("S", j == 0),
                                   ("N", j == up - 1)) if here and s in sides]  # fmt: skip
        rng.shuffle(faces)
        gates = {faces[0]: 1}
        for face in faces[1:]:
            if rng.random() < {"tower": 0.5, "walkup": 0.65, "mid": 0.5}[kind]:
                gates[face] = 1
        shut = tuple(face for face in faces if face not in gates and rng.random() < 0.5)
        if letter == "K":
            gates, shut = {"N": 1}, ("W",)
        style = estates.STYLES[kind]
        name = estate_name(rng, kind, used)
        built = estates.estate(streets, rng, part, sides, name, style, gates, shut)
        made.estates.append(built)
        made.plots += built.plots


def _megablock(
    streets: Streets, rng: random.Random, box: Box, sides: dict[str, Road],
    beyond: dict[str, Road], made: Filled,
) -> None:  # fmt: skip
    """One estate over two cells with its only open gate in the west: the planted gate case."""
    whole = (box[0], box[1], box[0] + 850.0, box[3])
    part = estates.cut_cell(whole, 1, 1, rng)[0]
    outer = {"W": sides["W"], "E": beyond["E"]}
    built = estates.estate(
        streets, rng, part, outer, "东园大院", estates.STYLES["walkup"], {"W": 1}, ("E",)
    )
    made.estates.append(built)
    made.plots += built.plots


def _business(
    streets: Streets, rng: random.Random, box: Box, sides: dict[str, Road], made: Filled
) -> None:
    """Shops and offices around an arcade, with a few towers of flats above."""
    quad = quarters.box_quad(box)
    edges = (sides["S"], sides["E"], sides["N"], sides["W"])

    def draw(first: Point, last: Point, depth: int) -> Road:
        return streets.road([first, last], "residential" if depth < 1 else "pedestrian")

    for part in quarters.split(streets, rng, quad, edges, 105, draw):
        if rng.random() < 0.45:
            middle = quarters.inside(part, 0.5, 0.4)
            made.plots.append(Plot(middle[0], middle[1], 32, 24, 0.0, "tower"))
