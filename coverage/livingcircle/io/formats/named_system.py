"""What a file itself calls its coordinate system, where GDAL does not know it and says nothing.

Of a GeoJSON whose ``crs`` it cannot read GDAL says WGS 84, as if none were there; of a shapefile
with such a ``.prj`` it says none. What is written there matters: it may be GCJ-02, or a local grid.
"""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj

__all__ = ["in_named_system"]

_GEOJSON = (".json", ".geojson")
_MEMBER, _FEATURES = b'"crs"', b'"features"'
_ASSUMED_EPSG = 4326


def in_named_system(frame: pd.DataFrame, path: Path) -> tuple[pd.DataFrame, str | None]:
    """Return a layer in the system that its file names.

    Parameters
    ----------
    frame
        As GDAL gives it.
    path
        Its file.

    Returns
    -------
    frame, name
        The name is None where the file names none, or one that PROJ knows as a system of places;
        else the layer has no system.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return frame, None
    name = _system_named(path)
    if name is None:
        return frame, None
    try:
        known = pyproj.CRS.from_user_input(name)
    except pyproj.exceptions.CRSError:
        return frame.set_crs(None, allow_override=True), name
    if not (known.is_geographic or known.is_projected):
        # PROJ takes the likeliest of its names: "WGS_1984" is one of its systems of heights.
        return frame.set_crs(None, allow_override=True), name
    # GDAL knows fewer ways to write a name than PROJ does, and takes WGS 84 or none instead.
    assumed = frame.crs is not None and frame.crs.to_epsg() == _ASSUMED_EPSG
    if frame.crs is None or (assumed and not known.equals(frame.crs, ignore_axis_order=True)):
        frame = frame.set_crs(known, allow_override=True)
    return frame, None


def _system_named(path: Path) -> str | None:
    """Return what a GeoJSON or a .prj calls its system; None where it is silent."""
    suffix = path.suffix.lower()
    if suffix in _GEOJSON and path.is_file():
        return _of_geojson(path.read_bytes())
    if suffix == ".shp":
        beside = (path.with_suffix(s) for s in (".prj", ".PRJ"))
        written = next((p.read_bytes() for p in beside if p.is_file()), b"")
        return written.decode("utf-8", errors="replace").strip("\0 \t\r\n\ufeff") or None
    return None


def _of_geojson(content: bytes) -> str | None:
    """Return the name in the member ``crs`` of the whole collection, before or behind its features.

    What stands in the properties of a feature is none of it: cut there, the text is no JSON.
    """
    first, last = content.find(_MEMBER), content.rfind(_MEMBER)
    if first < 0:
        return None
    features = content.find(_FEATURES)
    parts = [b"{" + content[last:]]
    if first < features:
        parts.append(content[:features].rstrip().rstrip(b",") + b"}")
    for part in parts:
        try:
            whole = json.loads(part.decode("utf-8-sig"))
        except ValueError:
            continue
        if isinstance(whole, dict) and "crs" in whole:
            return _name_in(whole["crs"])
    return None


def _name_in(crs: object) -> str | None:
    if crs is None:
        return None
    if isinstance(crs, str):
        return crs.strip() or None
    inner = crs.get("properties") if isinstance(crs, dict) else None
    if isinstance(inner, dict):
        for key in ("name", "code", "href"):
            if isinstance(inner.get(key), str | int):
                text = str(inner[key]).strip()
                return f"EPSG:{text}" if text.isdigit() else text or None
    return json.dumps(crs, ensure_ascii=False)
