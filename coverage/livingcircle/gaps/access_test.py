"""AccessTest: what one part of a finding asks of walks, with the finding that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import geopandas as gpd
import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray
from livingcircle.standards.access import Access
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding

__all__ = ["AccessTest", "access_tests", "all_access_tests", "doubtful_places"]

# Quality findings that put the place of a facility in doubt.
_DOUBTS = ("on_water", "far_from_edge", "outside_city", "bad_coordinates")


@dataclass(frozen=True, eq=False, kw_only=True)
class AccessTest(Access):
    """Who is to reach what within which limit, by which part of which finding."""

    finding: Finding
    position: int
    """Of the part in its requirement, from 1."""


def all_access_tests(finding: Finding, ctx: Context) -> Iterator[AccessTest]:
    """Return whatever the parts of a finding ask of the network, decided or not.

    A part whose limit the city has yet to state asks nothing: there is no area to draw, nor a walk.
    """
    pairs = zip(finding.requirement.parts, finding.parts, strict=True)
    for position, (part, outcome) in enumerate(pairs, start=1):
        if part.open_parameters():
            continue
        for test in part.access_tests(ctx, outcome):
            own = {field.name: getattr(test, field.name) for field in fields(test)}
            yield AccessTest(**own, finding=finding, position=position)


def access_tests(finding: Finding, ctx: Context) -> Iterator[AccessTest]:
    """Return the parts of a finding that measure walks on the network and know who is left out.

    Parts by vehicle, parts whose data are missing, and parts that want more than one facility
    within reach are passed over.
    """
    return (test for test in all_access_tests(finding, ctx) if test.decided and test.on_foot)


def doubtful_places(access_test: AccessTest, places: gpd.GeoDataFrame, need: int = 0) -> BoolArray:
    """Return which places of a need the quality check doubts, or the network does not reach."""
    off = ~access_test.reach(need).anchors.on_network
    issues = access_test.ctx.city.issues
    if not len(issues) or "check" not in issues:
        return off
    bad = issues[issues["check"].isin(_DOUBTS) & issues["source_row"].notna()]
    if not len(bad):
        return off
    key = list(zip(bad["source_file"], bad["source_row"].astype(float), strict=True))
    own = pd.MultiIndex.from_arrays([places["source_file"], places["source_row"].astype(float)])
    return np.asarray(off | own.isin(key), dtype=bool)
