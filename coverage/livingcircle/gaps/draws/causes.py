"""Why a draw reverses a home's answer: a door, a path, what the map lacks, or a count."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges
from livingcircle.gaps.draws.chances import ChangedAnswers, PartChances
from livingcircle.gaps.draws.drawn_costs import shut_paths_of
from livingcircle.gaps.draws.inputs import DrawInputs, DrawSearch
from livingcircle.gaps.draws.terms import DrawTerms
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.standards.judge import TARGET_TOLERANCE
from livingcircle.standards.tables import as_number

__all__ = [
    "LINK_KEY_PREFIX",
    "doors_and_paths",
    "missing_paths",
    "people_at_home",
    "people_turned",
    "shut_table",
    "unit_counts",
]

LINK_KEY_PREFIX = "link:"
"""Prefix of the keys of checks of links; the standard, the part and the link's number follow."""


def people_at_home(demand: pd.DataFrame) -> FloatArray:
    """Return (homes,) how many people each home counts for: residents, else what it weighs."""
    for name in ("residents", "weight"):
        if name in demand and as_number(demand[name]).sum() > 0:
            return np.asarray(as_number(demand[name]).fillna(0.0).to_numpy(), dtype=np.float64)
    return np.ones(len(demand))


def people_turned(flips: Sequence[ChangedAnswers], people: FloatArray, draws: int) -> float:
    """Return the expected number of people whose answer changes in any of several parts."""
    share = np.zeros(len(people))
    for one in flips:
        share = np.maximum(share, np.bincount(one.home, minlength=len(people)) / draws)
    return float((share * people).sum())


def shut_table(everything: DrawInputs, terms: DrawTerms) -> dict[int, BoolArray]:
    """Return (draws, footpaths) which footpaths are shut, by the network of a search."""
    found: dict[int, BoolArray] = {}
    for one in everything.searches:
        network = one.ground.network
        footpath = network.tags.footpath
        if not terms.shut_paths or id(network) in found:
            continue
        rows = [shut_paths_of(terms, draw, footpath) for draw in range(terms.draws)]
        found[id(network)] = np.stack([row[footpath] for row in rows if row is not None])
    return found


