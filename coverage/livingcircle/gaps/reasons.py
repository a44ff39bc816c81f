"""One reason for every demand point that is left out, by a test that can be checked by hand.

======================  ==========================================================================
``off_network``         farther from every walkable edge than the access limit
``island``              its piece of the network holds no facility
``data``                a facility stands within the limit as the crow flies, but the quality check
                        doubts where it is: it is off the network, on water, outside the city
``no_facility``         no facility within the limit, not even as the crow flies
``detour``              a facility within the limit as the crow flies, none on foot
======================  ==========================================================================

The first that applies is the reason. A ``detour`` (and an ``island`` near in a straight line)
names the barriers that the straight line to the nearest facility crosses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray, ObjectArray
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import lonlat_of, to_metres
from livingcircle.osm.barriers import barrier_kinds
from livingcircle.routing.limits import COST_TOLERANCE

__all__ = ["crossings", "explain_gaps", "named_barriers", "numbered_barriers"]


def explain_gaps(
    network: WalkNetwork,
    points: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    limit_m: float,
    *,
    barriers: gpd.GeoDataFrame | None = None,
    doubtful: BoolArray | None = None,
) -> pd.DataFrame:
    """Return why each demand point is left out.

    Parameters
    ----------
    network
        The walking network; its ``crs_m`` measures the straight metres.
    points
        Demand as ``livingcircle.routing.engine.Reach.to`` gives it: ``metres`` and ``status``.
    facilities
        The facilities walked to, as points with ``facility_id``; rows of one facility may share it.
    limit_m
        The limit in metres on foot, inclusive.
    barriers
        ``kind``, ``name`` and lines or areas, as
        ``livingcircle.osm.barriers.barriers_of`` gives them.
    doubtful
        (facilities,) rows whose place the quality check doubts.

    Returns
    -------
    pandas.DataFrame
        On the index of ``points``, covered ones too: ``reason`` (None where covered),
        ``straight_m`` and ``straight_id`` (nearest facility in a straight
        line; inf and None where there
        is none), ``detour_ratio`` (metres on foot for each straight metre; NaN where there is no
        way), ``barrier`` (the kind that matters most, None), ``barrier_name`` and ``crossed``
        (kinds in the order that they are met from the point, joined by ``;``).
    """
    here = to_metres(network, lonlat_of(points))
    usable = facilities.geometry.notna() & ~facilities.geometry.is_empty
    there = facilities[usable]
    place = to_metres(network, lonlat_of(there, "facility"))
    straight, row = _nearest(here, place)
    found = row >= 0
    ids = np.full(len(points), None, dtype=object)
    ids[found] = there["facility_id"].to_numpy()[row[found]]

    near = straight <= limit_m + COST_TOLERANCE
    status = points["status"].to_numpy()
    reason = np.where(near, "detour", "no_facility").astype(object)
    if doubtful is not None:
        doubt = doubtful[usable.to_numpy()]
        wrong = np.zeros(len(points), dtype=bool)
        wrong[found] = doubt[row[found]]
        # A second, undoubted facility within the limit makes it a plain detour.
        sure, _ = _nearest(here, place[~doubt])
        reason[wrong & near & (sure > limit_m + COST_TOLERANCE)] = "data"
    # No piece of the network is to blame where there is no facility anywhere.
    for name in ("island", "off_network") if len(place) else ("off_network",):
        reason[status == name] = name
    reason[status == "covered"] = None

    metres = points["metres"].to_numpy(dtype=float)
    ratio = np.full(len(points), np.nan)
    known = np.isfinite(metres) & np.isfinite(straight) & (straight > 0)
    ratio[known] = metres[known] / straight[known]
    table = pd.DataFrame(
        {
            "reason": pd.Series(reason, index=points.index, dtype=object),
            "straight_m": straight,
            "straight_id": pd.Series(ids, index=points.index, dtype=object),
            "detour_ratio": ratio,
            "barrier": None,
            "barrier_name": None,
            "crossed": "",
        },
        index=points.index,
    ).astype({"barrier": object, "barrier_name": object, "crossed": object})
    blocked = np.flatnonzero(near & found & np.isin(reason.astype(str), ("detour", "island")))
    if len(blocked):
        crossed = crossings(network, here[blocked], place[row[blocked]], barriers)
        for name in ("barrier", "barrier_name", "crossed"):
            table.iloc[blocked, cast("int", table.columns.get_loc(name))] = crossed[name].to_numpy()
    return table


def crossings(
    network: WalkNetwork,
    begin_xy: FloatArray,
    end_xy: FloatArray,
    barriers: gpd.GeoDataFrame | None,
) -> pd.DataFrame:
    """Return what straight lines cross.

    Parameters
    ----------
    network
        Its ``crs_m`` is that of the coordinates.
    begin_xy, end_xy
        (n, 2) metres.
    barriers
        As for ``explain_gaps``.

    Returns
    -------
    pandas.DataFrame
        (n,) ``barrier``, ``barrier_name``, ``crossed``, and ``ends_inside``: the barrier is an
        area that holds one end of the line. It is crossed as well: somebody inside a compound has
        to get out.
    """
    none = pd.DataFrame(
        {"barrier": None, "barrier_name": None, "crossed": "", "ends_inside": False},
        index=range(len(begin_xy)),
        dtype=object,
    )
    if barriers is None or not len(barriers):
        return none
    # Every standard, and every village, asks for the barriers of one city.
    local, tree = network.derive(_in_metres, _Same(barriers))
    shapes = tree.geometries
    lines = shapely.linestrings(np.stack([begin_xy, end_xy], axis=1))
    line, hit = tree.query(lines, predicate="intersects")
    if not len(line):
        return none
    pairs = pd.DataFrame(
        {
            "line": line,
            "hit": hit,
            "kind": local["kind"].to_numpy()[hit],
            "name": local["name"].to_numpy()[hit],
            "at": _first_metre(lines[line], shapes[hit], begin_xy[line]),
        }
    ).sort_values(["line", "at"], kind="stable")
    once = pairs.drop_duplicates(["line", "kind"])
    none["crossed"] = _listed(once["line"].to_numpy(), once["kind"], len(none))
    rank = {kind: i for i, kind in enumerate(barrier_kinds())}
    main = pairs.assign(rank=pairs["kind"].map(rank), unnamed=pairs["name"].isna())
    main = main.sort_values(["line", "rank", "unnamed", "at"], kind="stable")
    main = main.drop_duplicates("line").set_index("line")
    none["barrier"] = main["kind"].reindex(none.index).astype(object)
    none["barrier_name"] = main["name"].reindex(none.index).astype(object)
    ends = [shapely.points(begin_xy[main.index]), shapely.points(end_xy[main.index])]
    holds = [shapely.contains(shapes[main["hit"]], end) for end in ends]
    none.loc[main.index, "ends_inside"] = holds[0] ^ holds[1]
    return none.where(none.notna(), None)


@dataclass(frozen=True)
class _Same:
    """A cache key that compares tables by identity."""

    table: gpd.GeoDataFrame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table

    def __hash__(self) -> int:
        return id(self.table)


def _in_metres(network: WalkNetwork, barriers: _Same) -> tuple[gpd.GeoDataFrame, shapely.STRtree]:
    local = barriers.table.to_crs(network.crs_m)
    return local, shapely.STRtree(local.geometry.to_numpy())


def _listed(line: IntArray, kind: pd.Series, count: int) -> ObjectArray:
    """Return the kinds that each of some lines crosses, in their order, as one text."""
    code, kinds = pd.factorize(kind)
    place = np.arange(len(line)) - np.searchsorted(line, line)
    # Encode each ordered list of kinds as a base-(k+1) number; few lists differ.
    number = np.zeros(count, dtype=np.int64)
    np.add.at(number, line, (code + 1) * (len(kinds) + 1) ** place)
    lists, of = np.unique(number, return_inverse=True)
    return np.array([_digits(int(n), list(kinds)) for n in lists], dtype=object)[of]


def _digits(number: int, kinds: Sequence[str]) -> str:
    words = []
    while number:
        number, digit = divmod(number, len(kinds) + 1)
        words.append(kinds[digit - 1])
    return ";".join(words)


def numbered_barriers(points: pd.DataFrame) -> tuple[pd.Series, pd.DataFrame]:
    """Return a number for each distinct barrier with its name, and what the numbers stand for.

    They are chosen together: the name of a railway is none for a compound.

    Returns
    -------
    Series
        Index of the points; NaN where nothing is crossed.
    DataFrame
        ``barrier`` and ``barrier_name`` (None where it has none), one row per number.
    """
    columns = ["barrier", "barrier_name"]
    text = points[columns].astype(object)
    text = text.where(text.notna(), None)
    code, distinct = pd.MultiIndex.from_frame(text.fillna("")).factorize(sort=True)
    known = pd.Series(code, index=points.index, dtype=float).where(text["barrier"].notna())
    table = (
        cast("pd.MultiIndex", distinct)
        .to_frame(index=False)
        .set_axis(columns, axis=1)
        .astype(object)
    )
    return known, table.where(table != "", None)


def named_barriers(codes: pd.Series, distinct: pd.DataFrame) -> pd.DataFrame:
    """Return ``barrier`` and ``barrier_name`` of numbers, None where a number is missing."""
    return distinct.reindex(codes.to_numpy(dtype=float)).set_axis(codes.index).astype(object)


def _first_metre(lines: GeometryArray, shapes: GeometryArray, begin_xy: FloatArray) -> FloatArray:
    """Metres along each line at which it first meets its shape."""
    meeting = shapely.intersection(lines, shapes)
    return np.asarray(shapely.distance(shapely.points(begin_xy), meeting))


def _nearest(here: FloatArray, there: FloatArray) -> tuple[FloatArray, IntArray]:
    """Nearest of other places: straight metres and row; inf and -1 where there is none."""
    metres = np.full(len(here), np.inf)
    row = np.full(len(here), -1, dtype=np.int64)
    known = np.isfinite(here).all(axis=1)
    usable = np.flatnonzero(np.isfinite(there).all(axis=1))
    if len(usable) and known.any():
        metres[known], nearest = cKDTree(there[usable]).query(here[known])
        row[known] = usable[nearest]
    return metres, row
