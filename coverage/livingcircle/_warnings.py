"""Warnings of other libraries that a user can do nothing about; notes report what concerns them."""

from __future__ import annotations

import logging
import warnings

__all__ = ["quiet_libraries"]

_QUIET = (
    ("osmnx", UserWarning),
    ("geopandas", UserWarning),
    ("pyogrio", RuntimeWarning),
    ("pyogrio", UserWarning),
    ("rasterio", UserWarning),
    ("openpyxl", UserWarning),
    ("matplotlib", UserWarning),
    ("shapely", RuntimeWarning),
)


def quiet_libraries() -> None:
    """Silence these warnings in this process, and no others."""
    for module, category in _QUIET:
        warnings.filterwarnings("ignore", category=category, module=rf"{module}(\.|$)")
    logging.getLogger("pyogrio").setLevel(logging.ERROR)
