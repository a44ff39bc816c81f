"""Kind: what every kind of requirement offers to the rooms that use it.

A kind is one file with one class: its fields are what a pack states, its methods what is done with
them. Kinds of other packages are found by the entry-point group ``livingcircle.kinds``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import ValidationError, model_validator

from livingcircle._nearest import did_you_mean
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.standards.access import Access
from livingcircle.standards.axes import Axis, read_as
from livingcircle.standards.base import PartBase
from livingcircle.standards.context import Context
from livingcircle.standards.outcome import Outcome
from livingcircle.vocab.wide_categories import with_wide_categories

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

    bounded_scopes: ClassVar[tuple[str, ...]] = ("pooled", "mean")
    """Scopes whose value itself ``boundary`` bounds; else it bounds what each member has, or a
    distance."""
    denominator: ClassVar[str] = ""
    """The field that says whom or what the value is a share of, where there is one."""

    @model_validator(mode="after")
    def _known_readings(self) -> Kind:
        axes = {axis.name: axis for axis in self.readings()} if self.why or self.read_as else {}
        for key, names in (("why", [r.axis for r in self.why]), ("read_as", self.chosen)):
            for name in names:
                if name not in axes:
                    hint = did_you_mean(name, axes, f"Known are {', '.join(axes) or 'none'}")
                    raise ValueError(f"{key}: a {self.kind} has no reading '{name}'. {hint}")
        for axis, option in self.chosen.items():
            options = axes[axis].options
            if option not in options:
                hint = did_you_mean(option, options, f"Known are {', '.join(options)}")
                raise ValueError(f"read_as: '{axis}' has no option '{option}'. {hint}")
        return self

    @property
    def chosen(self) -> dict[str, str]:
        """The options that the part is judged by where they are not the kind's own, by axis."""
        return {one.axis: one.option for one in self.read_as}

    @property
    def counted_en(self) -> tuple[str, str]:
        """What the value counts where it is a number, one and many; Chinese has 个 for all."""
        return "facility", "facilities"

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The choices that the plan leaves open, with the options that are judged by."""
        return read_as(self.readings(), self.read_as)

    def read(self) -> Self:
        """Return the part with its fields as the chosen options have them.

        A field that the option is no value of stays as it is: then the figure alone is read anew.
        """
        part = self
        for axis, option in self.chosen.items():
            if axis == "facilities":
                part = part.model_copy(update=_widened(part) if option == "wide" else {})
                continue
            field = self.denominator if axis == "denominator" else axis
            if field in type(self).model_fields and _fits(part, field, option):
                part = part.model_copy(update={field: option})
        return part

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


def _fits(part: Kind, field: str, option: str) -> bool:
    """Return whether a field of a part takes an option."""
    try:
        type(part).__pydantic_validator__.validate_assignment(part.model_copy(), field, option)
    except ValidationError:
        return False
    return True


def _widened(part: Kind) -> dict[str, object]:
    """Return the fields that name categories with those that a wide reading counts besides."""
    found: dict[str, object] = {}
    for field in ("categories", "with_categories"):
        ids = getattr(part, field, None)
        if ids:
            found[field] = with_wide_categories(ids)
    for field in ("all_of", "functions"):
        needs = getattr(part, field, ())
        if needs:
            found[field] = tuple(
                one.model_copy(update={"categories": with_wide_categories(one.categories)})
                for one in needs
            )
    return found
