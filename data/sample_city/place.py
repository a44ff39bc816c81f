"""Where the sample city lies, and how its flat drawing board is bent into a town.

All of the city is drawn on a flat board with straight axes: `t` metres east of the river's middle,
`v` metres north. `bend` turns the board into a plane of metres (x, y) with a meandering river and
turned quarters, and `lonlat` puts that plane on the globe.
"""

from __future__ import annotations

import math
import random

import numpy as np
import pyproj

SEED = 20251121
# A made-up city needs a position inside the area where GCJ-02 is defined; nothing of the real
# ground there is used.
LON0, LAT0 = 115.5, 24.5
CRS_M = pyproj.CRS.from_proj4(
    f"+proj=tmerc +lat_0={LAT0} +lon_0={LON0} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
)
_TO_DEGREES = pyproj.Transformer.from_crs(CRS_M, "EPSG:4326", always_xy=True)
_TO_METRES = pyproj.Transformer.from_crs("EPSG:4326", CRS_M, always_xy=True)

# Quarters turned against the grid: centre, radius, angle in degrees.
SWIRLS = (
    (950.0, -350.0, 1500.0, 13.0),
    (-2250.0, -1300.0, 1500.0, -12.0),
    (-1500.0, 2500.0, 1100.0, 8.0),
    (1700.0, 2500.0, 1200.0, -13.0),
    (-4700.0, 400.0, 1700.0, 17.0),
    (3900.0, 700.0, 1500.0, -15.0),
)


def stream(name: str) -> random.Random:
    """A random stream of its own for each part, so that one part's change leaves the others."""
    return random.Random(f"{SEED}/{name}")


def bend(t: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drawing board → metres: the river meanders and quarters turn, lengths stay within 15 %."""
    t, v = np.asarray(t, dtype=float), np.asarray(v, dtype=float)
    meander = 270 * np.sin(2 * math.pi * v / 5600 + 0.7) + 70 * np.sin(2 * math.pi * v / 2500 + 2)
    x = t + meander * np.exp(-((t / 2700) ** 2))
    y = v + 70 * np.sin(2 * math.pi * t / 4700 + 1.2) + 25 * np.sin(2 * math.pi * t / 1900)
    for cx, cy, radius, degrees in SWIRLS:
        dx, dy = x - cx, y - cy
        angle = math.radians(degrees) * np.exp(-(dx**2 + dy**2) / radius**2)
        cos, sin = np.cos(angle), np.sin(angle)
        x, y = cx + dx * cos - dy * sin, cy + dx * sin + dy * cos
    return x, y


def lonlat(t: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Drawing board → (n, 2) degrees, unrounded."""
    return np.column_stack(_TO_DEGREES.transform(*bend(t, v)))


def to_metres(degrees: np.ndarray) -> np.ndarray:
    """(n, 2) degrees → (n, 2) metres of the local plane."""
    degrees = np.asarray(degrees, dtype=float)
    return np.column_stack(_TO_METRES.transform(degrees[:, 0], degrees[:, 1]))


def to_degrees(metres: np.ndarray) -> np.ndarray:
    """(n, 2) metres of the local plane → (n, 2) degrees."""
    metres = np.asarray(metres, dtype=float)
    return np.column_stack(_TO_DEGREES.transform(metres[:, 0], metres[:, 1]))


def to_gcj02(degrees: np.ndarray) -> np.ndarray:
    """(n, 2) WGS 84 → (n, 2) GCJ-02, by the published approximation of the offset."""
    a, ee = 6378245.0, 0.00669342162296594323
    lon, lat = np.asarray(degrees, dtype=float).T
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    wave = (20 * np.sin(6 * x * math.pi) + 20 * np.sin(2 * x * math.pi)) * 2 / 3
    dlat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    dlat += (20 * np.sin(y * math.pi) + 40 * np.sin(y / 3 * math.pi)) * 2 / 3
    dlat += (160 * np.sin(y / 12 * math.pi) + 320 * np.sin(y * math.pi / 30)) * 2 / 3
    dlon = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    dlon += (20 * np.sin(x * math.pi) + 40 * np.sin(x / 3 * math.pi)) * 2 / 3
    dlon += (150 * np.sin(x / 12 * math.pi) + 300 * np.sin(x / 30 * math.pi)) * 2 / 3
    phi = lat / 180 * math.pi
    magic = 1 - ee * np.sin(phi) ** 2
    dlat = dlat * 180 / ((a * (1 - ee)) / (magic * np.sqrt(magic)) * math.pi)
    dlon = dlon * 180 / (a / np.sqrt(magic) * np.cos(phi) * math.pi)
    return np.column_stack([lon + dlon, lat + dlat])
