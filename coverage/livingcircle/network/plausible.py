"""Whether a network that was read can be one: places on Earth, and metres between them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.notes import shorten
from livingcircle.network.graph import WalkNetwork

__all__ = ["as_file_errors", "refuse_implausible"]

_LONGEST_EDGE_M = 20_100_000.0
"""Half the circumference of the Earth: no two places are farther apart."""
_LONGEST_PIECE_M = 200_000.0
"""No street runs straight for so long; a mistyped vertex makes such pieces."""


@contextmanager
def as_file_errors(path: Path) -> Iterator[None]:
    """Report any failure while a network is read as an error of its file.

    Raises
    ------
    InputError
        In place of whatever a library says of coordinates, geometries or systems without sense.
    """
    try:
        yield
    except (LivingCircleError, MemoryError):
        raise
    except Exception as error:
        raise InputError(
            f"the network cannot be understood ({type(error).__name__}: {shorten(error, 120)})",
            file=path,
            hint="Look at it in QGIS, mend its geometries and its CRS, and export it again.",
        ) from error


def refuse_implausible(network: WalkNetwork, path: Path) -> WalkNetwork:
    """Return the network, or refuse one that lies nowhere or has no length.

    Raises
    ------
    InputError
        If a coordinate is no place on Earth, a length is no number of metres, or a street leads
        straight to another country.
    """
    places = np.concatenate([network.node_lonlat, network.coords])
    with np.errstate(invalid="ignore"):
        good = (np.abs(places[:, 0]) <= 180) & (np.abs(places[:, 1]) <= 90)
    if not good.all():
        lon, lat = places[~good][0]
        raise InputError(
            f"{lon:.10g}, {lat:.10g} is no place on Earth ({int((~good).sum())} such coordinates)",
            file=path,
            hint="Longitude comes before latitude, in degrees; or the stated CRS is wrong.",
        )
    length = network.edge_length_m
    bad = ~(np.isfinite(length) & (length >= 0) & (length <= _LONGEST_EDGE_M))
    if bad.any():
        raise InputError(
            f"{int(bad.sum())} of {len(length)} streets have a length that is no number of metres",
            file=path,
            hint="Leave the lengths out: they follow from the geometries.",
        )
    of = np.repeat(np.arange(network.edge_count), np.diff(network.edge_start))
    step = np.where(of[1:] == of[:-1], np.diff(network.offset_m), 0.0)
    far = step > _LONGEST_PIECE_M
    if far.any():
        worst = int(step.argmax())
        lon, lat = network.coords[worst]
        raise InputError(
            f"a street runs {step[worst] / 1000:,.0f} km from {lon:.6g}, {lat:.6g} without a bend"
            f" ({int(far.sum())} such pieces)",
            file=path,
            hint="Remove the vertex that lies elsewhere, at 0, 0 for example.",
        )
    if len(length) and not length.any():
        raise InputError(
            "no street has a length: all of them begin and end in one place",
            file=path,
            hint="Check the layer, and its CRS.",
        )
    return network
