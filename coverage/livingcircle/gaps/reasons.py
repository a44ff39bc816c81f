"""One reason for every demand point that is left out, by a test that can be checked by hand.

======================  ==========================================================================
``off_network``         farther from every walkable edge than the access limit
``island``              its piece of the network holds no facility
``slow``                within the metres of the limit on foot, and beyond its minutes: slopes,
                        stairs or crossings take the time
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

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from livingcircle._arrays import (
    BoolArray,
    FloatArray,
    GeometryArray,
    IntArray,
    ObjectArray,
    first_of_each,
)
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
    timed: bool = False,
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
    timed
        The limit is one of minutes, in which slopes, stairs or crossings count.

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
    metres = points["metres"].to_numpy(dtype=float)
    if timed:
        reason[metres <= limit_m + COST_TOLERANCE] = "slow"
    # No piece of the network is to blame where there is no facility anywhere.
    for name in ("island", "off_network") if len(place) else ("off_network",):
        reason[status == name] = name
    reason[status == "covered"] = None

    ratio = np.full(len(points), np.nan)
    known = np.isfinite(metres) & np.isfinite(straight) & (straight > 0)
    ratio[known] = metres[known] / straight[known]
    barrier, called, kinds = (np.full(len(points), one, dtype=object) for one in (None, None, ""))
    blocked = np.flatnonzero(near & found & np.isin(reason.astype(str), ("detour", "island")))
    if len(blocked):
        met = _met(network, here[blocked], place[row[blocked]], barriers)
        barrier[blocked], called[blocked], kinds[blocked] = met.kind, met.name, met.kinds
    texts = {"reason": reason, "straight_id": ids}
    texts |= {"barrier": barrier, "barrier_name": called, "crossed": kinds}
    series = {key: pd.Series(cells, points.index, dtype=object) for key, cells in texts.items()}
    table = {"reason": None, "straight_m": straight, "straight_id": None, "detour_ratio": ratio}
    return pd.DataFrame(table | series, index=points.index)


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
    met = _met(network, begin_xy, end_xy, barriers)
    inside = np.zeros(len(begin_xy), dtype=bool)
    some = np.flatnonzero(met.row >= 0)
    if barriers is not None and len(some):
        shapes = network.derive(_in_metres, _Same(barriers)).tree.geometries[met.row[some]]
        ends = [shapely.points(xy[some]) for xy in (begin_xy, end_xy)]
        inside[some] = shapely.contains(shapes, ends[0]) ^ shapely.contains(shapes, ends[1])
    return pd.DataFrame(
        {
            "barrier": met.kind,
            "barrier_name": met.name,
            "crossed": met.kinds,
            "ends_inside": inside,
        },
        dtype=object,
    )


@dataclass(frozen=True, eq=False)
class _Met:
    """What each of some straight lines crosses."""

    row: IntArray
    """(n,) barrier that matters most; -1 where there is none."""
    kind: ObjectArray
    name: ObjectArray
    kinds: ObjectArray
    """All kinds in the order that they are met, joined by ``;``."""


def _met(
    network: WalkNetwork,
    begin_xy: FloatArray,
    end_xy: FloatArray,
    barriers: gpd.GeoDataFrame | None,
) -> _Met:
    n = len(begin_xy)
    row = np.full(n, -1, dtype=np.int64)
    kind, name, kinds = (np.full(n, one, dtype=object) for one in (None, None, ""))
    met = _Met(row, kind, name, kinds)
    if barriers is None or not len(barriers):
        return met
    # Every standard, and every village, asks for the barriers of one city.
    local = network.derive(_in_metres, _Same(barriers))
    lines = shapely.linestrings(np.stack([begin_xy, end_xy], axis=1))
    line, hit = local.tree.query(lines, predicate="intersects")
    if not len(line):
        return met
    # Only of a line that crosses several does it matter which comes first.
    at = np.zeros(len(line))
    several = np.bincount(line)[line] > 1
    at[several] = _first_metre(
        lines[line[several]], local.tree.geometries[hit[several]], begin_xy[line[several]]
    )
    order = np.lexsort((at, line))
    line, hit, at = line[order], hit[order], at[order]
    code = local.code[hit]
    once = np.sort(np.unique(line * len(local.kinds) + code, return_index=True)[1])
    kinds[:] = _listed(line[once], code[once], local.kinds, n)
    first = first_of_each(line, local.rank[hit], local.unnamed[hit], at)
    row[line[first]] = hit[first]
    some = row >= 0
    kind[some], name[some] = local.kind[row[some]], local.name[row[some]]
    return met


@dataclass(frozen=True)
class _Same:
    """A cache key that compares tables by identity."""

    table: gpd.GeoDataFrame

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.table is self.table

    def __hash__(self) -> int:
        return id(self.table)


@dataclass(frozen=True, eq=False)
class _InMetres:
    """Barriers in the metres of a network, row by row."""

    tree: shapely.STRtree
    kind: ObjectArray
    name: ObjectArray
    unnamed: BoolArray
    code: IntArray
    """Row of each kind in ``kinds``."""
    kinds: Sequence[str]
    rank: IntArray
    """How much each kind matters, 0 being the most."""


def _in_metres(network: WalkNetwork, barriers: _Same) -> _InMetres:
    table = barriers.table
    kind = table["kind"].to_numpy(dtype=object)
    unnamed = table["name"].isna().to_numpy()
    name = np.full(len(table), None, dtype=object)
    name[~unnamed] = table["name"].to_numpy(dtype=object)[~unnamed]
    code, kinds = pd.factorize(kind)
    ranks = {one: rank for rank, one in enumerate(barrier_kinds())}
    return _InMetres(
        shapely.STRtree(table.geometry.to_crs(network.crs_m).to_numpy()),
        kind,
        name,
        unnamed,
        code,
        list(kinds),
        np.array([ranks.get(one, len(ranks)) for one in kinds], dtype=np.int64)[code],
    )


def _listed(line: IntArray, code: IntArray, kinds: Sequence[str], count: int) -> ObjectArray:
    """Return the kinds that each of some lines crosses, in their order, as one text."""
    place = np.arange(len(line)) - np.searchsorted(line, line)
    # Encode each ordered list of kinds as a base-(k+1) number; few lists differ.
    number = np.zeros(count, dtype=np.int64)
    np.add.at(number, line, (code + 1) * (len(kinds) + 1) ** place)
    lists, of = np.unique(number, return_inverse=True)
    return np.array([_digits(int(n), kinds) for n in lists], dtype=object)[of]


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
    (kind, kinds), (name, names) = (
        pd.factorize(points[column].to_numpy(dtype=object), sort=True)
        for column in ("barrier", "barrier_name")
    )
    # A missing one is -1: the last of the texts below, and the first of the numbers.
    wide = len(names) + 1
    pair, code = np.unique((kind + 1) * wide + name + 1, return_inverse=True)
    texts = {
        "barrier": np.array([*kinds, None], dtype=object)[pair // wide - 1],
        "barrier_name": np.array([*names, None], dtype=object)[pair % wide - 1],
    }
    known = pd.Series(np.where(kind >= 0, code, np.nan), index=points.index)
    return known, pd.DataFrame(texts, dtype=object)


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
