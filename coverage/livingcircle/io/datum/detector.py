"""Settings of the datum detector: datum_detect.toml."""

from __future__ import annotations

from typing import TypedDict, cast

from livingcircle._resources import resource_toml

__all__ = ["Detector", "detector"]


class Detector(TypedDict):
    """The contents of datum_detect.toml, which says what each is."""

    bins_m: list[float]
    lifts: list[list[float]]
    strengths: list[float]
    weight: float
    copies: int
    copies_m: tuple[float, float]
    apart_m: float
    temper: float
    most: int
    in_unit: float
    in_unit_weight: float
    likely: float
    conclusive: float
    local_m: tuple[float, float]
    local_copies: int
    least_inside: float
    least_inside_lead: float
    fewest: int


def detector() -> Detector:
    """Return the contents of datum_detect.toml."""
    return cast("Detector", resource_toml("livingcircle.io.datum", "datum_detect.toml"))
