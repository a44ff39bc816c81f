"""The bare engine for scripts: tables in, one table out, a row per demand point."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyogrio
import shapely

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.arguments import number_from
from livingcircle.errors import ConfigError
from livingcircle.io.atomic import replaced_file
from livingcircle.io.csv_safety import escaped_texts
from livingcircle.io.datum.convert import from_wgs84, to_wgs84
from livingcircle.io.datum.detect import CANDIDATES, detect_datum
from livingcircle.io.datum.systems import Box
from livingcircle.io.formats.gdal import plain_target
from livingcircle.io.notes import shorten
from livingcircle.io.ownership import refuse_overlap
from livingcircle.io.table.points import Points, read_points
from livingcircle.localized import LocalizedText
from livingcircle.network.elsewhere import ELSEWHERE_M, refuse_elsewhere
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.kept_anchors import kept_anchors
from livingcircle.network.read import read_network
from livingcircle.network.snap import level_of
from livingcircle.network.terrain import DEFAULT_PACE, terrain_notes, with_terrain
from livingcircle.network.waiting import delay_notes, with_delays
from livingcircle.progress import Progress
from livingcircle.routing.engine import reach as search
from livingcircle.routing.limits import Limit
from livingcircle.vocab.walkers import walker as named_walker

__all__ = ["reach_files"]

_MOST_HELD = 5000
"""The most places of a table that are compared with the streets."""
_NEAR_DEG = 0.02
"""Places so far beyond the rectangle of the streets say nothing of a datum: it moves by 1.2 km."""
_SQLITE = b"SQLite format 3\0"


def reach_files(
    network: Path,
    facilities: Path,
    demand: Path,
    out: Path,
    *,
    limit_m: float | None,
    minutes: float | None,
    walker: str,
    max_access_m: float,
    facilities_datum: str | None = None,
    demand_datum: str | None = None,
    node: bool | None = None,
    snap_m: float = 0.0,
    cache: bool = True,
    terrain: Path | None = None,
    pace: str | None = None,
    delays: bool = False,
    progress: Progress | None = None,
) -> tuple[LocalizedText, ...]:
    """Write the nearest facility of every demand point, in the order of the demand.

    Parameters
    ----------
    network, facilities, demand
        Inputs; the tables need ``lon`` and ``lat``. A column ``level`` (else ``layer``) says on
        which layer of streets a place opens.
    out
        ``.csv`` or ``.gpkg``; replaced whole or not at all.
    limit_m, minutes
        At most one; inclusive. None: every finite distance is ``covered``.
    walker, max_access_m
        Who walks, and the longest straight leg to the network.
    facilities_datum, demand_datum
        Of each table. None: what its file or header says, else the datum that the streets
        show all but certainly, else WGS 84.
    node, snap_m
        How lines that miss or cross each other are joined, see
        ``livingcircle.network.lines.network_from_lines``.
    cache
        Take a network that was read before from the user's cache folder.
    terrain, pace
        Heights (GeoTIFF), and what a slope costs: ``"tobler"`` (the default) or ``"irmischer"``;
        see ``livingcircle.network.terrain.with_terrain``. Seconds follow the slopes then.
    delays
        Stairs and crossings cost time, by their tags; see
        ``livingcircle.network.waiting.with_delays``.
    progress
        Called with the share done and what is being done.

    Returns
    -------
    tuple of LocalizedText
        How the places of each table were understood, where there was a choice.

    Raises
    ------
    LivingCircleError
        If an input or a value is wrong; nothing is written then.
    """
    limit = Limit.of(limit_m, minutes)
    who = named_walker(walker)
    if out.suffix.lower() not in (".csv", ".gpkg"):
        raise ConfigError(
            f"results of the kind '{out.suffix}' are not written",
            file=out,
            hint="Name a file that ends in .csv or .gpkg.",
        )
    number_from(max_access_m, "max_access_m")
    refuse_overlap(out, (network, facilities, demand, *([] if terrain is None else [terrain])))
    if pace is not None and terrain is None:
        raise ConfigError(
            "a pace on slopes is stated, and no terrain",
            field="pace",
            hint="State --terrain too, or leave --pace out.",
        )
    _refuse_layers(out)
    report: Progress = progress or (lambda share, text: None)
    report(0.0, "reading")
    streets = read_network(network, node=node, snap_m=snap_m, cache=cache)
    reported: list[LocalizedText] = []
    if terrain is not None:
        streets = with_terrain(streets, terrain, pace=pace or DEFAULT_PACE)
        reported += terrain_notes(streets)
    if delays:
        streets = with_delays(streets)
        reported += delay_notes(streets)
    near = _box(streets)
    stops = read_points(
        facilities, datum=facilities_datum, id_names=("facility_id", "id"), near=near
    )
    homes = read_points(demand, datum=demand_datum, id_names=("demand_id", "id"), near=near)
    stops = _placed(stops, facilities, streets, max_access_m, reported)
    homes = _placed(homes, demand, streets, max_access_m, reported)
    lon, lat = homes.lon, homes.lat
    report(0.2, "anchoring")
    table = gpd.GeoDataFrame(
        {"facility_id": stops.ids}, geometry=_points(stops.lon, stops.lat), crs=4326
    )
    if stops.level is not None:
        table["level"] = stops.level
    field = search(streets, table, walker=who, max_access_m=max_access_m)
    anchors = kept_anchors(
        field.network,
        lon,
        lat,
        max_access_m,
        lambda share: report(0.2 + 0.7 * share, "anchoring"),
        level=None if homes.level is None else level_of(pd.DataFrame({"level": homes.level})),
    )
    found = field.at(anchors, limit)
    report(0.95, "writing")
    found.insert(0, "demand_id", homes.ids)
    _write(found, lon, lat, out)
    return tuple(reported)


def _box(network: WalkNetwork) -> Box | None:
    if not network.node_count:
        return None
    (west, south), (east, north) = network.node_lonlat.min(axis=0), network.node_lonlat.max(axis=0)
    return float(west), float(south), float(east), float(north)


def _placed(
    points: Points,
    file: Path,
    network: WalkNetwork,
    max_access_m: float,
    reported: list[LocalizedText],
) -> Points:
    """Hold a table against the streets: what nobody states is taken from them, and reported.

    Raises
    ------
    InputError
        All of the table lies far from the network.
    """
    assumed = points.datum_from == "assumed"
    reported += [
        _of_file(file, n.text) for n in points.notes if not (assumed and n.field == "datum")
    ]
    if points.datum in CANDIDATES:
        points = _in_its_datum(points, file, network, reported)
    limit_m = max(ELSEWHERE_M, max_access_m)
    refuse_elsewhere(network, points.lon, points.lat, file=str(file), limit_m=limit_m)
    return points


def _in_its_datum(
    points: Points, file: Path, network: WalkNetwork, reported: list[LocalizedText]
) -> Points:
    """Return the points in the datum that the streets show, where nobody states one."""
    some = _sample(points, network)
    lon, lat = from_wgs84(points.lon[some], points.lat[some], points.datum)
    guess = detect_datum(lon, lat, network.coords, network.edge_start)
    if not guess.likely or guess.best == points.datum:
        return points
    if points.datum_from == "assumed" and guess.conclusive:
        text = LocalizedText(
            f"未注明坐标系，按 {guess.best} 读取：{guess.text.zh}；若不是，请写明 --datum",
            f"no datum is stated; read as {guess.best}: {guess.text.en}; if not so, state --datum",
        )
        reported.append(_of_file(file, text))
        lon, lat = to_wgs84(points.lon, points.lat, guess.best)
        return replace(points, lon=lon, lat=lat, datum=guess.best, datum_from="streets")
    text = LocalizedText(
        f"按 {points.datum} 读取，但很可能是 {guess.best}：{guess.text.zh}",
        f"read as {points.datum}, but it is probably {guess.best}: {guess.text.en}",
    )
    reported.append(_of_file(file, text))
    return points


def _sample(points: Points, network: WalkNetwork) -> IntArray:
    """Return rows near the streets: a few thousand say as much of a datum as a million."""
    box = _box(network)
    if box is None:
        return np.zeros(0, dtype=np.int64)
    west, south, east, north = box
    lon, lat, by = points.lon, points.lat, _NEAR_DEG
    near = (lon > west - by) & (lon < east + by) & (lat > south - by) & (lat < north + by)
    known = np.flatnonzero(near)
    if len(known) <= _MOST_HELD:
        return known
    return np.sort(np.random.default_rng(0).choice(known, _MOST_HELD, replace=False))


def _of_file(file: Path, text: LocalizedText) -> LocalizedText:
    name = shorten(file.name)
    return LocalizedText(f"{name}：{text.zh}", f"{name}: {text.en}")


def _points(lon: FloatArray, lat: FloatArray) -> np.ndarray:
    points = np.full(len(lon), None, dtype=object)
    known = np.isfinite(lon) & np.isfinite(lat)
    points[known] = shapely.points(lon[known], lat[known])
    return points


def _write(found: pd.DataFrame, lon: FloatArray, lat: FloatArray, out: Path) -> None:
    """Write the table beside its place and move it there, so that it is whole or not there."""
    numbers = found[["metres", "seconds", "access_m"]]
    found[numbers.columns] = numbers.where(np.isfinite(numbers)).round(6)
    is_csv = out.suffix.lower() == ".csv"
    with replaced_file(out, begins=b"demand_id,metres," if is_csv else _SQLITE) as beside:
        if is_csv:
            # Ids are a planner's text, and the file is opened in spreadsheets.
            table = pa.Table.from_pandas(found, preserve_index=False)
            for at, name in enumerate(table.column_names):
                if name in ("demand_id", "facility_id"):
                    texts = escaped_texts(pa.array(found[name], pa.string(), from_pandas=True))
                    table = table.set_column(at, name, texts)
            with beside.open("wb") as file:
                file.write((",".join(found.columns) + "\n").encode())
                options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
                pyarrow.csv.write_csv(table, file, options)
        else:
            points = gpd.GeoDataFrame(found, geometry=_points(lon, lat), crs=4326)
            with plain_target(beside) as target:
                points.to_file(target, layer="reach", driver="GPKG", engine="pyogrio")


def _refuse_layers(out: Path) -> None:
    """Refuse a GeoPackage that holds layers of somebody else."""
    if out.suffix.lower() != ".gpkg" or not out.is_file() or not out.stat().st_size:
        return
    try:
        layers = {str(name) for name, _ in pyogrio.list_layers(out)}
    except (pyogrio.errors.DataSourceError, OSError):
        layers = {"?"}
    if layers - {"reach"}:
        raise ConfigError(
            "the file was not written by this command, so it is not replaced",
            file=out,
            hint="Name another file with --out, or remove this one.",
        )
