"""What a circle gives under a reading, worked out by hand: bare searches and a few lines of numpy.

Nothing of the readings or of claims is used: walks are those of ``lc.reach``, straight distances
are all pairs of points, own communities are searched one by one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import livingcircle as lc
from livingcircle.city.model import City
from livingcircle.network.entrances import access_points, entrances

DEFAULT = {
    "limit": "walker",
    "walker": "adult",
    "path": "network",
    "from": "home",
    "to": "nearest",
    "denominator": "residents",
    "scope": "pooled",
    "boundary": "inclusive",
    "level": "leaf",
    "facilities": "strict",
}
SPEED = {
    "adult": 1.33,
    "elderly": 0.8,
    "child": 1.0,
    "wheelchair": 0.8,
    "gb50180": 1000 / 900,
}


@dataclass
class ByHand:
    """A circle of some minutes in a city, under any reading."""

    city: City
    minutes: float
    strict: tuple[str, ...]
    wide: tuple[str, ...]
    asked: float = 1.0
    _metres: dict[tuple[str, ...], np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put the communities and villages in one table."""
        tables = [
            self.city.units[level].assign(level=level)
            for level in ("community", "village")
            if level in self.city.units and len(self.city.units[level])
        ]
        self.leaves = pd.concat(tables).set_index("unit_id").to_crs(4326)

    def value(self, reading: dict[str, str]) -> float:
        """The share under a reading."""
        demand = self.city.demand
        who = reading["walker"]
        limit = {
            "walker": self.minutes * 60 * SPEED[who],
            "80_m_min": self.minutes * 80,
            "gb50180": {5: 300, 10: 500, 15: 1000}[int(self.minutes)],
            "gb50180_least": 800,
        }[reading["limit"]]
        metres = self.metres(
            reading["facilities"], "flat" if who == "wheelchair" else "any",
            reading["path"], reading["from"], reading["to"],
        )  # fmt: skip
        near = metres < limit - 1e-6 if reading["boundary"] == "exclusive" else metres <= limit
        weight = np.ones(len(demand))
        if reading["denominator"] in ("residents", "households"):
            weight = demand[reading["denominator"]].fillna(0).to_numpy(float)
        leaf = demand["leaf"]
        kept = np.ones(len(demand), bool)
        if reading["level"] != "leaf":
            kept = (leaf.map(self.leaves["level"]) == reading["level"]).to_numpy()
        of = pd.DataFrame({"leaf": leaf, "in": weight * near, "all": weight})[kept]
        by_unit = of.groupby("leaf").sum()
        by_unit = by_unit[by_unit["all"] > 0]
        share = by_unit["in"] / by_unit["all"]
        if reading["denominator"] == "units" or reading["scope"] == "each":
            return float((share >= self.asked - 1e-9).mean())
        if reading["scope"] == "mean":
            return float(share.mean())
        return float(of["in"].sum() / of["all"].sum())

    def metres(self, *key: str) -> np.ndarray:
        """Metres of every home; kept."""
        if key not in self._metres:
            self._metres[key] = self._measured(*key)
        return self._metres[key]

    def _measured(self, width: str, streets: str, path: str, start: str, to: str) -> np.ndarray:
        demand = self.city.demand
        there = self.city.facilities.of(list(self.strict if width == "strict" else self.wide))
        there = there[there.geometry.notna() & ~there.geometry.is_empty]
        walker = "adult" if streets == "any" else "wheelchair"
        if start == "home":
            places = gpd.GeoDataFrame({"leaf": demand["leaf"]}, geometry=demand.geometry, crs=4326)
        elif start == "community_middle":
            local = self.leaves.geometry.to_crs(self.city.network.crs_m)
            inside = local.contains(local.centroid)
            middle = local.centroid.where(inside, local.representative_point()).to_crs(4326)
            places = gpd.GeoDataFrame(
                {"leaf": self.leaves.index}, geometry=middle.to_numpy(), crs=4326
            )
        else:
            places = self._outline()
        places = places.reset_index(drop=True)
        found = np.full(len(places), np.inf)
        if to == "nearest":
            found = self._from(places, there, path, walker)
        else:
            own = there["community"].fillna(there["village"])
            for unit, rows in places.groupby("leaf").groups.items():
                mine = there[(own == unit).to_numpy()]
                if len(mine):
                    found[rows] = self._from(places.loc[rows], mine, path, walker)
        if start == "home":
            return found
        best = pd.Series(found).groupby(places["leaf"]).min()
        home = self.metres(width, streets, path, "home", to)
        return demand["leaf"].map(best).fillna(pd.Series(home, demand.index)).to_numpy(float)

    def _from(
        self, places: gpd.GeoDataFrame, there: gpd.GeoDataFrame, path: str, walker: str
    ) -> np.ndarray:
        if path == "network":
            reach = lc.reach(
                self.city.network, there, walker=walker, max_access_m=self.city.max_access_m
            )
            return reach.to(places)["metres"].to_numpy(float)
        crs = self.city.network.crs_m
        one = shapely.get_coordinates(places.geometry.representative_point().to_crs(crs))
        # An area is entered at its entrances, or at the point of its outline nearest to its middle.
        two = shapely.get_coordinates(access_points(there).geometry.to_crs(crs))
        best = np.full(len(one), np.inf)
        for x, y in two:
            best = np.minimum(best, np.hypot(one[:, 0] - x, one[:, 1] - y))
        return best

    def _outline(self) -> gpd.GeoDataFrame:
        """Points every 50 m along the outlines, and where streets cross them."""
        local = self.leaves.geometry.to_crs(self.city.network.crs_m)
        steps = local.boundary.segmentize(50.0).apply(shapely.extract_unique_points).to_crs(4326)
        gates = entrances(self.city.network, self.leaves.geometry).geometry
        both = pd.concat([steps.explode(index_parts=False), gates.explode(index_parts=False)])
        both = both[both.notna()]
        return gpd.GeoDataFrame({"leaf": both.index}, geometry=both.to_numpy(), crs=4326)
