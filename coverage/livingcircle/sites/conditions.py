"""The conditions of a plan, and which of them can be combined."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real

from livingcircle._nearest import did_you_mean
from livingcircle.arguments import number_from, wrong_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["LINK_CHOICES", "OBJECTIVES", "Terms", "check_terms"]

OBJECTIVES = ("cover", "median", "center")
LINK_CHOICES = ("compare", "use", "no")


@dataclass(frozen=True)
class Terms:
    """What a plan has to keep to."""

    objective: str = "cover"
    """``cover`` (serve), ``median`` (least mean walk) or ``center`` (least longest walk)."""
    max_sites: int | None = None
    budget: float | None = None
    share: float | None = None
    """Of everybody, enough to be covered, instead of all."""
    min_distance_m: float = 0.0
    least_people: float = 0.0
    m2_per_100_households: float | None = None
    """Capacity from the candidates' ``area_m2``: so many m² carry 100 households."""
    links: str = "compare"
    link_cost: float = 1.0
    seconds: float = 45.0
    max_candidates: int | None = None


def check_terms(terms: Terms) -> None:
    """Refuse what makes no sense, alone or together; ``docs/siting.md`` has the table.

    Raises
    ------
    ConfigError
        In one line that names what to state instead.
    """
    for name, value, allowed in (
        ("objective", terms.objective, OBJECTIVES),
        ("links", terms.links, LINK_CHOICES),
    ):
        if value not in allowed:
            hint = did_you_mean(value, allowed, f"State one of {', '.join(allowed)}.")
            raise ConfigError(f"there is no {name} '{value}'", field=name, hint=hint)
    _numbers(terms)
    _together(terms)


_NUMBERS = ("budget", "min_distance_m", "least_people", "link_cost")
_ABOVE_0 = ("m2_per_100_households", "seconds")
_COUNTS = ("max_sites", "max_candidates")


def _numbers(terms: Terms) -> None:
    is_share = isinstance(terms.share, Real) and not isinstance(terms.share, bool)
    if terms.share is not None and not (is_share and 0 < terms.share <= 1):
        if not is_share:
            raise wrong_type(terms.share, "share", LocalizedText("一个数", "a number"))
        raise ConfigError(f"the share is {terms.share}", field="share", hint="State 0.95 for 95 %.")
    for name in (*_NUMBERS, *_ABOVE_0, *_COUNTS):
        value = getattr(terms, name)
        if value is not None:
            least = 1.0 if name == "max_candidates" else 0.0
            number = number_from(value, name, least, above=name in _ABOVE_0)
            if name in _COUNTS and number != int(number):
                raise ConfigError(
                    f"{value} is no number of sites", field=name, hint="State a whole number."
                )


def _together(terms: Terms) -> None:
    limited = terms.max_sites is not None or terms.budget is not None
    if terms.share is not None and (terms.objective != "cover" or limited):
        raise ConfigError(
            "a share says when to stop, and so does a limit or another objective",
            field="share",
            hint="State one of share, max_sites, budget; share only to cover.",
        )
    if terms.links == "use" and (
        terms.share is not None or terms.least_people > 0 or terms.objective != "cover"
    ):
        raise ConfigError(
            "links are used to close all gaps, or the most for a limit",
            field="links",
            hint="State links = 'compare', or leave out share, least_people and objective.",
        )
    if terms.objective == "median" and not limited:
        raise ConfigError(
            "the least mean walk has no end without a limit",
            field="max_sites",
            hint="State max_sites or budget.",
        )
    if terms.objective == "center" and (terms.max_sites is None) == (terms.budget is None):
        raise ConfigError(
            "the least longest walk needs one limit",
            field="max_sites",
            hint="State either max_sites or budget.",
        )
