"""Travel: walking and driving from the city's demand, searched once for each set of facilities."""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from livingcircle._arrays import FloatArray, IntArray
from livingcircle.localized import LocalizedText
from livingcircle.network.cached_anchors import cached_anchors
from livingcircle.network.entrances import access_points
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.snap import Anchors, lonlat_of, to_metres
from livingcircle.routing.circles import CircleParts
from livingcircle.routing.engine import Reach, reach
from livingcircle.routing.frontier import Reserve, forget_places, measure_outline
from livingcircle.routing.limits import Limit
from livingcircle.routing.service_area import Pieces, circle_polygon, circle_polygons, common_pieces
from livingcircle.routing.tables import nearest_facilities
from livingcircle.standards.base import FacilityCondition
from livingcircle.standards.cached_walks import (
    ServiceArea,
    cached_costs,
    keep_circle,
    kept_circle,
)
from livingcircle.vocab.walkers import Walker, access_profile

if TYPE_CHECKING:
    from livingcircle.city.model import City

__all__ = ["LimitedTrip", "Travel", "Trip", "walker_of", "walker_words"]


@dataclass(frozen=True)
class Trip:
    """To which facilities, by whom and how; two requirements that share it share the search."""

    categories: tuple[str, ...]
    who: Walker
    mode: str = "walk"
    level: str | None = None
    """Leave out facilities that state another level."""
    k: int = 1
    """The k-th nearest facility counts."""
    only: tuple[FacilityCondition, ...] = ()
    """Conditions that a facility has to meet."""

    @property
    def searched(self) -> Trip:
        """The trip as far as the search depends on it: all who use the same edges walk the same."""
        if self.mode == "drive":
            return replace(self, k=1)
        return replace(self, k=1, who=access_profile(self.who))


LimitedTrip: TypeAlias = tuple[Trip, float, str]
"""A trip, its limit, and ``"metres"`` or ``"seconds"``."""
_CircleKey: TypeAlias = tuple[LimitedTrip, ...]


