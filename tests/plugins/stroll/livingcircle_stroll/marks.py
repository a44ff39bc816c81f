"""An example plug-in: a format of points, as surveyors write them down.

One mark per line: name, category, latitude and longitude in degrees, minutes and seconds::

    # marks of 2025
    一号车 / 巡诊车 / 24 28 12.50 N / 118 05 30.10 E
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.formats.reader import Layer, Reader, Request
from livingcircle.localized import LocalizedText

_ANGLE = r"(?P<{0}_deg>\d+) (?P<{0}_min>\d+) (?P<{0}_sec>\d+(?:\.\d+)?) (?P<{0}_sign>[{1}])"
_LINE = re.compile(
    rf"(?P<name>[^/]+) / (?P<category>[^/]+) / {_ANGLE.format('lat', 'NS')}"
    rf" / {_ANGLE.format('lon', 'EW')}"
)


def _read(asked: Request) -> Layer:
    """Return the marks in WGS 84, in the order of their lines."""
    lines = pd.Series(asked.path.read_text("utf-8").splitlines()).str.strip()
    lines = lines[(lines != "") & ~lines.str.startswith("#")]
    marks = lines.str.extract(_LINE)
    if marks["name"].isna().any():
        raise InputError(
            "this line is no mark",
            hint="Write: name / category / 24 28 12.50 N / 118 05 30.10 E",
            file=asked.file,
            row=int(marks.index[marks["name"].isna()][0]) + 1,
        )
    points = gpd.points_from_xy(_degrees(marks, "lon"), _degrees(marks, "lat"))
    frame = gpd.GeoDataFrame(marks[["name", "category"]], geometry=points, crs=4326)
    return Layer(frame, asked.file, ())


def _degrees(marks: pd.DataFrame, angle: str) -> np.ndarray:
    parts = [marks[f"{angle}_{part}"].astype(float) for part in ("deg", "min", "sec")]
    sign = np.where(marks[f"{angle}_sign"].isin(["S", "W"]), -1.0, 1.0)
    return sign * (parts[0] + parts[1] / 60 + parts[2] / 3600).to_numpy()


READER = Reader(
    "marks", LocalizedText("测量标志表", "a list of marks"), frozenset({".marks"}), _read
)
