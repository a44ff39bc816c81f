"""Terrain: how hard a street is to walk in each direction, by the slope of its real geometry.

Metres never change. What changes is what a metre costs: a slope, and stairs, are taken relative to
level ground, where the walker's own speed holds, so that one profile serves every walker. It is
given in *level metres*: the metres of level ground that take as long.

- ``tobler``: 6 exp(-3.5 |s + 0.05|) km/h on a slope s (Tobler 1993, NCGIA Technical Report 93-1).
- ``irmischer``: 0.11 + exp(-(100 s + 5)² / 1800) m/s, on paths (Irmischer and Clarke 2018,
  https://doi.org/10.1080/15230406.2017.1292150).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ranges, starts_of
from livingcircle._nearest import did_you_mean
from livingcircle.arguments import check_path, check_type
from livingcircle.errors import ConfigError, InputError
from livingcircle.io.formats.elevation import read_elevation
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.ground import Terrain
from livingcircle.vocab.delays import Delays

__all__ = [
    "DEFAULT_PACE",
    "PACES",
    "Profile",
    "known_pace",
    "profile_of",
    "slope_around",
    "station_step_m",
    "terrain_notes",
    "waiting_s_m",
    "with_terrain",
]

PaceLaw = Callable[[FloatArray], FloatArray]
_MARGIN_DEG = 0.002


def _tobler(slope: FloatArray) -> FloatArray:
    return np.asarray(np.exp(3.5 * (np.abs(slope + 0.05) - 0.05)))


def _irmischer(slope: FloatArray) -> FloatArray:
    def speed(percent: FloatArray | float) -> FloatArray:
        return np.asarray(0.11 + np.exp(-((np.asarray(percent) + 5.0) ** 2) / 1800.0))

    return np.asarray(speed(0.0) / speed(100.0 * slope))


PACES = MappingProxyType({"tobler": _tobler, "irmischer": _irmischer})
"""Name → seconds on a slope (rise over run, uphill positive) over those on level ground."""
DEFAULT_PACE = "tobler"
_SOURCES = {"tobler": "Tobler 1993", "irmischer": "Irmischer & Clarke 2018"}


@dataclass(frozen=True, eq=False)
class Profile:
    """Heights and level metres along the edges of a network.

    Edge ``e`` has the stations ``start[e]:start[e + 1]``: every vertex of its geometry, and further
    ones no more than some metres apart. Between two stations the slope is even.
    """

    start: IntArray
    """(edges + 1,) offsets."""
    offset_m: FloatArray
    """(k,) metres from the beginning of the edge."""
    height_m: FloatArray
    """(k,) metres; NaN on edges where no height is known, which are taken as level."""
    ahead_m: FloatArray
    """(k,) level metres walked from the beginning of the edge to the station."""
    back_m: FloatArray
    """(k,) level metres walked from the station to the beginning of the edge."""
    wait_s: FloatArray
    """(k,) seconds of waiting and riding from the beginning of the edge to the station: as many
    for everybody, and as many on the way back."""
    known: BoolArray
    """(edges,) some height is known."""
    spanned: BoolArray
    """(edges,) bridges and tunnels: heights between those of their ends, not of the ground."""


def with_terrain(
    network: WalkNetwork,
    source: str | Path,
    *,
    pace: str = DEFAULT_PACE,
    smooth_m: float | None = None,
    crs: str | None = None,
) -> WalkNetwork:
    """Return a walking network with the terrain that it lies on.

    Parameters
    ----------
    network
        A network to walk on.
    source
        GeoTIFF or ESRI ASCII grid of heights, any CRS; see
        ``livingcircle.io.formats.elevation.read_elevation``.
    pace
        ``"tobler"`` or ``"irmischer"``.
    smooth_m
        Standard deviation of the smoothing; None: 10 m, or 0.7 of a cell where that is more.
    crs
        Coordinate system of the file, e.g. ``"EPSG:4547"``, where it does not say it itself.

    Raises
    ------
    ConfigError
        There is no such pace.
    MissingFileError, InputError
        The file is absent or no elevation model, or covers no street.
    """
    check_type(network, "network", WalkNetwork, "read_network")
    check_path(source, "source")
    known_pace(pace)
    (west, south), (east, north) = network.coords.min(axis=0), network.coords.max(axis=0)
    by = _MARGIN_DEG
    bounds = float(west - by), float(south - by), float(east + by), float(north + by)
    elevation = read_elevation(source, bounds, smooth_m=smooth_m, crs=crs)
    made = replace(network, terrain=Terrain(elevation, pace))
    if not made.derive(profile_of).known.any():
        raise InputError(
            LocalizedText("高程数据没有覆盖任何街道", "the raster covers no street"),
            file=source,
            hint=LocalizedText("请检查其范围与坐标系。", "Check its extent and its CRS."),
        )
    return made


def terrain_notes(network: WalkNetwork) -> list[LocalizedText]:
    """Return how the terrain of a network was understood, sentence by sentence."""
    terrain, profile = network.terrain, network.derive(profile_of)
    assert terrain is not None  # noqa: S101 - who asks has looked
    ground, length = terrain.elevation, network.edge_length_m
    low, high = float(np.nanmin(profile.height_m)), float(np.nanmax(profile.height_m))
    notes = [
        LocalizedText(
            f"高程格网 {ground.cell_m:.0f} 米，按 {ground.smoothed_m:.0f} 米平滑；"
            f"街道高程 {low:.0f} 至 {high:.0f} 米；坡上步速按 {_SOURCES[terrain.pace]}",
            f"heights on a grid of {ground.cell_m:.0f} m, smoothed over {ground.smoothed_m:.0f} m;"
            f" streets lie at {low:.0f} to {high:.0f} m; pace on slopes by"
            f" {_SOURCES[terrain.pace]}",
        )
    ]
    over = profile.spanned & profile.known
    if over.any():
        km = float(length[over].sum()) / 1000
        notes.append(
            LocalizedText(
                f"{int(over.sum())} 段桥梁和隧道（{km:.1f} 公里）的高程取两端之间，不取地面",
                f"{int(over.sum())} edges of bridges and tunnels ({km:.1f} km) lie between the"
                " heights of their ends, not on the ground",
            )
        )
    if not profile.known.all():
        share = float(length[~profile.known].sum() / max(length.sum(), 1e-9))
        notes.append(
            LocalizedText(
                f"高程数据没有覆盖 {share:.1%} 的街道，这些街道按平地计算",
                f"the raster does not cover {share:.1%} of the streets: they are taken as level",
            )
        )
    return notes


def known_pace(pace: str) -> str:
    """Return the name of a pace law.

    Raises
    ------
    ConfigError
        None has that name.
    """
    if not isinstance(pace, str) or pace not in PACES:
        raise ConfigError(
            LocalizedText(f"没有名为“{pace}”的坡度步速", f"no pace is called '{pace}'"),
            field="pace",
            hint=did_you_mean(str(pace), PACES, f"Known are {', '.join(PACES)}."),
        )
    return pace


def profile_of(network: WalkNetwork) -> Profile:
    """Return the profile of all edges; call it as ``network.derive(profile_of)``."""
    terrain = network.terrain
    start, offset, lonlat = _stations(network, station_step_m(network))
    edge = np.repeat(np.arange(network.edge_count), np.diff(start))
    spanned = network.tags.bridge | network.tags.tunnel
    height, known = np.zeros(len(offset)), np.zeros(network.edge_count, dtype=bool)
    if terrain is not None:
        height = _over_spans(network, spanned, start, offset, terrain.elevation.at(lonlat))
        height, known = _filled(start, edge, offset, height)
    inner = np.ones(len(offset), dtype=bool)
    inner[start[:-1]] = False
    step = np.zeros(len(offset))
    step[1:] = np.diff(offset)
    step[~inner] = 0.0
    rise = np.zeros(len(offset))
    rise[1:] = np.diff(height)
    slope = np.divide(rise, step, out=np.zeros(len(offset)), where=(step > 0) & known[edge])
    law: PaceLaw = PACES[DEFAULT_PACE if terrain is None else terrain.pace]
    up, down = law(slope), law(-slope)
    wait = np.zeros(len(offset))
    if network.delays is not None:
        up, down = _on_stairs(network, network.delays, edge, slope, up, down)
        wait = step * waiting_s_m(network, network.delays)[edge]
    return Profile(
        start,
        offset,
        np.where(known[edge], height, np.nan),
        offset + _along(start, edge, step * (up - 1.0)),
        offset + _along(start, edge, step * (down - 1.0)),
        _along(start, edge, wait),
        known,
        spanned,
    )


def station_step_m(network: WalkNetwork) -> float:
    """Return the metres that two stations of a profile are apart at most; inf without terrain."""
    if network.terrain is None:
        return np.inf
    return float(np.clip(network.terrain.elevation.cell_m / 4, 2, 10))


def _on_stairs(
    network: WalkNetwork,
    delays: Delays,
    edge: IntArray,
    slope: FloatArray,
    up: FloatArray,
    down: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Put the pace of stairs in the place of that of their slope, which they have anyway.

    Without heights nobody knows which way they lead up: each way costs the mean of both.
    """
    stairs = network.tags.stairs[edge]
    both = (delays.stairs_up + delays.stairs_down) / 2
    ahead = np.where(slope > 0, delays.stairs_up, np.where(slope < 0, delays.stairs_down, both))
    back = np.where(slope < 0, delays.stairs_up, np.where(slope > 0, delays.stairs_down, both))
    # Who rides does not walk.
    rides = network.tags.escalator[edge]
    ahead, back = np.where(rides, 0.0, ahead), np.where(rides, 0.0, back)
    return np.where(stairs, ahead, up), np.where(stairs, back, down)