@dataclass
class Travel:
    """Answers about trips in one city, each search made once."""

    city: City
    find: Callable[..., gpd.GeoDataFrame]
    """``Context.facilities``."""
    _facilities: dict[tuple[Hashable, ...], gpd.GeoDataFrame] = field(default_factory=dict)
    _reach: dict[Trip, Reach] = field(default_factory=dict)
    _cost: dict[Trip, pd.DataFrame] = field(default_factory=dict)
    _anchors: dict[WalkNetwork, Anchors] = field(default_factory=dict)
    _straight: dict[tuple[Hashable, ...], pd.DataFrame] = field(default_factory=dict)
    _circles: dict[tuple[Hashable, ...], ServiceArea] = field(default_factory=dict)

    @functools.cached_property
    def unhindered(self) -> Travel:
        """Walks on the same slopes where stairs and crossings cost no time."""
        network = replace(self.city.network, delays=None)
        return Travel(replace(self.city, network=network), self.find)

    def facilities(self, trip: Trip) -> gpd.GeoDataFrame:
        """Return the facilities of a trip that have coordinates, in the city and around it."""
        key = (trip.categories, trip.level, trip.only)
        if key not in self._facilities:
            found = self.find(trip.categories, level=trip.level, inside=False, only=trip.only)
            placed = found.geometry.notna() & ~found.geometry.is_empty
            self._facilities[key] = found[placed]
        return self._facilities[key]

    def reach(self, trip: Trip) -> Reach:
        """Return the search from a trip's facilities."""
        key = self.searched(trip)
        if key not in self._reach:
            network = self.city.drive if trip.mode == "drive" else self.city.network
            assert network is not None  # noqa: S101 - the kinds ask for the layer first
            places = self.facilities(trip)
            self._reach[key] = reach(
                network, places, walker=trip.who, max_access_m=self.city.max_access_m
            )
        return self._reach[key]

    def searched(self, trip: Trip) -> Trip:
        """Return the trip as far as the search depends on it, in this city.

        Where crossings cost time, which lasts as long for everybody, the speed matters too.
        """
        one = trip.searched
        if trip.mode == "walk" and self.city.network.delays is not None:
            return replace(one, who=replace(one.who, speed_m_s=trip.who.speed_m_s))
        return one

    def anchors(self, found: Reach) -> Anchors:
        """Return the anchors of the city's demand on the network of a search."""
        return self.anchors_on(found.network)

    def anchors_on(self, network: WalkNetwork) -> Anchors:
        """Return the anchors of the city's demand on a network."""
        if network not in self._anchors:
            lonlat = lonlat_of(self.city.demand)
            made = cached_anchors(network, lonlat[:, 0], lonlat[:, 1], self.city.max_access_m)
            self._anchors[network] = made
        return self._anchors[network]

    def cost(self, trip: Trip) -> pd.DataFrame:
        """Return the trip from every demand point, whatever its length.

        Returns
        -------
        DataFrame
            On the demand's index: ``metres``, ``seconds`` (inf where nothing is reached),
            ``facility_id``, ``access_m``, and ``status``: ``covered`` (something is reached),
            ``off_network`` or ``island``.
        """
        return self._costs(trip).astype({"facility_id": object, "status": object})

    def cost_in(self, trip: Trip, basis: str) -> FloatArray:
        """Return the ``"metres"`` or ``"seconds"`` of a trip as ``cost`` has them."""
        return np.asarray(self._costs(trip)[basis].to_numpy(), dtype=np.float64)

    def _costs(self, trip: Trip) -> pd.DataFrame:
        if trip not in self._cost:
            found = self.reach(trip)
            self._cost[trip] = cached_costs(
                lambda: self._searched_cost(trip, found),
                found,
                self.city.demand,
                (trip.k, trip.mode, trip.who),
            )
        return self._cost[trip]

    def seconds_at(self, trips: Iterable[Trip], factor: float) -> pd.Series:
        """Return the seconds of the longest of some walks, walked so many times as fast.

        Where crossings cost time each is searched for anew: waiting lasts as long for everybody,
        and who walks faster may take another way.
        """
        fast = [replace(one, who=one.who.at(factor)) for one in trips]
        seconds = np.stack([self.cost_in(one, "seconds") for one in fast])
        return pd.Series(seconds.max(axis=0), index=self.city.demand.index)

    def _searched_cost(self, trip: Trip, found: Reach) -> pd.DataFrame:
        # By vehicle the fastest way counts, on foot the shortest is the fastest too.
        endless = Limit(np.inf, trip.mode == "drive")
        table = found.at(self.anchors(found), endless).set_axis(self.city.demand.index)
        if trip.k > 1:
            table = self._kth(trip, found, table)
        if trip.mode == "walk":
            # The search does not depend on the speed, so it may be another walker's.
            table["seconds"] = found.seconds_of(table, trip.who)
        # A city of a million points has many such tables; a code is smaller than a text.
        return table.astype({"facility_id": "category", "status": "category"})

    def _kth(self, trip: Trip, found: Reach, table: pd.DataFrame) -> pd.DataFrame:
        """Put the k-th nearest facility in the place of the nearest."""
        last = self._ranked(trip, found, table.index, in_seconds=False)
        # On slopes the k-th by time may be another than the k-th by metres.
        fast = (
            self._ranked(trip, found, table.index, in_seconds=True)
            if found.network.uneven
            else last
        )
        none = last["facility_id"].isna()
        return table.assign(
            metres=last["metres"].fillna(np.inf),
            seconds=fast["seconds"].fillna(np.inf),
            facility_id=last["facility_id"].astype(object).where(~none, None),
            status=table["status"].mask(none & (table["status"] == "covered"), "island"),
        )

    def _ranked(
        self, trip: Trip, found: Reach, index: pd.Index, *, in_seconds: bool
    ) -> pd.DataFrame:
        """Return the pair with the k-th nearest facility of each point, NaN where there is none."""
        ranks = nearest_facilities(found, self.city.demand, trip.k, Limit(np.inf, in_seconds))
        return ranks[ranks["rank"] == trip.k].set_index("demand").reindex(index)

    def of_points(self, trip: Trip, points: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Return the trip from points other than the demand (village edges, centres)."""
        return self.reach(trip).to(points)

    def straight(self, trip: Trip, points: gpd.GeoDataFrame | None = None) -> pd.DataFrame:
        """Return the metres in a straight line to the nearest facility, and which it is.

        Returns
        -------
        DataFrame
            ``straight_m`` (inf where there is no facility) and ``straight_id``, on the index of the
            points (the demand if none are given).
        """
        key = (trip.categories, trip.level, trip.only)
        if points is None and key in self._straight:
            return self._straight[key]
        at = self.city.demand if points is None else points
        network = self.city.network
        there = access_points(self.facilities(trip))
        metres = np.full(len(at), np.inf)
        ids = np.full(len(at), None, dtype=object)
        if len(there) and len(at):
            xy = to_metres(network, lonlat_of(at))
            known = np.isfinite(xy).all(axis=1)
            tree = cKDTree(to_metres(network, lonlat_of(there, "facility")))
            metres[known], row = tree.query(xy[known])
            ids[known] = there["facility_id"].to_numpy()[row]
        table = pd.DataFrame({"straight_m": metres, "straight_id": ids}, index=at.index)
        if points is None:
            self._straight[key] = table
        return table

    def circle(self, *wanted: tuple[Trip, float, str]) -> ServiceArea:
        """Draw where all of some trips are within their limits.

        Circles on foot are trimmed where the walk ends, and say how true they are to doors; what a
        vehicle reaches is a band along its streets.

        Parameters
        ----------
        wanted
            Trip, limit, and ``"metres"`` or ``"seconds"``; all on one network.
        """
        self.draw([wanted])
        return self._circles[self._circle_key(wanted)]

    def draw(self, circles: Iterable[Sequence[LimitedTrip]]) -> None:
        """Draw several circles that ``circle`` will be asked for: the ground is made once for all.

        Parameters
        ----------
        circles
            Of each what ``circle`` takes.
        """
        missing: dict[WalkNetwork, list[_CircleKey]] = {}
        for key in dict.fromkeys(map(self._circle_key, circles)):
            if key not in self._circles:
                kept = kept_circle(*self._kept_by(key))
                if kept is None:
                    missing.setdefault(self.reach(key[0][0]).network, []).append(key)
                else:
                    self._circles[key] = kept
        for network, keys in missing.items():
            for key, area in zip(keys, self._drawn_on(network, keys), strict=True):
                self._circles[key] = area
                keep_circle(area, *self._kept_by(key))

    def _circle_key(self, wanted: Sequence[LimitedTrip]) -> _CircleKey:
        return tuple(self._asked(*one) for one in wanted)

    def _kept_by(self, key: _CircleKey) -> tuple[tuple[Reach, ...], Hashable]:
        """Return the searches that a circle depends on, and all else that it does."""
        founds = tuple(self.reach(trip) for trip, _, _ in key)
        return founds, (tuple((limit, basis) for _, limit, basis in key), _on_foot(key))

    def _drawn_on(self, network: WalkNetwork, keys: Sequence[_CircleKey]) -> list[ServiceArea]:
        """Draw circles of one network: a vehicle's one by one, those on foot all at once."""
        parts: dict[_CircleKey, tuple[Pieces, Reserve]] = {}
        for key in keys:
            # Common pieces of streets are exact and cheap; polygons need not be cut.
            drawn = [self._drawn(*one) for one in key]
            inside = functools.reduce(
                lambda one, two: common_pieces(network, one, two), (one.pieces for one in drawn)
            )
            parts[key] = inside, _least_of([one.reserve for one in drawn])
        walked = [key for key in keys if _on_foot(key)]
        shapes = circle_polygons(network, [parts[key] for key in walked])
        made = {
            key: ServiceArea(shape, *measure_outline(network, shape, parts[key][1]))
            for key, (shape, _) in zip(walked, shapes, strict=True)
        }
        for key in keys:
            if not _on_foot(key):
                made[key] = ServiceArea(circle_polygon(network, parts[key][0])[0], np.nan, np.nan)
        return [made[key] for key in keys]

    def all_drawn(self) -> None:
        """Drop what large networks keep to draw circles; circles that were drawn stay."""
        for network in {found.network for found in self._reach.values()}:
            forget_places(network)

    def _asked(self, trip: Trip, limit: float, basis: str) -> tuple[Trip, float, str]:
        """Return a question as far as the answer depends on it: on foot, seconds are metres.

        On slopes they are the seconds of whoever walks a metre of level ground in one.
        """
        one = self.searched(trip)
        if basis == "seconds" and trip.mode == "walk":
            limit = limit * trip.who.speed_m_s / one.who.speed_m_s
            basis = "seconds" if self.city.network.uneven else "metres"
        return one, limit, basis

    def _drawn(self, trip: Trip, limit: float, basis: str) -> CircleParts:
        found = self.reach(trip)
        if basis == "metres":
            return found.covered(limit_m=limit)
        if trip.mode == "walk":
            # The trip's walker stands for all who use the same edges; the search has one of them.
            limit *= trip.who.speed_m_s / found.walker.speed_m_s
        return found.covered(minutes=limit / 60)


def _on_foot(key: _CircleKey) -> bool:
    return all(trip.mode != "drive" for trip, _, _ in key)


def _least_of(reserves: Sequence[Reserve]) -> Reserve:
    """Return what is left of the limit that is used up first."""

    def reserve(edge: IntArray, offset_m: FloatArray) -> FloatArray:
        left = np.stack([one(edge, offset_m) for one in reserves])
        return np.asarray(left.min(axis=0))

    return reserve


def walker_of(name: str | None, city: City) -> Walker:
    """Return the walker that a requirement states, else the city's."""
    return city.config.walker_of(name or city.walker)


def walker_words(who: Walker) -> LocalizedText:
    """Return a walker with its speed."""
    speed = f"{who.speed_m_s:.2f}"
    return LocalizedText(f"{who.zh} {speed} 米/秒", f"{who.en}, {speed} m/s")
