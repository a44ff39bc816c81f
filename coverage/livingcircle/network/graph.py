"""WalkNetwork: a walking network as aligned arrays of nodes, edges and their geometry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyproj
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from livingcircle._arrays import BoolArray, FloatArray, IntArray, ObjectArray
from livingcircle._derived import Derives
from livingcircle.vocab.delays import Delays

if TYPE_CHECKING:
    from livingcircle.network.ground import Terrain

T = TypeVar("T")

__all__ = ["Closures", "EdgeTags", "WalkNetwork"]


@dataclass(frozen=True)
class EdgeTags:
    """What an edge is like, one value per edge; used by walkers and by the reasons of gaps."""

    stairs: BoolArray
    crossing: BoolArray
    bridge: BoolArray
    tunnel: BoolArray
    layer: IntArray
    residential: BoolArray
    """People live along such streets (residential, living_street, ...)."""
    private: BoolArray
    """For those who live or go there: a walk may begin or end on it, and not lead through."""
    inside: BoolArray
    """Private without a tag that says so: only shut places or private streets lead to it."""
    door: BoolArray
    """A door may open on it: no viaduct, tunnel or motorroad."""
    step_free: BoolArray
    """A wheelchair passes."""
    signals: BoolArray
    """A crossing with traffic lights."""
    escalator: BoolArray
    lift: BoolArray
    crossing_m: FloatArray
    """Metres of one whole crossing or lift (the edge may be a part of it, or hold several
    crossings); NaN: the edge is one, if it is any."""
    limited: BoolArray
    """A wheelchair passes with help only."""
    pram_free: BoolArray
    """A pram passes."""
    kerb_m: FloatArray
    """Highest kerb on it; NaN: none is known."""
    width_m: FloatArray
    """NaN: none is known, or it is wide enough for anybody."""
    incline: FloatArray
    """Slope that its tags state, rise over run without a sign; NaN: none."""
    footpath: BoolArray
    """All of it is for people on foot: footway, path, pedestrian, steps, ... (not a road)."""
    hours: IntArray
    """Position in the network's ``hours``, from 1 on, of when it is open; 0: always."""

    @classmethod
    def plain(cls, count: int) -> EdgeTags:
        """Tags of a network that states nothing about its edges."""
        off, on = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
        none, unknown = np.zeros(count, dtype=np.int64), np.full(count, np.nan)
        whole = dict.fromkeys(("layer", "hours"), none)
        flags = dict.fromkeys((one.name for one in fields(cls)), off)
        open_ = dict.fromkeys(("residential", "door", "step_free", "pram_free"), on)
        blank = dict.fromkeys(("crossing_m", "kerb_m", "width_m", "incline"), unknown)
        return cls(**{**flags, **open_, **blank, **whole})

    def __getitem__(self, rows: IntArray | BoolArray) -> EdgeTags:
        """Return the tags of some edges."""
        return EdgeTags(*(getattr(self, one.name)[rows] for one in fields(self)))

    def joined(self, other: EdgeTags) -> EdgeTags:
        """Return these tags and those of more edges behind them."""
        both = ((getattr(self, one.name), getattr(other, one.name)) for one in fields(self))
        return EdgeTags(*(np.append(a, b) for a, b in both))


@dataclass(frozen=True, eq=False)
class Closures:
    """Places where a street is shut: gates, and walls without an opening."""

    lonlat: FloatArray
    """(k, 2) degrees, WGS 84."""
    osm: NDArray[np.object_]
    """(k,) the gate or the wall: "node/5", "way/123"."""
    why: NDArray[np.object_]
    """(k,) the tag that shuts it, or "wall"."""

    @classmethod
    def none(cls) -> Closures:
        """No place at all."""
        return cls(np.zeros((0, 2)), np.zeros(0, dtype=object), np.zeros(0, dtype=object))

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.lonlat)