def waiting_s_m(network: WalkNetwork, delays: Delays) -> FloatArray:
    """Return (edges,) the seconds of waiting and riding a metre of each edge."""
    tags, length = network.tags, np.maximum(network.edge_length_m, 1e-6)
    each = np.where(tags.signals, delays.signals_s, delays.crossing_s)
    whole_m = np.where(np.isfinite(tags.crossing_m), np.maximum(tags.crossing_m, 1e-6), length)
    wait = np.where(tags.crossing, each / whole_m, 0.0)
    wait = np.where(tags.lift, delays.lift_s / whole_m, wait)
    return np.where(tags.escalator & tags.stairs, 1.0 / delays.escalator_m_s, wait)


def slope_around(
    network: WalkNetwork, edge: IntArray, offset_m: FloatArray, half_m: float = 25.0
) -> FloatArray:
    """Return how steep streets are around places on them.

    Parameters
    ----------
    edge, offset_m
        (n,) places; edge -1: none.
    half_m
        The slope is that between two places so many metres to either side, on the same edge.

    Returns
    -------
    ndarray
        (n,) rise over run, without a sign; NaN where no height is known.
    """
    profile = network.derive(profile_of)
    on = edge >= 0
    at, offset = edge[on], offset_m[on]
    length = network.edge_length_m[at]
    low, high = np.clip(offset - half_m, 0.0, length), np.clip(offset + half_m, 0.0, length)
    rise = height_at(profile, at, high) - height_at(profile, at, low)
    slope = np.full(len(edge), np.nan)
    run = high - low
    slope[on] = np.divide(np.abs(rise), run, out=np.zeros(len(at)), where=run > 0)
    return slope


