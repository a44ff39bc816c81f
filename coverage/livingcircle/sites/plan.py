"""SitePlan: what to build, what it changes, who is still left, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import tomli_w

from livingcircle._lookup import later
from livingcircle.localized import LocalizedText
from livingcircle.sites.solved import Solved
from livingcircle.sites.solver.problem import Solution

if TYPE_CHECKING:
    from livingcircle.city.model import City
    from livingcircle.scenario.model import Scenario
    from livingcircle.standards.finding import Finding

__all__ = ["SitePlan"]

_DEGREES = 9
"""Decimals of a coordinate in a scenario file: a tenth of a millimetre."""


@dataclass(frozen=True, eq=False, repr=False)
class SitePlan:
    """Proposed sites for one standard, assessed again with them in place."""

    standard: str
    objective: str
    sites: gpd.GeoDataFrame
    """One row per site (EPSG:4326), the one that serves most first: ``site_id``, ``name``,
    ``standard``, ``category``, ``lon``, ``lat``, ``unit_name``, ``cost``, ``points`` and ``people``
    that it newly serves, ``share_so_far`` of all that the sites serve, ``load`` and ``capacity``,
    ``mean_m`` and ``farthest_m`` (walks to it), ``staff_low``, ``staff_high``, ``source``,
    ``candidate_id``, ``text_zh``, ``text_en``."""
    built_links: gpd.GeoDataFrame
    """Links that the plan builds beside its sites; empty unless they were asked for."""
    before: Finding
    after: Finding
    units: gpd.GeoDataFrame
    """Every unit before and after, as the difference of a scenario tells it (EPSG:4326)."""
    left: gpd.GeoDataFrame
    """Demand that is still left out, with the reason why no site of the plan serves it."""
    solution: Solution
    people: float
    """Newly served, by the assessment with the plan in place."""
    links: gpd.GeoDataFrame
    """Links that would bring people back without a site (see ``livingcircle.gaps.links``)."""
    alternative: SitePlan | None
    """A plan with links that costs no more, if there is one."""
    scenario: Scenario
    """The plan as a scenario: ``city.with_scenario(plan.scenario)``."""
    cost: float
    """Of sites and links."""
    note_zh: str
    note_en: str
    solved: Solved | None = None
    """What was asked and answered, for the proof that no other plan is better."""
    city: City | None = None
    """The city as the plan leaves it: whose data the plan shows."""
    notes: tuple[LocalizedText, ...] = ()
    """How a file of candidates was understood."""

    def __repr__(self) -> str:
        return f"SitePlan({self.standard}: {self.note_en})"

    def _repr_html_(self) -> str:
        columns = ["site_id", "name", "unit_name", "people", "mean_m", "farthest_m", "cost"]
        table = self.sites[columns].to_html(index=False)
        return f"<p>{self.note_en}</p>{table}"

    @property
    def options(self) -> tuple[SitePlan, ...]:
        """The plan, and the one with links where that does as much."""
        return (self,) if self.alternative is None else (self, self.alternative)

    def statistics(self) -> dict[str, object]:
        """Return how the plan was found and how good it is, for run.json."""
        found = self.solution
        known = np.isfinite(found.bound)
        return {
            "standard": self.standard,
            "model": found.model,
            "status": found.status,
            "sites": len(self.sites),
            "links": len(self.built_links),
            "cost": self.cost,
            "objective": found.objective,
            "bound": found.bound if known else None,
            "gap": found.gap if np.isfinite(found.gap) else None,
            "seconds": round(found.seconds, 3),
            "people": self.people,
            "left_points": len(self.left),
            "value_before": self.before.value,
            "value_after": self.after.value,
        }

    def write(self, folder: str | Path) -> Path:
        """Write the plan into a folder, each file whole or not at all.

        ``sites.gpkg`` (layers units, links, left, sites, styled for QGIS), ``sites.csv``,
        ``units.csv``, ``scenario.toml`` (to run the city with the plan) and ``plan.json``.

        Raises
        ------
        ConfigError
            Nothing can be written there.
        """
        return Path(later("write_plan")(self, folder))

    def scenario_toml(self) -> str:
        """Return the plan as the text of a scenario file."""
        facilities = [
            {
                "id": str(row.id),
                "name": str(row.name),
                "category": str(row.category),
                "lon": round(float(row.geometry.x), _DEGREES),
                "lat": round(float(row.geometry.y), _DEGREES),
            }
            for row in self.scenario.add_facility.itertuples()
        ]
        links = [
            {
                "name": str(row.name or ""),
                "line": [[round(v, _DEGREES) for v in point] for point in row.geometry.coords],
            }
            for row in self.scenario.add_link.itertuples()
        ]
        tables = {"name": self.scenario.name, "add_facility": facilities, "add_link": links}
        # An empty list of tables would be written as an empty array.
        text = tomli_w.dumps({key: value for key, value in tables.items() if value != []})
        return f"# {' '.join(self.note_en.split())}\n{text}"
