"""The attributes of a way that the network keeps: a row of flags and numbers."""

from __future__ import annotations

from livingcircle.osm.access import (
    Tags,
    has_signals,
    is_tunnel,
    layer_of,
    may_open_a_door,
    way_class,
    way_words,
)
from livingcircle.osm.wheeled_access import (
    incline_of,
    kerb_m,
    pram_free,
    rolling_tags,
    step_free,
    wheels_limited,
    width_m,
)

__all__ = ["FIRST_NUMBER", "FLAGS", "way_flags", "way_numbers"]

FLAGS = (
    "stairs", "crossing", "bridge", "tunnel", "residential", "private", "door", "step_free",
    "signals", "escalator", "lift", "footpath", "limited", "pram_free", "passage",
)  # fmt: skip

FIRST_NUMBER = len(FLAGS)
"""Kerb, width, incline and what the tags say of rolling follow, then hours, layer and speed."""


def way_flags(tags: Tags, private: bool) -> tuple[float, ...]:
    """Return whether a way has each of ``FLAGS``; `private` says whether it is shut to most."""
    kind = way_class(tags)
    tunnel, layer = is_tunnel(tags), layer_of(tags)
    bridge = tags.get("bridge", "no") != "no"
    inside = tags.get("tunnel", "no") != "no" or tags.get("covered") == "yes"
    return (
        kind == "steps",
        "crossing" in (tags.get("footway"), tags.get("path"), kind),
        bridge,
        tunnel,
        kind in way_words()["residential"]["highway"],
        private,
        may_open_a_door(tags),
        step_free(tags),
        has_signals(tags),
        kind == "steps" and tags.get("conveying", "no") != "no",
        kind == "elevator",
        kind in way_words()["level"]["walkway"],
        wheels_limited(tags),
        pram_free(tags),
        bridge or inside or layer != 0,
    )


def way_numbers(tags: Tags) -> tuple[float, ...]:
    """Return the height of the kerb and the width in metres, and the incline; NaN if not stated.

    Behind them what the tags say of rolling, as ``rolling_tags`` gives it.
    """
    return kerb_m(tags), width_m(tags), incline_of(tags), rolling_tags(tags)
