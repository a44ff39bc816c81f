"""The edges of a network as lines."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import to_metres

__all__ = ["edge_lines"]


def edge_lines(network: WalkNetwork, *, in_metres: bool = False) -> NDArray[np.object_]:
    """Return the LineString of each edge.

    Parameters
    ----------
    network
        The network.
    in_metres
        In ``network.crs_m``; else in WGS 84.

    Returns
    -------
    ndarray
        (edges,) LineStrings.
    """
    xy = to_metres(network, network.coords) if in_metres else network.coords
    of_vertex = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    return np.asarray(shapely.linestrings(xy, indices=of_vertex), dtype=object)
