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
from livingcircle.errors import ConfigError
from livingcircle.io.atomic import replaced_file
from livingcircle.io.csv_safety import escape_formula
from livingcircle.io.ownership import refuse_overlap
from livingcircle.io.table.read import read_points
from livingcircle.network.read import read_network
from livingcircle.network.snap import anchor
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
    datum: str,
    progress: Progress | None = None,
) -> None:
    """Write the nearest facility of every demand point, in the order of the demand.

    Parameters
    ----------
    network, facilities, demand
        Inputs; the tables need ``lon`` and ``lat`` in ``datum``.
    out
        ``.csv`` or ``.gpkg``; replaced whole or not at all.
    limit_m, minutes
        At most one; inclusive. None: every finite distance is ``covered``.
    walker, max_access_m
        Who walks, and the longest straight leg to the network.
    datum
        Datum of both tables.
    progress
        Called with the share done and what is being done.

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
    if not (np.isfinite(max_access_m) and max_access_m >= 0):
        raise ConfigError(
            f"the access limit is {max_access_m}", field="max-access-m", hint="State metres from 0."
        )
    refuse_overlap(out, (network, facilities, demand))
    _refuse_layers(out)
    report: Progress = progress or (lambda share, text: None)
    report(0.0, "reading")
    facility_ids, *places = read_points(facilities, datum=datum, id_names=("facility_id", "id"))
    demand_ids, lon, lat = read_points(demand, datum=datum, id_names=("demand_id", "id"))
    streets = read_network(network)
    report(0.2, "anchoring")
    table = gpd.GeoDataFrame({"facility_id": facility_ids}, geometry=_points(*places), crs=4326)
    field = search(streets, table, walker=who, max_access_m=max_access_m)
    anchors = anchor(
        field.network,
        lon,
        lat,
        max_access_m,
        lambda share: report(0.2 + 0.7 * share, "anchoring"),
    )
    found = field.at(anchors, limit)
    report(0.95, "writing")
    found.insert(0, "demand_id", demand_ids)
    _write(found, lon, lat, out)


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
            safe = {name: found[name].map(escape_formula) for name in ("demand_id", "facility_id")}
            table = pa.Table.from_pandas(found.assign(**safe), preserve_index=False)
            with beside.open("wb") as file:
                file.write((",".join(found.columns) + "\n").encode())
                options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
                pyarrow.csv.write_csv(table, file, options)
        else:
            points = gpd.GeoDataFrame(found, geometry=_points(lon, lat), crs=4326)
            points.to_file(beside, layer="reach", driver="GPKG", engine="pyogrio")


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
