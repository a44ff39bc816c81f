"""A city of any size on real streets: people, communities and facilities drawn with a seed.

    python benchmarks/made_city.py NETWORK FOLDER --homes 200000 --communities 4096

writes a folder that ``livingcircle run FOLDER/city.toml`` reads. Nothing in it but the streets is
real. The same arguments give the same bytes.
"""

from __future__ import annotations

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from livingcircle.network.read import read_network
from livingcircle.standards.loader import load_pack

METRES_A_DEGREE = 111_320.0
LEVELS = {"district": 16, "town": 256}
"""At most so many units of the levels above communities; each is whole communities."""


@dataclass(frozen=True)
class Size:
    """How large a city is made."""

    homes: int = 200_000
    people: int = 16_000_000
    communities: int = 4_096
    """A power of two."""
    facilities: int = 30_000
    pack: str = "zhuhai-2025"
    seed: int = 1


def make(network: Path, folder: Path, size: Size) -> Path:
    """Write a made city on the streets of a network file; return its city.toml."""
    if size.communities & (size.communities - 1):
        raise SystemExit("the number of communities must be a power of two")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(size.seed)
    vertices = read_network(network).coords
    homes = beside(vertices, size.homes, rng)
    leaf, boxes = halves(homes, vertices, size.communities)
    residents = shares(rng.lognormal(0.0, 0.8, size.homes), size.people)
    people(homes, residents, rng).to_parquet(folder / "homes.parquet")
    for level, table in units(leaf, boxes, residents).items():
        table.to_file(folder / "units.gpkg", layer=level, driver="GPKG")
    facilities(beside(vertices, size.facilities, rng), size.pack, rng).to_parquet(
        folder / "facilities.parquet"
    )
    streets = folder / f"streets{''.join(network.suffixes[-2:])}"
    if not streets.exists():
        shutil.copyfile(network, streets)
    file = folder / "city.toml"
    file.write_text(TOML.format(streets=streets.name, pack=size.pack), encoding="utf-8")
    return file


TOML = """[city]
name = "造出的城市"
name_en = "Made city (synthetic people on real streets)"
synthetic = true

[network]
source = "{streets}"

[[facilities]]
source = "facilities.parquet"
datum = "wgs84"
category = "category"

[[units]]
source = "units.gpkg"
layer = "community"
level = "community"

[[units]]
source = "units.gpkg"
layer = "town"
level = "town"

[[units]]
source = "units.gpkg"
layer = "district"
level = "district"

[demand]
source = "homes.parquet"

[assess]
packs = ["{pack}"]
walker = "adult"
as_of = 2025
"""


def beside(vertices: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return points (lon, lat) some tens of metres from vertices of streets."""
    at = vertices[rng.integers(0, len(vertices), count)]
    away = np.abs(rng.normal(0.0, 40.0, count)) / METRES_A_DEGREE
    heading = rng.uniform(0.0, 2.0 * np.pi, count)
    wide = np.cos(np.radians(at[:, 1]))
    return at + np.column_stack([away * np.cos(heading) / wide, away * np.sin(heading)])


def halves(points: np.ndarray, within: np.ndarray, parts: int) -> tuple[np.ndarray, np.ndarray]:
    """Cut the plane into rectangles that hold equally many points each.

    Returns
    -------
    leaf, boxes
        (n,) rectangle of each point; (parts, 4) west, south, east, north. The rectangles of a
        larger unit follow one another.
    """
    both = np.concatenate([points, within])
    leaf = np.zeros(len(points), dtype=np.int64)
    boxes = np.array([[*both.min(axis=0) - 1e-3, *both.max(axis=0) + 1e-3]])
    while len(boxes) < parts:
        axis = (boxes[:, 2] - boxes[:, 0] < boxes[:, 3] - boxes[:, 1]).astype(int)
        value = points[np.arange(len(points)), axis[leaf]]
        order = np.lexsort((value, leaf))
        start = np.searchsorted(leaf[order], np.arange(len(boxes) + 1))
        middle = value[order[(start[:-1] + start[1:]) // 2]]
        low, high = boxes.copy(), boxes.copy()
        rows = np.arange(len(boxes))
        low[rows, axis + 2], high[rows, axis] = middle, middle
        leaf = 2 * leaf + (value >= middle[leaf])
        boxes = np.stack([low, high], axis=1).reshape(-1, 4)
    return leaf, boxes


def shares(weight: np.ndarray, total: int) -> np.ndarray:
    """Return whole numbers in proportion to weights that add up to a total."""
    ends = np.floor(np.cumsum(weight / weight.sum()) * total + 0.5).astype(np.int64)
    return np.diff(ends, prepend=0)


def people(homes: np.ndarray, residents: np.ndarray, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return the homes with who lives there."""
    told = {"编号": [f"B{k:07d}" for k in range(len(homes))], "常住人口": residents}
    told["户数"] = np.ceil(residents / 2.6).astype(np.int64)
    for name, share in (("3岁以下", 0.03), ("儿童", 0.13), ("65岁以上", 0.16)):
        told[name] = rng.binomial(residents, share)
    return gpd.GeoDataFrame(told, geometry=gpd.points_from_xy(*homes.T), crs=4326)


def units(
    leaf: np.ndarray, boxes: np.ndarray, residents: np.ndarray
) -> dict[str, gpd.GeoDataFrame]:
    """Return communities, towns and districts, each whole ones of the level below."""
    lives = np.bincount(leaf, weights=residents, minlength=len(boxes)).astype(np.int64)
    levels = {"community": len(boxes)} | {k: min(n, len(boxes)) for k, n in LEVELS.items()}
    names = {"community": "社区", "town": "街道", "district": "区"}
    tables = {}
    for level, count in levels.items():
        of = np.arange(len(boxes)) * count // len(boxes)
        table = {
            "编码": [f"{level[0].upper()}{k:05d}" for k in range(count)],
            "名称": [f"第{k + 1}{names[level]}" for k in range(count)],
            "常住人口": np.bincount(of, weights=lives).astype(np.int64),
        }
        table["户数"] = np.ceil(table["常住人口"] / 2.6).astype(np.int64)
        # The rectangles of a larger unit follow one another, and make a rectangle.
        parts = boxes.reshape(count, -1, 4)
        low, high = parts[..., :2].min(axis=1), parts[..., 2:].max(axis=1)
        tables[level] = gpd.GeoDataFrame(table, geometry=shapely.box(*low.T, *high.T), crs=4326)
    return tables


def facilities(points: np.ndarray, pack: str, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Return facilities of the categories that a pack asks for, evenly many of each."""
    asked = sorted({c for r in load_pack(pack).requirements for c in r.needs.categories})
    category = np.array(asked, dtype=object)[rng.integers(0, len(asked), len(points))]
    told = {
        "编号": [f"F{k:06d}" for k in range(len(points))],
        "名称": [f"设施{k}" for k in range(len(points))],
        "category": category,
        "建筑面积": np.round(rng.lognormal(6.0, 0.7, len(points)), 1),
    }
    return gpd.GeoDataFrame(told, geometry=gpd.points_from_xy(*points.T), crs=4326)


def sizes(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how large a city is."""
    for name, value in vars(Size()).items():
        parser.add_argument(f"--{name}", type=type(value), default=value)


def size_of(given: argparse.Namespace) -> Size:
    """Return the size that the options state."""
    return Size(**{name: getattr(given, name) for name in vars(Size())})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", type=Path)
    parser.add_argument("folder", type=Path)
    sizes(parser)
    given = parser.parse_args()
    print(make(given.network, given.folder, size_of(given)))


if __name__ == "__main__":
    main()
