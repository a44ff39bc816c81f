"""What depends on one facility, or on one street: who would be left out if it closed (N-1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict, cast

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array

from livingcircle._arrays import BoolArray, FloatArray, IntArray, distinct, ranges
from livingcircle.gaps.access_test import AccessTest
from livingcircle.gaps.equity import walking_tests
from livingcircle.io.array_cache import cached_json, digest_of
from livingcircle.network.cut_edges import cut_edges
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.snap import Anchors
from livingcircle.network.stored import ROOMS
from livingcircle.routing.engine import Reach
from livingcircle.routing.limits import COST_TOLERANCE
from livingcircle.routing.pace import cost_against, cost_along
from livingcircle.routing.search import field_cost, nearest_field
from livingcircle.routing.second import nearest_two
from livingcircle.standards.cached_walks import search_digest
from livingcircle.standards.result import Result

__all__ = ["SINGLE_COLUMNS", "single_points"]

SINGLE_COLUMNS = (
    "standard", "part", "what", "key", "name", "group", "people_lost", "homes_lost",
    "people_through", "lon", "lat",
)  # fmt: skip

STREETS_NAMED = 10
"""Streets named for a part."""
SEARCHES = 40
"""At most so many streets are closed one by one for each part, however large the network is."""
_NODES_SEARCHED = 2_000_000
"""On a small network as many more as a search of so many junctions in all allows."""


_STREETS = (*ROOMS, "routing", "standards", "gaps")


def single_points(
    result: Result, standard: str, *, most: int = STREETS_NAMED, streets: bool = True
) -> pd.DataFrame:
    """Return whom a circle would lose if one facility closed, or one street.

    Parameters
    ----------
    result
        What ``assess`` gave.
    standard
        Id of a requirement that asks for walks to the nearest facility.
    most
        Streets listed for each part; all facilities that somebody depends on are listed.
    streets
        Whether streets are closed one by one, which takes one search per street.

    Returns
    -------
    DataFrame
        For each part first the facilities, then the streets, most people first. ``what`` is
        ``facility``, ``bridge``, ``tunnel``, ``crossing``, ``gate`` (to private streets) or
        ``only_way`` (no other street leads across). ``people_lost`` and ``homes_lost`` are within
        the limit now and would not be without it, ``people_through`` those whose shortest walk
        goes there (of a facility: whose nearest it is). ``key`` is the facility's id or the number
        of the edge. A street is shut to those who pass; those who live on it get out at both ends.

    Raises
    ------
    ConfigError
        No requirement of the packs has that id.
    """
    rows: list[dict[str, object]] = []
    for test in walking_tests(result, standard):
        if test.areas is None and test.on_foot:
            head: dict[str, object] = {
                "standard": test.finding.id,
                "part": test.position,
                "group": test.group,
            }
            rows += [{**head, **row} for row in _facilities(test)]
            if streets:
                rows += [{**head, **row} for row in _streets(test, most)]
    return pd.DataFrame(rows, columns=list(SINGLE_COLUMNS))


class SinglePointRow(TypedDict):
    """What depends on one facility or street."""

    what: str
    key: str
    name: str
    people_lost: float
    homes_lost: int
    people_through: float
    lon: float
    lat: float


def _facilities(test: AccessTest) -> list[SinglePointRow]:
    """Return what each facility alone holds up; one that serves several needs is closed for all."""
    covered = ~test.gap
    lost: dict[str, list[IntArray]] = {}
    through: dict[str, list[IntArray]] = {}
    for need in range(len(test.trips)):
        found = test.reach(need)
        ids = np.unique(found.facility_id.astype(str))
        anchors = _anchors(test, found)
        facility, _, second = nearest_two(found, anchors, in_seconds=test.on_slopes)
        alone = covered & ~(second * _factor(test, need) <= test.limit + COST_TOLERANCE)
        for told, chosen in ((lost, alone), (through, covered)):
            for number, homes in _by_facility(facility, chosen):
                told.setdefault(str(ids[number]), []).append(homes)
    table = test.ctx.city.facilities.table[["facility_id", "name", "geometry"]]
    table = table.drop_duplicates("facility_id")
    table = table.set_index(table["facility_id"].astype(str)).reindex(list(lost))
    shapes = shapely.point_on_surface(table.geometry.to_numpy())
    places = np.column_stack([shapely.get_x(shapes), shapely.get_y(shapes)]).tolist()
    names = table["name"].tolist()
    rows = []
    for key, name, (lon, lat) in zip(lost, names, places, strict=True):
        homes, passing = (np.unique(np.concatenate(told[key])) for told in (lost, through))
        rows.append(
            SinglePointRow(
                what="facility",
                key=key,
                name=name if isinstance(name, str) else "",
                people_lost=float(test.weight[homes].sum()),
                homes_lost=len(homes),
                people_through=float(test.weight[passing].sum()),
                lon=lon,
                lat=lat,
            )
        )
    return _ranked(rows)


def _by_facility(facility: IntArray, chosen: BoolArray) -> Iterator[tuple[int, IntArray]]:
    """Yield each facility that is the nearest of chosen homes, with the rows of those homes."""
    homes = np.flatnonzero(chosen & (facility >= 0))
    homes = homes[np.argsort(facility[homes], kind="stable")]
    number, first = np.unique(facility[homes], return_index=True)
    return zip(number.tolist(), np.split(homes, first[1:]), strict=False)


def _ranked(rows: list[SinglePointRow]) -> list[SinglePointRow]:
    """Return rows by the people lost, then the homes, then the key."""
    return sorted(rows, key=lambda row: (-row["people_lost"], -row["homes_lost"], row["key"]))


def _anchors(test: AccessTest, found: Reach) -> Anchors:
    """Return where the homes of a test meet the network of a search."""
    row = test.ctx.city.demand.index.get_indexer(test.points.index)
    every = test.ctx.travel.anchors(found)
    return Anchors(every.edge[row], every.offset_m[row], every.access_m[row], every.lonlat[row])


def _factor(test: AccessTest, need: int) -> float:
    """Return the factor from the cost of a search to the unit of the limit."""
    if test.basis == "metres":
        return 1.0
    mine = test.reach(need).walker.speed_m_s if test.on_slopes else 1.0
    return mine / test.trips[need].who.speed_m_s


class _Ways:
    """One search, made again without some street."""

    def __init__(self, test: AccessTest, need: int) -> None:
        found = test.reach(need)
        split = found.split
        in_seconds = test.on_slopes
        self._pace = found.pace if in_seconds else found.metres
        self._found, self._split = found, split
        unit = found.walker.speed_m_s if in_seconds else 1.0
        self._start = found.anchors.access_m[split.row] / unit
        self._anchors = _anchors(test, found)
        self._at = split.locate(self._anchors.edge, self._anchors.offset_m)
        self._leg = self._anchors.access_m / unit
        self._most = (test.limit + COST_TOLERANCE) / _factor(test, need)
        self.field = found.by_seconds if in_seconds else found.by_metres
        self._graph = split.graph(self._pace)
        self._graph.sort_indices()
        n = split.node_count
        one, two, of = split.ends()
        out = cost_against(self._pace, split.edge, split.from_m, split.to_m)[of]
        back = cost_along(self._pace, split.edge, split.from_m, split.to_m)[of]
        key = np.concatenate([one * n + two, two * n + one])
        order = np.argsort(key, kind="stable")
        self._key, self._edge = key[order], np.tile(split.edge[of], 2)[order]
        self._cost = np.concatenate([out, back])[order]
        arcs = coo_array(self._graph)
        self._stored = arcs.row.astype(np.int64) * n + arcs.col

    def people_over(self, covered: BoolArray, weight: FloatArray) -> FloatArray:
        """Return (edges,) the covered people whose shortest way leads over each whole edge."""
        n, before = self._split.node_count, self.field.previous
        _, _, node = field_cost(self._split, self.field, self._at, self._leg, self._pace)
        some = covered & (node >= 0)
        flow = np.bincount(node[some], weight[some], n)
        for level in _deepest_first(before):
            np.add.at(flow, before[level], flow[level])
        # The street of the last step to each node: the one that is as short as the costs say.
        head = self._key % n
        tail = self._key // n
        with np.errstate(invalid="ignore"):  # nothing is reached at either end
            step = self.field.cost[head] - self.field.cost[tail]
        last = (before[head] == tail) & (np.abs(step - self._cost) <= 1e-9 * (1.0 + self._cost))
        street = np.full(n, -1, dtype=np.int64)
        street[head[last]] = self._edge[last]
        on = street >= 0
        carried = np.bincount(street[on], flow[on], self._found.network.edge_count)
        return np.asarray(carried, dtype=np.float64)

    def still(self, edge: int) -> BoolArray:
        """Return the homes that stay within the limit without a street."""
        closed = distinct(self._key[self._edge == edge])
        begin, end = (np.searchsorted(self._key, closed, side) for side in ("left", "right"))
        rows = ranges(begin, end - begin)
        left = np.where(self._edge[rows] == edge, np.inf, self._cost[rows])
        cost = np.minimum.reduceat(left, np.concatenate([[0], np.cumsum(end - begin)[:-1]]))
        data = self._graph.data.copy()
        place = np.searchsorted(self._stored, closed)
        fits = (place < len(data)) & (self._stored[np.minimum(place, len(data) - 1)] == closed)
        data[place[fits]] = cost[fits]
        graph = csr_array((data, self._graph.indices, self._graph.indptr), self._graph.shape)
        field = nearest_field(self._split, graph, self._start)
        found, _, _ = field_cost(self._split, field, self._at, self._leg, self._pace)
        return np.asarray(found <= self._most)


def _deepest_first(before: IntArray) -> Iterator[IntArray]:
    """Yield the nodes of a tree level by level, from the leaves' end to below the roots."""
    depth = (before >= 0).astype(np.int64)
    jump = np.where(before >= 0, before, np.arange(len(before)))
    while (jump != jump[jump]).any():
        depth, jump = depth + depth[jump], jump[jump]
    order = np.argsort(depth, kind="stable")
    starts = np.searchsorted(depth[order], np.arange(1, depth.max(initial=0) + 2))
    for level in range(len(starts) - 2, -1, -1):
        yield order[starts[level] : starts[level + 1]]