@dataclass(frozen=True, eq=False, repr=False)
class WalkNetwork(Derives):
    """Walkable edges between junctions, with their full geometry.

    Edge ``e`` runs from node ``edge_u[e]`` to ``edge_v[e]`` along
    ``coords[edge_start[e]:edge_start[e + 1]]`` (longitude, latitude, WGS 84), first and last
    coordinate being those of its nodes. Edges are walked both ways. Loops and parallel edges are
    edges like any other.
    """

    node_id: IntArray
    """(n,) identifiers in the source (OSM node ids), or 0..n-1."""
    node_lonlat: FloatArray
    """(n, 2) degrees, WGS 84."""
    edge_u: IntArray
    edge_v: IntArray
    edge_start: IntArray
    """(m + 1,) offsets into ``coords``."""
    coords: FloatArray
    """(k, 2) degrees, WGS 84."""
    offset_m: FloatArray
    """(k,) metres from the beginning of its edge to each coordinate: geodesic, or scaled to the
    length that the source states where its geometry is only a chord."""
    tags: EdgeTags
    speed_m_s: FloatArray | None = None
    """(m,) driving speed; None for a network to walk on."""
    terrain: Terrain | None = None
    """The ground that it lies on; None: all of it is level."""
    delays: Delays | None = None
    """What stairs and crossings cost; None: no more than level ground."""
    walls: FloatArray = field(default_factory=lambda: np.zeros((0, 4)))
    """(w, 4) degrees from and to of the straight pieces of walls and fences: no way from a door to
    the street leads across."""
    closures: Closures = field(default_factory=Closures.none)
    """Where streets are shut to those who pass."""
    timed: Closures = field(default_factory=Closures.none)
    """Gates that are open at times: ``why`` holds their opening hours."""
    hours: ObjectArray = field(default_factory=lambda: np.zeros(0, dtype=object))
    """Opening hours of edges that are open at times, see ``EdgeTags.hours``."""
    notes: Mapping[str, object] = field(default_factory=dict)
    """How the source was understood: file, dates, ways kept and left out by reason."""
    keeps: bool = False
    """Whether slow results about it are kept in the user's cache folder (``io.array_cache``)."""

    def __repr__(self) -> str:
        kind = "walk" if self.speed_m_s is None else "drive"
        length_km = float(self.edge_length_m.sum()) / 1000
        return (
            f"WalkNetwork({self.node_count:,} nodes, {self.edge_count:,} edges,"
            f" {length_km:,.1f} km to {kind} on)"
        )

    @property
    def uneven(self) -> bool:
        """Whether a metre on foot costs here more than there: by slope, stairs or crossings."""
        some = self.terrain is not None or self.delays is not None
        return some and self.speed_m_s is None

    @property
    def node_count(self) -> int:
        """Number of junctions and dead ends."""
        return len(self.node_lonlat)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edge_u)

    @cached_property
    def edge_length_m(self) -> FloatArray:
        """(m,) metres of each edge."""
        return self.offset_m[self.edge_start[1:] - 1]

    @cached_property
    def piece(self) -> IntArray:
        """(n,) connected component of each node; 0 is the one with the most nodes."""
        n = self.node_count
        graph = coo_array((np.ones(self.edge_count), (self.edge_u, self.edge_v)), shape=(n, n))
        _, label = connected_components(graph.tocsr(), directed=False)
        order = np.argsort(-np.bincount(label), kind="stable")
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return np.asarray(rank[label], dtype=np.int64)

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Degrees, to four decimals: the origin of ``crs_m``."""
        low, high = self.node_lonlat.min(axis=0), self.node_lonlat.max(axis=0)
        lon, lat = (low + high) / 2
        return float(f"{lon:.4f}"), float(f"{lat:.4f}")

    @cached_property
    def crs_m(self) -> pyproj.CRS:
        """A transverse Mercator projection centred on the network, true to scale in its middle.

        Within 60 km of the centre its scale is right to 5 in 100,000, better than any UTM or
        Gauss-Krueger zone, and no zone border can run through the city.
        """
        lon, lat = self.middle
        return pyproj.CRS.from_proj4(
            f"+proj=tmerc +lat_0={lat:.4f} +lon_0={lon:.4f} +k=1 +x_0=0 +y_0=0 +datum=WGS84"
            " +units=m +no_defs"
        )
