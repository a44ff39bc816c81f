"""Population rasters (such as WorldPop's GeoTIFFs) → demand points with residents."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from affine import Affine
from pyproj import Transformer
from rasterio.crs import CRS
from rasterio.transform import xy

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.errors import InputError
from livingcircle.io.formats.located_raster import cells_around, located_raster
from livingcircle.io.formats.registry import RASTER_ENDINGS
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText

__all__ = ["PER", "cell_hectares", "counted_per", "is_raster", "read_cells_of", "read_population"]

# More cells than a country at 100 m: no study area is that large, but a wrong file may be.
_MOST_CELLS = 200_000_000
# More than live on the Earth: a "no data" that the file does not declare, such as 3.4e38.
_MOST_PEOPLE = 1e10
_OF_ASPECT = re.compile(r"(?:^|_)population_(?:age\d|total_pop)", re.IGNORECASE)
_SHARES = re.compile(r"proportion|percent|(?:^|_)(?:share|prop|pct)(?:_|$)", re.IGNORECASE)
PER = {
    "cell": LocalizedText("每格人数", "cell"),
    "hectare": LocalizedText("每公顷人数", "hectare"),
    "km2": LocalizedText("每平方公里人数", "square kilometre"),
}


def is_raster(source: str | Path) -> bool:
    """Return whether a file name is that of a raster."""
    return str(source).lower().endswith(tuple(RASTER_ENDINGS))


def read_population(
    path: str | Path,
    bounds: tuple[float, float, float, float],
    per: str | None = None,
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Read the inhabited cells of a raster of people.

    Parameters
    ----------
    path
        A GeoTIFF or an ESRI ASCII grid; band 1 holds people.
    bounds
        West, south, east, north in degrees: only cells whose centre lies within are taken.
    per
        What they are counted per: ``"cell"``, ``"hectare"``, ``"km2"``; None: see ``counted_per``.
    crs
        Its coordinate system, where the file does not say it, or says it wrongly.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 points in the middle of cells; ``residents`` (> 0, as the raster has them, not
        rounded), ``source_row`` (cell number from 0, row by row).
    list of Note
        What was taken for "no data", and how many people the raster holds within the bounds.

    Raises
    ------
    InputError
        No raster, no CRS, no cell within the bounds, nobody in them, or shares of people.
    """
    path = Path(path)
    per = per or counted_per(path)
    table, negative, beyond = read_cells_of(path, bounds, per=per, crs=crs)
    if table.empty:
        raise InputError("nobody lives in the part of the raster that covers the city", file=path)
    return table, _notes(path, table, negative, beyond, per)


def counted_per(path: Path) -> str:
    """Return what the people of a raster are counted per, by its name: "cell" unless it is known.

    ASPECT publishes persons per hectare in cells of degrees (Scientific Data 12, 2025,
    https://doi.org/10.1038/s41597-025-05401-1).

    Raises
    ------
    InputError
        By its name it holds shares, and no people.

    Examples
    --------
    >>> counted_per(Path("population_age65above.tif")), counted_per(Path("chn_ppp_2020.tif"))
    ('hectare', 'cell')
    """
    if _SHARES.search(path.stem):
        raise InputError(
            LocalizedText(
                "按文件名，栅格是各年龄所占比例，不是人数",
                "by its name it holds shares of people, and no people",
            ),
            hint=LocalizedText(
                '请用人数或人口密度的栅格；确是人数时写 per = "cell"。',
                'Give the raster of people or of density; where they are people, per = "cell".',
            ),
            file=path,
            field="per",
        )
    return "hectare" if _OF_ASPECT.search(path.stem) else "cell"


def cell_hectares(crs: CRS, transform: Affine, row: IntArray, col: IntArray) -> FloatArray:
    """Return the hectares of cells, on a cylinder of equal areas (EASE-Grid 2.0, EPSG:6933)."""
    corners = ((0, 0), (0, 1), (1, 1), (1, 0))
    to_equal = Transformer.from_crs(crs, 6933, always_xy=True)
    x, y = [], []
    for down, across in corners:
        c, r = col + across, row + down
        east, north = transform.a * c + transform.b * r, transform.d * c + transform.e * r
        placed = to_equal.transform(east + transform.c, north + transform.f)
        x.append(np.asarray(placed[0]))
        y.append(np.asarray(placed[1]))
    parts = [x[k - 1] * y[k] - x[k] * y[k - 1] for k in range(4)]
    return np.asarray(np.abs(np.sum(parts, axis=0)) / 2.0 / 10_000.0)


def read_cells_of(
    path: Path,
    bounds: tuple[float, float, float, float],
    band: int = 1,
    per: str = "cell",
    crs: str | None = None,
) -> tuple[gpd.GeoDataFrame, int, int]:
    """Return the inhabited cells of a band within bounds, how many are negative, and how many huge.

    See ``read_population``; here nobody at all is a table without a row.
    """
    with located_raster(path, crs) as (raster, own):
        window = cells_around(raster, own, bounds, path)
        # A cell that the border cuts is judged by its centre, below.
        if window.width * window.height > _MOST_CELLS:
            raise InputError("the raster is too fine for the extent of the city", file=path)
        values = raster.read(band, window=window, masked=True).astype(np.float64)
        values = values * raster.scales[band - 1] + raster.offsets[band - 1]
        transform, width = raster.window_transform(window), raster.width
    cells = np.ma.filled(values, np.nan)
    row, col = np.nonzero(np.isfinite(cells) & (cells > 0) & (cells < _MOST_PEOPLE))
    x, y = (np.asarray(a) for a in xy(transform, row, col))  # of the middle of each cell
    number = (row + int(window.row_off)) * width + col + int(window.col_off)
    people = cells[row, col]
    if per != "cell":
        hectares = cell_hectares(own, transform, row, col)
        people = people * (hectares if per == "hectare" else hectares / 100.0)
    table = gpd.GeoDataFrame(
        pd.DataFrame({"residents": people, "source_row": number}),
        geometry=gpd.points_from_xy(x, y),
        crs=own,
    ).to_crs(4326)
    west, south, east, north = bounds
    table = table.cx[west:east, south:north].reset_index(drop=True)
    return table, int((cells < 0).sum()), int((cells >= _MOST_PEOPLE).sum())


def _notes(path: Path, table: gpd.GeoDataFrame, negative: int, beyond: int, per: str) -> list[Note]:
    people = float(table["residents"].sum())
    how = PER[per]
    texts = [
        LocalizedText(
            f"第 1 波段理解为{how.zh}：{len(table)} 个有人居住的格子共 {people:,.1f} 人",
            f"band 1 is people per {how.en}: {people:,.1f} people in {len(table)} inhabited cells",
        )
    ]
    if negative:
        texts.append(
            LocalizedText(
                f"{negative} 个负值格子按无数据处理",
                f"{negative} negative cells are taken as no data",
            )
        )
    if beyond:
        texts.append(
            LocalizedText(
                f"{beyond} 个格子的值超过全球人口，按无数据处理",
                f"{beyond} cells of more people than the Earth has are taken as no data",
            )
        )
    return [Note(path.name, "residents", text) for text in texts]
