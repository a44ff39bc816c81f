"""Limits of a walk, in metres or seconds, and what is within one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from livingcircle._arrays import BoolArray, FloatArray
from livingcircle.arguments import number_from
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["COST_TOLERANCE", "Limit", "Limits", "within_limit"]

Limits = float | Sequence[float] | None
"""A limit, or several, in metres or minutes."""

# A limit is inclusive; two floating sums of the same walk differ by far less than this.
COST_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Limit:
    """A walking limit: metres or seconds."""

    value: float
    in_seconds: bool

    @classmethod
    def of(cls, limit_m: float | None, minutes: float | None) -> Limit | None:
        """Return the limit that was stated, if any.

        Raises
        ------
        ConfigError
            If both are stated, or the value is no number from 0 up.
        """
        if limit_m is not None and minutes is not None:
            raise ConfigError(
                LocalizedText(
                    "同时给出了以米计和以分钟计的限值",
                    "a limit in metres and one in minutes are stated at once",
                ),
                hint=LocalizedText("请只给出其中一个。", "State one of them."),
            )
        if limit_m is not None:
            return cls(number_from(limit_m, "limit_m"), False)
        return None if minutes is None else cls(number_from(minutes, "minutes") * 60.0, True)

    @classmethod
    def several(cls, limit_m: Limits, minutes: Limits) -> list[Limit]:
        """Return the limits that were stated, one or a list of them; an empty list for none.

        Raises
        ------
        ConfigError
            Both kinds are stated, a value is no number from 0 up, or a list holds no limit.
        """
        if limit_m is not None and minutes is not None:
            cls.of(0.0, 0.0)  # refuses two stated limits
        stated = {"limit_m": _listed(limit_m), "minutes": _listed(minutes)}
        for name, given in (("limit_m", limit_m), ("minutes", minutes)):
            # No limit at all would count everybody as covered.
            if given is not None and not stated[name]:
                raise ConfigError(
                    LocalizedText(f"{name} 是空的列表", f"{name} is an empty list"),
                    field=name,
                    hint=LocalizedText("请至少给出一个限值。", "Give at least one limit."),
                )
        metres = [cls(number_from(m, "limit_m"), False) for m in stated["limit_m"]]
        return metres + [cls(number_from(t, "minutes") * 60.0, True) for t in stated["minutes"]]

    @property
    def label(self) -> str:
        """Return the limit as part of a column's name: ``300_m``, ``7.5_min``."""
        return f"{self.value / 60:g}_min" if self.in_seconds else f"{self.value:g}_m"


def _listed(limits: Limits) -> list[float]:
    """Return a limit as a list; what is no number is refused by its reader."""
    if limits is None:
        return []
    if isinstance(limits, np.ndarray):
        return list(np.atleast_1d(limits))
    if isinstance(limits, Iterable) and not isinstance(limits, str | Mapping):
        return list(limits)
    return [limits]  # type: ignore[list-item]


def within_limit(cost: FloatArray, limit: float) -> BoolArray:
    """Return where a cost is within a limit, inclusive."""
    return np.asarray(cost <= limit + COST_TOLERANCE)
