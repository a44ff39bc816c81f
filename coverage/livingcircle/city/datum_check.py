"""Check the datum of each table against the streets and the units."""

from __future__ import annotations

from typing import TypeAlias, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray, GeometryArray, IntArray
from livingcircle.city.inputs import Inputs
from livingcircle.city.quality_findings import issue, issues
from livingcircle.city.unit_names import find_by_name
from livingcircle.city.units import Units
from livingcircle.errors import InputError
from livingcircle.io.array_cache import cached_json, digest_of
from livingcircle.io.datum.convert import from_wgs84, in_china
from livingcircle.io.datum.detect import (
    CANDIDATES,
    DatumGuess,
    candidate_of,
    check_datum,
    detect_datum,
)
from livingcircle.io.table.read import Table
from livingcircle.localized import LocalizedText
from livingcircle.network.cached_anchors import network_digest
from livingcircle.network.far_places import refuse_elsewhere
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.stored import ROOMS
from livingcircle.vocab.levels import LEAVES

__all__ = ["check_datums"]

_KeptGuess: TypeAlias = tuple[str, dict[str, float], float, tuple[str, str], int]
_FAR_AREA_M = 50_000.0
"""A unit so far from all streets is probably of another city."""
_WIDEST_DEG = 10.0
"""No unit of a city is a thousand kilometres wide."""
_BORDER_STEP_DEG = 0.001
"""Borders run along streets: a point of them every hundred metres is held against the streets."""


def check_datums(inputs: Inputs, network: WalkNetwork, units: Units, kind: str) -> None:
    """Compare the tables of a kind that were read so far with the streets and the units.

    What the user states is obeyed, with a warning where the streets disagree; a datum that was
    only assumed is refused where another one is all but certain. Boundaries are never refused.

    Raises
    ------
    DatumError
        Nobody states the datum of a table, and it lies all but certainly in another one than
        WGS 84; the hint names it.
    InputError
        All of a table lies far from the network.
    """
    given = [units[level] for level in LEAVES if level in units]
    leaves = pd.concat(given, ignore_index=True) if given else None
    areas = kind in ("units", "villages", "land_use")
    for source, read_as, table in inputs.tables:
        if read_as != kind:
            continue
        shown = inputs.shown.get(source, source)
        shapes = table.frame.geometry.to_numpy()
        points = _border_points(shapes) if areas else shapely.point_on_surface(shapes)
        # A district may be far larger than its network.
        frame = shapely.box(*network.node_lonlat.min(axis=0), *network.node_lonlat.max(axis=0))
        if not areas or not shapely.intersects(shapes, frame).any():
            refuse_elsewhere(network, shapely.get_x(points), shapely.get_y(points), file=shown)
        if areas:
            _report_far_areas(inputs, network, table, shown)
        name = candidate_of(table.datum)
        if name not in CANDIDATES:
            continue
        lon, lat = from_wgs84(shapely.get_x(points), shapely.get_y(points), name)
        guess = _guess(
            network,
            lon,
            lat,
            units=None if leaves is None or areas else leaves.geometry.to_numpy(),
            unit_of=None if areas else _named(table, leaves),
        )
        assumed = table.datum_from == "assumed" and not areas
        if assumed:
            check_datum(name, guess, file=shown)
        _report(inputs, shown, name, guess, table)
        if assumed and not guess.likely and in_china(lon, lat).any():
            _report_unproven(inputs, shown, guess, int(np.isfinite(lon).sum()))


def _agreed_already(inputs: Inputs, shown: str, name: str) -> bool:
    """Return whether another table of the file was said to agree with the streets."""
    file, start = inputs.name(shown), f"the streets agree with {name}:"
    return any(one.file == file and one.text.en.startswith(start) for one in inputs.notes)


def _guess(
    network: WalkNetwork,
    lon: FloatArray,
    lat: FloatArray,
    units: GeometryArray | None,
    unit_of: IntArray | None,
) -> DatumGuess:
    """Return what the streets say, as ``detect_datum`` does, unless that was asked before."""
    streets = network_digest(network)
    key = None if streets is None else digest_of(streets, lon, lat, units, unit_of)

    def detect() -> object:
        guess = detect_datum(
            lon, lat, network.coords, network.edge_start, units=units, unit_of=unit_of
        )
        return [guess.best, dict(guess.scores), guess.certainty, [*guess.text], guess.count]

    kept = cached_json("datums", ROOMS, key, detect)
    best, scores, certainty, text, count = cast("_KeptGuess", kept)
    return DatumGuess(best, scores, certainty, LocalizedText(*text), count)