def doors_and_paths(
    one: DrawSearch, flips: ChangedAnswers, shut: dict[int, BoolArray]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the path or facility that changed the answer of each home in each draw.

    The shut paths on the home's way, else the facility that it walks to.
    """
    network = one.ground.network
    homes, of_flip = np.unique(flips.home, return_inverse=True)
    edge, which = _ways(one, homes)
    table = shut.get(id(network))
    closed = np.zeros(len(flips.home), dtype=bool)
    paths = pd.DataFrame({"check": [], "key": [], "home": [], "draw": []})
    if table is not None:
        number = np.cumsum(network.tags.footpath) - 1
        begin = np.searchsorted(which, np.arange(len(homes) + 1))
        count = (begin[1:] - begin[:-1])[of_flip]
        rows = ranges(begin[:-1][of_flip], count)
        flip = np.repeat(np.arange(len(flips.home)), count)
        hit = table[flips.draw[flip], number[edge[rows]]]
        closed[flip[hit]] = True
        paths = pd.DataFrame(
            {
                "check": "path",
                "key": _path_keys(network, edge[rows][hit]),
                "home": flips.home[flip[hit]],
                "draw": flips.draw[flip[hit]],
            }
        )
    to = one.facility[flips.home]
    able = ~closed & pd.notna(to)
    doors = pd.DataFrame(
        {
            "check": "facility",
            "key": np.array([str(key) for key in to[able]], dtype=object),
            "home": flips.home[able],
            "draw": flips.draw[able],
        }
    )
    return paths, doors


def _path_keys(network: WalkNetwork, edge: IntArray) -> NDArray[np.object_]:
    """Return the middle (degrees) and the metres of edges as a text, alike for all walkers."""
    own, of = np.unique(edge, return_inverse=True)
    if not len(own):
        return np.zeros(0, dtype=object)
    middle = shapely.line_interpolate_point(network.derive(edge_lines)[own], 0.5, normalized=True)
    places = zip(*shapely.get_coordinates(middle).T, network.edge_length_m[own], strict=True)
    names = np.array([f"{lon:.6f},{lat:.6f},{m:.0f}" for lon, lat, m in places], dtype=object)
    return np.asarray(names[of], dtype=object)


def _ways(one: DrawSearch, homes: IntArray) -> tuple[IntArray, IntArray]:
    """Return the footpaths on the ways of homes as the data have them.

    Returns
    -------
    edge, which
        Footpath and position in `homes` of each, by `which`. A way along the home's own street has
        none: whoever stands on a shut path still walks along it.
    """
    ground = one.ground
    step = ground.step_edge(one.node_cost, one.before)
    footpath = ground.network.tags.footpath
    home = ground.at_home
    by_ends = np.minimum(one.node_cost[home.u] + home.by_u, one.node_cost[home.v] + home.by_v)
    node = np.where(one.cost < by_ends - 1e-6, -1, ground.end_node(one.node_cost))
    at, where = np.arange(len(homes)), node[homes]
    edges: list[IntArray] = []
    whose: list[IntArray] = []
    going = where >= 0
    while going.any():
        at, where = at[going], where[going]
        passed = step[where]
        kept = passed >= 0
        kept[kept] = footpath[passed[kept]]
        edges.append(passed[kept])
        whose.append(at[kept])
        where = one.before[where]
        going = where >= 0
    edge = np.concatenate(edges) if edges else np.zeros(0, dtype=np.int64)
    which = np.concatenate(whose) if whose else np.zeros(0, dtype=np.int64)
    order = np.argsort(which, kind="stable")
    return edge[order], which[order]


def missing_paths(
    one: PartChances, demand: pd.DataFrame, links: gpd.GeoDataFrame | None
) -> pd.DataFrame:
    """Return homes that a path which the map lacks may bring within: by link, else by unit."""
    flips = one.by_missing
    leaf = demand["leaf"] if "leaf" in demand else pd.Series(None, index=demand.index)
    unit = leaf.astype(object).fillna("").to_numpy()
    key = np.array([str(u) for u in unit[flips.home]], dtype=object)
    test = one.asked.test
    if links is not None and len(links) and "regains" in links:
        mine = links[(links["standard"] == test.finding.id) & (links["part"] == test.position)]
        long = mine[["link_id", "regains"]].explode("regains").dropna()
        place = demand.index.get_indexer(long["regains"])
        by_home = np.full(len(demand), None, dtype=object)
        name = f"{LINK_KEY_PREFIX}{test.finding.id}:{test.position}:"
        by_home[place] = [f"{name}{number}" for number in long["link_id"]]
        of_link = by_home[flips.home]
        key = np.where(pd.notna(of_link), of_link, key)
    return pd.DataFrame(
        {"check": "missing_path", "key": key, "home": flips.home, "draw": flips.draw}
    )


def unit_counts(one: PartChances, people: FloatArray) -> pd.DataFrame:
    """Return units whose verdict depends on how many people live in which home.

    `people` (homes,) is what the other checks count, so that all are ranked in one unit.
    """
    keys = one.keys.get("leaf")
    if keys is None or not len(one.asked.test.outcome.units):
        return pd.DataFrame({"check": [], "key": [], "people_decided": []})
    units = one.asked.test.outcome.units.drop_duplicates("unit_id").set_index("unit_id")
    target = pd.to_numeric(units["target"], errors="coerce").reindex(keys).to_numpy(dtype=float)
    leaf = one.asked.test.points["leaf"].to_numpy()
    held = pd.Series(people[one.asked.rows]).groupby(leaf).sum().reindex(keys).fillna(0.0)
    known = np.isfinite(target)[:, None] & np.isfinite(one.of_units["leaf"])
    drawn = one.of_units["leaf"] >= target[:, None] - TARGET_TOLERANCE
    plain = one.by_people["leaf"] >= target[:, None] - TARGET_TOLERANCE
    turned = ((drawn != plain) & known).mean(axis=1)
    return pd.DataFrame(
        {
            "check": "people",
            "key": [str(key) for key in keys],
            "people_decided": turned * held.to_numpy(dtype=float),
        }
    )