def _streets(test: AccessTest, most: int) -> list[SinglePointRow]:
    """Return what ``_closed_streets`` does; from the cache where that was asked before."""
    needs = range(len(test.trips))
    searches = [search_digest(test.reach(need)) for need in needs]
    homes = [_anchors(test, test.reach(need)) for need in needs]
    factors = [_factor(test, need) for need in needs]
    asked = (homes, factors, test.limit, test.on_slopes, test.gap, test.weight, most)
    key = None if None in searches else digest_of(searches, asked)
    made = cached_json("streets", _STREETS, key, lambda: _closed_streets(test, most))
    return cast("list[SinglePointRow]", made)


def _closed_streets(test: AccessTest, most: int) -> list[SinglePointRow]:
    """Return the streets whose closure would lose most people, by a search without each.

    Nobody is lost whose shortest way leads elsewhere, so those whom a street carries bound those
    whom it can lose: the most walked are closed first, until none that is left can be worse.
    """
    network = test.reach().network
    covered = ~test.gap
    ways = [_Ways(test, need) for need in range(len(test.trips))]
    weight = np.where(test.weight > 0, test.weight, 1e-9)
    through = np.sum([way.people_over(covered, weight) for way in ways], axis=0)
    tags = network.tags
    kinds = {
        "bridge": tags.bridge,
        "tunnel": tags.tunnel,
        "crossing": tags.crossing,
        "gate": (tags.private | tags.inside) & network.derive(cut_edges),
        "only_way": network.derive(cut_edges),
    }
    able = np.flatnonzero(np.any(list(kinds.values()), axis=0) & (through > 0))
    searches = max(SEARCHES, _NODES_SEARCHED // max(network.node_count, 1)) // len(ways)
    able = able[np.argsort(-through[able], kind="stable")][: max(searches, most)]
    middles = np.empty((0, 2))
    if len(able):
        middles = shapely.get_coordinates(
            shapely.line_interpolate_point(edge_lines(network)[able], 0.5, normalized=True)
        )
    rows: list[SinglePointRow] = []
    for edge, (lon, lat) in zip(able.tolist(), middles, strict=True):
        if len(rows) >= most and through[edge] <= _ranked(rows)[most - 1]["people_lost"]:
            break
        lost = covered & ~np.all([way.still(edge) for way in ways], axis=0)
        if lost.any():
            rows.append(
                SinglePointRow(
                    what=next(kind for kind, those in kinds.items() if those[edge]),
                    key=str(edge),
                    name="",
                    people_lost=float(test.weight[lost].sum()),
                    homes_lost=int(lost.sum()),
                    people_through=float(round(through[edge], 6)),
                    lon=float(lon),
                    lat=float(lat),
                )
            )
    return _ranked(rows)[:most]
