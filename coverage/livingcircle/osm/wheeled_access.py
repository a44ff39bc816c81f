"""What a wheelchair or a pram meets on a way, by its OpenStreetMap tags: kerbs, width, slope."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

from livingcircle._resources import resource_toml
from livingcircle.osm.access import Tags

__all__ = [
    "ROLLING_TAGS",
    "WIDE_M",
    "WheelsAt",
    "at_barrier",
    "incline_of",
    "kerb_m",
    "pram_free",
    "rolling_tags",
    "step_free",
    "wheels_limited",
    "width_m",
]

ROLLING_TAGS = ("kerb", "width", "incline", "ramp", "wheelchair")
"""What a way may tell a wheelchair or a pram; bit k of ``told`` stands for the k-th."""

WIDE_M = 2.0
"""Whatever rolls passes where there is so much room: widths from here on are not kept."""

_NUMBER = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*(%|°|m|cm|mm|ft|\'|\")?")
_METRES = {"": 1.0, "m": 1.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048, "'": 0.3048, '"': 0.0254}


def step_free(tags: Tags) -> bool:
    """Return whether a wheelchair passes stairs and refusals, as far as the tags state."""
    if tags.get("wheelchair") == "no":
        return False
    return tags.get("highway") != "steps" or tags.get("ramp:wheelchair") == "yes"


def pram_free(tags: Tags) -> bool:
    """Return whether a pram passes stairs and refusals: ``stroller`` says so, else ``wheelchair``.

    Stairs with a ramp for either are no obstacle.
    """
    if tags.get("stroller") == "no":
        return False
    if tags.get("highway") == "steps":
        ramp = "yes" in (tags.get("ramp:stroller"), tags.get("ramp:wheelchair"))
        return ramp or tags.get("stroller") in ("yes", "designated")
    return tags.get("wheelchair") != "no" or tags.get("stroller") in ("yes", "designated")


def wheels_limited(tags: Tags) -> bool:
    """Return whether the tags say that wheelchairs pass with help only."""
    return tags.get("wheelchair") == "limited"


class WheelsAt(NamedTuple):
    """What a wheelchair and a pram meet at a barrier on a way."""

    width_m: float
    """NaN: none is known, or it is in nobody's way."""
    step_free: bool
    pram_free: bool
    limited: bool
    """Whether wheelchairs pass with help only."""


def at_barrier(tags: Tags) -> WheelsAt | None:
    """Return what wheels meet at a gate or bollard; None where no tag keeps them out.

    Through stiles and turnstiles nobody rolls unless the tags say so; ``wheelchair`` and
    ``stroller`` count as on ways.

    >>> at_barrier({"barrier": "stile"}), at_barrier({"barrier": "gate"})
    (WheelsAt(width_m=nan, step_free=False, pram_free=False, limited=False), None)
    """
    rule = resource_toml("livingcircle.osm", "osm_ways.toml")["node"]
    says = tags.get("wheelchair")
    rolls = says in ("yes", "designated", "limited")
    wheels = rolls or (says != "no" and tags.get("barrier") not in rule["no_wheels"])
    stroller = tags.get("stroller")
    pram = stroller in ("yes", "designated") or (stroller != "no" and wheels)
    found = WheelsAt(_passage_m(tags), wheels, pram, wheels_limited(tags))
    free = wheels and pram and not found.limited and math.isnan(found.width_m)
    return None if free else found


def _passage_m(tags: Tags) -> float:
    """Return the room that a barrier leaves where it may be in somebody's way, else NaN.

    The ``width`` of a bollard is how thick it is; that of a gate is what one passes, unless
    ``maxwidth:physical`` says so. Chicanes have an ``opening``.
    """
    rule = resource_toml("livingcircle.osm", "osm_ways.toml")["node"]
    keys = ["maxwidth:physical"]
    keys += ["opening"] * (tags.get("barrier") in rule["chicanes"])
    keys += ["width"] * (tags.get("barrier") in rule["as_wide_as_passed"])
    stated = [value for key in keys if (value := _metres(tags.get(key, ""))) > 0.0]
    return stated[0] if stated and stated[0] < WIDE_M else math.nan


def kerb_m(tags: Tags) -> float:
    """Return the height of a kerb in metres, NaN where the tags tell none.

    The heights of ``raised``, ``lowered`` ... stand in ``osm_ways.toml``; one that is stated counts
    before them.

    >>> kerb_m({"kerb": "flush"}), kerb_m({"kerb": "raised", "kerb:height": "8 cm"})
    (0.0, 0.08)
    """
    stated = _metres(tags.get("kerb:height", ""))
    if not math.isnan(stated):
        return abs(stated)
    heights = resource_toml("livingcircle.osm", "osm_ways.toml")["kerb_m"]
    return float(heights.get(tags.get("kerb", ""), math.nan))


def width_m(tags: Tags) -> float:
    """Return the width in metres where it may be in somebody's way, else NaN.

    >>> width_m({"width": "0.8"}), width_m({"maxwidth:physical": "50 cm"})
    (0.8, 0.5)
    """
    stated = [_metres(tags.get(key, "")) for key in ("width", "maxwidth:physical")]
    found = [value for value in stated if 0.0 < value < WIDE_M]
    return min(found, default=math.nan)


def incline_of(tags: Tags) -> float:
    """Return the slope that the tags state as rise over run, without a sign; NaN for none.

    >>> incline_of({"incline": "-10%"}), round(incline_of({"incline": "45°"}), 6)
    (0.1, 1.0)
    """
    match = _NUMBER.fullmatch(tags.get("incline", "").strip())
    if match is None or match[2] not in ("%", "°"):
        return math.nan
    value = abs(float(match[1].replace(",", ".")))
    if match[2] == "%":
        return value / 100
    return math.tan(math.radians(value)) if value < 90 else math.inf


def rolling_tags(tags: Tags) -> int:
    """Return which of ``ROLLING_TAGS`` the tags state in words that are understood, a bit each.

    ``incline=up`` tells no slope, ``kerb=yes`` no height, and ``ramp=yes`` not whose ramp it is.

    >>> rolling_tags({"width": "3"}), rolling_tags({"incline": "up"})
    (2, 0)
    >>> rolling_tags({"wheelchair": "yes"})
    16
    """
    words = resource_toml("livingcircle.osm", "osm_ways.toml")["rolling_tags"]
    said = (
        not math.isnan(kerb_m(tags)),
        any(_metres(tags.get(key, "")) > 0.0 for key in ("width", "maxwidth:physical")),
        not math.isnan(incline_of(tags)),
        any(tags.get(key) in words["ramp"] for key in ("ramp:wheelchair", "ramp:stroller"))
        or tags.get("ramp") == "no",
        any(tags.get(key) in words["wheelchair"] for key in ("wheelchair", "stroller")),
    )
    return sum(1 << bit for bit, yes in enumerate(said) if yes)


def _metres(text: str) -> float:
    match = _NUMBER.fullmatch(text.strip())
    unit = _METRES.get(match[2] or "") if match is not None else None
    return math.nan if match is None or unit is None else float(match[1].replace(",", ".")) * unit