def height_at(profile: Profile, edge: IntArray, offset_m: FloatArray) -> FloatArray:
    """Return the height at places on edges; NaN where none is known."""
    base = profile.offset_m[profile.start[1:] - 1] + 1.0
    base = np.concatenate([[0.0], np.cumsum(base)])
    of = np.repeat(np.arange(len(profile.known)), np.diff(profile.start))
    found = np.interp(base[edge] + offset_m, base[of] + profile.offset_m, profile.height_m)
    return np.asarray(np.where(profile.known[edge], found, np.nan))


def _stations(network: WalkNetwork, step_m: float) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return offsets, metres and places of stations: all vertices, and others between them."""
    first = np.ones(len(network.coords), dtype=bool)
    first[network.edge_start[1:] - 1] = False
    metres = np.zeros(len(network.coords))
    metres[:-1] = np.diff(network.offset_m)
    metres[~first] = 0.0
    # The last vertex of an edge starts no segment; it is a station of its own.
    parts = np.maximum(np.ceil(metres / step_m), 1).astype(np.int64)
    of = np.repeat(np.arange(len(parts)), parts)
    share = ranges(np.zeros(len(parts), dtype=np.int64), parts) / parts[of]
    ahead = np.minimum(of + 1, len(metres) - 1)
    offset = network.offset_m[of] + share * metres[of]
    lonlat = network.coords[of] * (1 - share)[:, None] + network.coords[ahead] * share[:, None]
    lonlat[share == 0] = network.coords[of[share == 0]]
    return starts_of(parts)[network.edge_start], np.asarray(offset), lonlat


def _over_spans(
    network: WalkNetwork,
    spanned: BoolArray,
    start: IntArray,
    offset: FloatArray,
    height: FloatArray,
) -> FloatArray:
    """Return heights with those of bridges and tunnels put between the heights of their ends.

    A node where only bridges and tunnels meet has no ground: its height is the mean of its
    neighbours' by the inverse of the metres to them, which on a bridge of several edges is the
    straight line from end to end. Where a bridge meets no street, the ground has to do.
    """
    if not spanned.any():
        return height
    rows = np.flatnonzero(spanned)
    u, v = network.edge_u[rows], network.edge_v[rows]
    at_node = np.full(network.node_count, np.nan)
    at_node[v], at_node[u] = height[start[rows + 1] - 1], height[start[rows]]
    on_ground = np.zeros(network.node_count, dtype=bool)
    on_ground[network.edge_u[~spanned]] = True
    on_ground[network.edge_v[~spanned]] = True
    on_ground &= np.isfinite(at_node)
    nodes, ends = np.unique(np.concatenate([u, v]), return_inverse=True)
    a, b = ends[: len(rows)], ends[len(rows) :]
    n = len(nodes)
    weight = 1.0 / np.maximum(network.edge_length_m[rows], 0.01)
    links = csr_array(coo_array((np.r_[weight, weight], (np.r_[a, b], np.r_[b, a])), shape=(n, n)))
    _, bridge = connected_components(links, directed=False)
    grounded = np.bincount(bridge, on_ground[nodes]) > 0
    free = np.flatnonzero(~on_ground[nodes] & grounded[bridge])
    if len(free):
        fixed = np.where(on_ground[nodes], np.nan_to_num(at_node[nodes]), 0.0)
        total = np.asarray(links.sum(axis=1)).ravel()
        system = csr_array((total, (np.arange(n), np.arange(n))), shape=(n, n)) - links
        found = spsolve(system[free][:, free].tocsc(), (links @ fixed)[free])
        at_node[nodes[free]] = np.atleast_1d(found)
    counts = np.diff(start)[rows]
    where = ranges(start[rows], counts)
    length = np.maximum(network.edge_length_m[rows], 1e-9)
    share = offset[where] / np.repeat(length, counts)
    low, high = np.repeat(at_node[u], counts), np.repeat(at_node[v], counts)
    height = height.copy()
    height[where] = low + (high - low) * share
    return height


def _filled(
    start: IntArray, edge: IntArray, offset: FloatArray, height: FloatArray
) -> tuple[FloatArray, BoolArray]:
    """Return heights with the gaps of each edge filled, and the edges that have any height."""
    seen = np.isfinite(height)
    known = np.bincount(edge[seen], minlength=len(start) - 1) > 0
    if seen.all():
        return height, known
    base = np.concatenate([[0.0], np.cumsum(offset[start[1:] - 1] + 1.0)])
    place = base[edge] + offset
    rows = np.flatnonzero(seen)
    if not len(rows):
        return np.zeros(len(height)), known
    after = np.clip(np.searchsorted(rows, np.arange(len(height))), 0, len(rows) - 1)
    before = np.clip(after - 1, 0, len(rows) - 1)
    low, high = rows[before], rows[after]
    # A gap at the end of an edge has its only neighbour on one side.
    low = np.where(edge[low] == edge, low, high)
    high = np.where(edge[high] == edge, high, low)
    run = place[high] - place[low]
    share = np.divide(place - place[low], run, out=np.zeros(len(height)), where=run > 0)
    filled = height[low] + (height[high] - height[low]) * np.clip(share, 0.0, 1.0)
    return np.where(seen, height, np.where(known[edge], filled, 0.0)), known


def _along(start: IntArray, edge: IntArray, values: FloatArray) -> FloatArray:
    """Return running sums that begin anew on every edge."""
    total = np.cumsum(values)
    return np.asarray(total - total[start[:-1]][edge])
