"""Arrays of numbers in a page: laid end to end, deflated, with references to each."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livingcircle._arrays import FloatArray

__all__ = ["PageArrays"]

_DEGREE = 1e7
"""Steps of a degree that OpenStreetMap keeps; places on them are sent as whole numbers."""

_FILE_KIND = {"f8": "<f8", "i4": "<i4", "u1": "|u1"}


@dataclass
class PageArrays:
    """Arrays laid end to end, and references to them for the page's table."""

    parts: list[bytes] = field(default_factory=list)
    size: int = 0

    def add(self, values: NDArray[np.generic], kind: str) -> dict[str, list[object]]:
        """Keep an array as f8, i4 or u1 and return what stands for it."""
        found: dict[str, list[object]] = {"$": [kind, self.size, len(values)]}
        text = np.ascontiguousarray(values.astype(_FILE_KIND[kind])).tobytes()
        # A typed array begins where its own size divides the place.
        text += bytes(-len(text) % 8)
        self.parts.append(text)
        self.size += len(text)
        return found

    def degrees(self, values: FloatArray) -> dict[str, list[object]]:
        """Keep degrees to the last bit, short where they lie on the grid of OpenStreetMap."""
        grid = np.rint(values * _DEGREE)
        if not len(values) or not np.array_equal(grid / _DEGREE, values):
            return self.add(values, "f8")
        found = self.add(np.diff(grid.astype(np.int64), prepend=0), "i4")
        found["$"].append(_DEGREE)
        return found

    def text(self) -> str:
        """Return all of them, deflated, in base64."""
        return base64.b64encode(zlib.compress(b"".join(self.parts))).decode("ascii")
