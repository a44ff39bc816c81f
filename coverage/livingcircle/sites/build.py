"""What a plan is built from."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from livingcircle._arrays import FloatArray
from livingcircle.gaps.access_test import AccessTest
from livingcircle.sites.conditions import Terms
from livingcircle.sites.formulate import Setup
from livingcircle.sites.solved import Solved
from livingcircle.sites.solver.problem import Problem, Solution

__all__ = ["SiteBuild"]


@dataclass(frozen=True, eq=False)
class SiteBuild:
    """What a plan is built from."""

    access_test: AccessTest
    candidates: gpd.GeoDataFrame
    setup: Setup
    terms: Terms
    by: str
    """Whom ``weight`` counts."""
    weight: FloatArray
    links: gpd.GeoDataFrame
    needed: float = 0.0
    """Weight that is enough to serve, where a share was asked for."""

    def solved(self, problem: Problem, solution: Solution) -> Solved:
        """Return what was asked, in the costs that the user gave, and what is answered."""
        terms, sites = self.terms, len(self.candidates)
        return Solved(problem, sites, solution, terms.max_sites, terms.budget, self.needed)
