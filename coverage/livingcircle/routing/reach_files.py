"""The bare engine for scripts: tables in, one table out, a row per demand point."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyogrio
import shapely

from livingcircle._arrays import FloatArray
from livingcircle.arguments import number_from
from livingcircle.errors import ConfigError
from livingcircle.io.atomic import replaced_file
from livingcircle.io.csv_safety import escaped_texts
from livingcircle.io.formats.gdal import plain_target
from livingcircle.io.ownership import refuse_overlap
from livingcircle.io.table.points import read_points
from livingcircle.localized import LocalizedText
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.held_points import box_of, held_against_streets
from livingcircle.network.joining import joined_notes, unjoined_notes
from livingcircle.network.read import read_network
from livingcircle.network.snap import level_of
from livingcircle.network.terrain import DEFAULT_PACE, terrain_notes, with_terrain
from livingcircle.network.waiting import delay_notes, with_delays
from livingcircle.progress import Progress
from livingcircle.routing.engine import reach as search
from livingcircle.routing.limits import Limit
from livingcircle.vocab.walkers import walker as named_walker

__all__ = ["reach_files"]

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
        Heights (GeoTIFF, ``.asc``), and what a slope costs: ``"tobler"`` (the default) or
        ``"irmischer"``; see ``livingcircle.network.terrain.with_terrain``. Seconds follow the
        slopes then.
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
    reported = [] if node is False else unjoined_notes(streets.notes)
    if node is None:
        reported = [*map(_with_hint, joined_notes(streets.notes)), *reported]
    if terrain is not None:
        streets = with_terrain(streets, terrain, pace=pace or DEFAULT_PACE)
        reported += terrain_notes(streets)
    if delays:
        streets = with_delays(streets)
        reported += delay_notes(streets)
    near = box_of(streets)
    stops = read_points(
        facilities, datum=facilities_datum, id_names=("facility_id", "id"), near=near
    )
    homes = read_points(demand, datum=demand_datum, id_names=("demand_id", "id"), near=near)
    stops = held_against_streets(stops, facilities, streets, max_access_m, reported)
    homes = held_against_streets(homes, demand, streets, max_access_m, reported)
    lon, lat = homes.lon, homes.lat
    report(0.2, "anchoring")
    table = gpd.GeoDataFrame(
        {"facility_id": stops.ids}, geometry=_points(stops.lon, stops.lat), crs=4326
    )
    if stops.level is not None:
        table["level"] = stops.level
    field = search(streets, table, walker=who, max_access_m=max_access_m)
    anchors = cached_anchors(
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


def _with_hint(note: LocalizedText) -> LocalizedText:
    return LocalizedText(
        f"{note.zh}；若不应连通，请用 --no-node", f"{note.en}; --no-node leaves them apart"
    )


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
