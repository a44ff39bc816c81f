"""Kind: what every kind of requirement offers to the rooms that use it.

A kind is one file with one class: its fields are what a pack states, its methods what is done with
them. Kinds of other packages are found by the entry-point group ``livingcircle.kinds``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import model_validator

from livingcircle._nearest import did_you_mean
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.standards.access import Access
from livingcircle.standards.axes import Axis
from livingcircle.standards.base import PartBase
from livingcircle.standards.context import Context
from livingcircle.standards.outcome import Outcome

__all__ = ["Axis", "Figures", "Kind"]


@dataclass(frozen=True)
class Figures:
    """What tables and pages show of a part."""

    by_home: bool = False
    """Every home is decided: the demand layer has columns of it, and units show a share."""
    by_village: bool = False
    """Urban villages are judged: they are outlined and named."""
    map_rank: int = 9
    """Maps open with the part of the lowest rank: 0 the service centres on foot, 1 any walk."""
    picture_rank: int = 9
    """The report draws the parts of the lowest rank."""
    less_is_better: bool = False
    """The value of a unit improves as it falls."""


class Kind(PartBase):
    """One part of a requirement, of one kind."""

    kind: str
    title: ClassVar[LocalizedText] = EMPTY
    """What tables and pages call the kind; its id where empty."""
    counts_members: ClassVar[bool] = False
    """Whether a share is one of units or facilities, so that it is told as n of m."""
    judged_by_share: ClassVar[bool] = True
    """Whether a planner may state a share that the value is held against."""

    @model_validator(mode="after")
    def _reasons_of_readings(self) -> Kind:
        known = [axis.name for axis in self.readings()] if self.why else []
        for one in self.why:
            if one.axis not in known:
                hint = did_you_mean(one.axis, known, f"Known are {', '.join(known) or 'none'}")
                raise ValueError(f"why: a {self.kind} has no reading '{one.axis}'. {hint}")
        return self

    def assess(self, ctx: Context) -> Outcome:
        """Return how the city stands against this part.

        Raises
        ------
        NotImplementedError
            The kind does not say; every kind has to.
        """
        raise NotImplementedError(f"{type(self).__name__}.assess")

    def access_tests(self, ctx: Context, outcome: Outcome) -> tuple[Access, ...]:
        """Return what gaps, sites and evidence ask of this part; none for kinds without a walk."""
        return ()

    def readings(self) -> tuple[Axis, ...]:
        """Return the choices that the plan leaves open."""
        return ()

    def figures(self) -> Figures:
        """Return what tables and pages show."""
        return Figures()