def _report(inputs: Inputs, shown: str, name: str, guess: DatumGuess, table: Table) -> None:
    """Note what the streets say of a datum; a disagreement is a finding of ``check`` too."""
    header = {c.datum for c in table.columns if c.datum and c.role in ("lon", "lat", "point")}
    if table.datum_from == "stated" and header and name not in header and not guess.likely:
        other = ", ".join(sorted(header))
        found = issue("datum_doubtful", len(table.frame), None, shown, name=name, other=other)
        found["text_zh"] += "（表头写明）"
        found["text_en"] += " (the header says so)"
        inputs.issues.append(found)
    service = next((n for n in table.notes if "of a map service" in n.text.en), None)
    if guess.likely:
        agree = guess.best == name
        text = LocalizedText(
            f"与道路比对{'相符' if agree else f'，不符合 {name}'}：{guess.text.zh}",
            f"the streets {'agree' if agree else 'disagree'} with {name}: {guess.text.en}",
        )
        if not (agree and _agreed_already(inputs, shown, name)):
            inputs.note(shown, "datum", text, "" if agree else f'datum = "{guess.best}"')
        # Columns of a map service are doubted until the streets are all but certain.
        if agree and (guess.conclusive or service is None):
            return
        other, why = guess.best, guess.text
        doubted = agree
    else:
        doubted = True
    if doubted:
        if service is None:
            return
        other, why = service.overrule.split('"')[1], service.text
    found = issue("datum_doubtful", len(table.frame), None, shown, name=name, other=other)
    found["text_zh"] += f"（{why.zh}）"
    found["text_en"] += f" ({why.en})"
    inputs.issues.append(found)


def _report_unproven(inputs: Inputs, shown: str, guess: DatumGuess, count: int) -> None:
    """Tell that nothing bears out the datum in which places were read, and why not."""
    told = [one for one in inputs.issues if (one["check"] == "datum_doubtful").any()]
    if any((one["source_file"] == shown).any() for one in told):
        return
    found = issue("datum_unproven", count, None, shown)
    found["text_zh"] += f"（{guess.text.zh}）"
    found["text_en"] += f" ({guess.text.en})"
    inputs.issues.append(found)


def _report_far_areas(inputs: Inputs, network: WalkNetwork, table: Table, file: str) -> None:
    """Refuse an area as wide as a country, and name those that lie far from the streets.

    Raises
    ------
    InputError
        An area is wider than ten degrees: one of its vertices is somewhere else, at 0, 0, say.
    """
    frame = table.frame
    bounds = frame.geometry.bounds.to_numpy(dtype=float)
    wide = np.flatnonzero((bounds[:, 2:] - bounds[:, :2] > _WIDEST_DEG).any(axis=1))
    if len(wide):
        raise InputError(
            f"the area reaches from {bounds[wide[0], 0]:.4g}, {bounds[wide[0], 1]:.4g} to"
            f" {bounds[wide[0], 2]:.4g}, {bounds[wide[0], 3]:.4g}: a vertex of it is elsewhere",
            hint="Remove the vertex, at 0, 0 for example, in QGIS.",
            file=file,
            row=int(frame["source_row"].iloc[wide[0]]),
            field="geometry",
        )
    if not network.node_count:
        return
    low, high = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
    gap = np.maximum(np.maximum(bounds[:, :2] - high, low - bounds[:, 2:]), 0.0)
    gap[:, 0] *= np.cos(np.radians(np.clip((low[1] + high[1]) / 2, -89, 89)))
    metres = 111_320.0 * np.hypot(gap[:, 0], gap[:, 1])
    far = frame[metres > _FAR_AREA_M].assign(source_file=file)
    if len(far):
        km = pd.Series(metres[metres > _FAR_AREA_M] / 1000, index=far.index)
        name = far["name"] if "name" in far else far["source_row"].astype(str)
        inputs.issues.append(issues("area_elsewhere", far, 1, name=name, value=km))


def _border_points(shapes: GeometryArray) -> GeometryArray:
    """Return points along the borders of areas."""
    present = shapes[~shapely.is_missing(shapes)]
    lines = shapely.segmentize(shapely.boundary(present), _BORDER_STEP_DEG)
    return np.asarray(shapely.points(shapely.get_coordinates(lines)))


def _named(table: Table, leaves: gpd.GeoDataFrame | None) -> IntArray | None:
    """Return the number of the leaf unit that each row names, -1 where it names none."""
    frame = table.frame
    if leaves is None or "unit" not in frame:
        return None
    number = dict(zip(leaves["unit_id"], range(len(leaves)), strict=True))
    found = find_by_name(leaves, frame["unit"].astype(object)).map(number)
    return np.asarray(found.fillna(-1).to_numpy(dtype=np.int64))
