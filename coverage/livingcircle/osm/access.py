"""Whether one may walk or drive along a way, by its OpenStreetMap tags (``osm_ways.toml``)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Literal

from livingcircle._resources import resource_toml
from livingcircle.errors import ConfigError
from livingcircle.osm.timed import hours_of

__all__ = [
    "Mode",
    "Private",
    "Refusal",
    "access_of",
    "invites_walkers",
    "may_open_a_door",
    "object_name",
    "shut_for_walkers",
    "speed_m_s",
    "walking_hours",
    "way_class",
    "way_words",
]

Mode = Literal["walk", "drive"]
Private = Literal["closed", "destination", "open"]
Tags = Mapping[str, str]
Refusal = str | None
"""Why a way may not be used; None: it may."""
_KM_H = 1 / 3.6
_MPH = 1.609344 / 3.6


@cache
def way_words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return the lists of words of ``osm_ways.toml``, as sets."""
    tables = resource_toml("livingcircle.osm", "osm_ways.toml")
    return {
        name: {key: frozenset(words) for key, words in table.items() if isinstance(words, list)}
        for name, table in tables.items()
    }


def way_class(tags: Tags) -> str:
    """Return the class of a way: its ``highway``, or platform, pier or square; else empty."""
    if "highway" in tags:
        return tags["highway"]
    if "platform" in (tags.get("railway"), tags.get("public_transport")):
        return "platform"
    if tags.get("man_made") == "pier":
        return "pier"
    return "square" if tags.get("place") == "square" else ""


def _any_in(value: str | None, words: frozenset[str]) -> bool:
    """Return whether a value, or one of several ("yes;designated"), is among some words."""
    return value is not None and not words.isdisjoint(part.strip() for part in value.split(";"))


def _all_in(value: str | None, words: frozenset[str]) -> bool:
    """Return whether a value, or each of several, is among some words."""
    return value is not None and words.issuperset(part.strip() for part in value.split(";"))


def access_of(mode: Mode, private: Private) -> Callable[[Tags], tuple[Refusal, bool]]:
    """Return a function from tags to why a way may not be used, and whether it is private.

    Parameters
    ----------
    private
        What ``access=private`` means to walkers: shut, for those who live or go there, or open.
    """
    return _drive if mode == "drive" else lambda tags: _walk(tags, private)


def _walk(tags: Tags, private: Private) -> tuple[Refusal, bool]:
    rule = way_words()["walk"]
    kind, foot, access = way_class(tags), tags.get("foot"), tags.get("access")
    if not kind or kind in rule["not_highway"]:
        return f"highway={kind or 'none'}", False
    invited = _any_in(foot, rule["open_foot"])
    if kind in rule["only_if_foot"] and not invited:
        return f"highway={kind}", False
    if tags.get("motorroad") == "yes" and not invited:
        return "motorroad=yes", False
    timed = walking_hours(tags) is not None
    if _all_in(foot, rule["closed_foot"]) and not timed:
        return f"foot={foot}", False
    if _all_in(access, rule["closed_access"]) and not invited and not timed:
        return f"access={access}", False
    if tags.get("service") in rule["not_service"]:
        return f"service={tags['service']}", False
    if _pavements_apart(tags, rule["separate_pavement"]):
        return "sidewalk=separate", False
    closed = rule["private_access"] | rule["closed_access"]
    own = _all_in(access, closed) and not invited and private != "open" and not timed
    if own and private == "closed":
        return f"access={access}", False
    return None, own


def walking_hours(tags: Tags) -> str | None:
    """Return when walkers may pass a way or a gate that is open at times, see ``hours_of``."""
    rule, foot = way_words()["walk"], tags.get("foot")
    invited = _any_in(foot, rule["open_foot"])
    shut = not invited and (
        _all_in(foot, rule["closed_foot"])
        or _all_in(tags.get("access"), rule["closed_access"] | rule["private_access"])
    )
    return hours_of(tags, shut=shut, stated=foot is not None)


def _pavements_apart(tags: Tags, sides: Iterable[str]) -> bool:
    """Return whether the pavements are mapped as ways of their own, on every side that has one."""
    if not any(tags.get(key) == "separate" for key in sides):
        return False
    here = tags.get("sidewalk") in ("both", "left", "right", "yes")
    return not (here or any(tags.get(key) == "yes" for key in sides))


def _drive(tags: Tags) -> tuple[Refusal, bool]:
    rule = way_words()["drive"]
    if tags.get("highway", "no") in rule["not_highway"]:
        return f"highway={tags.get('highway', 'none')}", False
    if tags.get("area") == "yes":
        return "area=yes", False
    if tags.get("access") in rule["closed_access"]:
        return f"access={tags['access']}", False
    for key in ("motor_vehicle", "motorcar"):
        if tags.get(key) in rule["closed_motor"]:
            return f"{key}=no", False
    if tags.get("service") in rule["not_service"]:
        return f"service={tags['service']}", False
    return None, False


def speed_m_s(tags: Tags) -> float:
    """Return the driving speed of a way: its maxspeed, else the default of its class."""
    stated = tags.get("maxspeed", "").split(";")[0].strip().lower()
    number = stated.removesuffix("mph").removesuffix("km/h").strip()
    if number.isascii() and number.isdigit() and int(number) > 0:
        return int(number) * (_MPH if stated.endswith("mph") else _KM_H)
    speeds = resource_toml("livingcircle.osm", "osm_ways.toml")["drive"]["speed_km_h"]
    return float(speeds.get(tags.get("highway"), speeds["default"])) * _KM_H


def layer_of(tags: Tags) -> int:
    """Return the layer of a way, 0 where it says none that is understood."""
    try:
        value = float(tags.get("layer", "0"))
    except ValueError:
        return 0
    return max(-9, min(9, int(value))) if math.isfinite(value) else 0


def is_tunnel(tags: Tags) -> bool:
    """Return whether a way runs under ground or water; a passage through a building does not."""
    return tags.get("tunnel", "no") not in way_words()["level"]["no_tunnel"]


def may_open_a_door(tags: Tags) -> bool:
    """Return whether houses may stand on a way: not on a viaduct, in a tunnel or on a motorroad."""
    layer = layer_of(tags)
    if is_tunnel(tags) or layer < 0 or tags.get("motorroad") == "yes":
        return False
    kind = way_class(tags)
    if kind in way_words()["level"]["never"]:
        return False
    above = layer > 0 or tags.get("bridge", "no") != "no"
    return not (above and kind not in way_words()["level"]["walkway"])


def invites_walkers(tags: Tags) -> bool:
    """Return whether an object says that people on foot may pass."""
    return _any_in(tags.get("foot"), way_words()["walk"]["open_foot"])


def has_signals(tags: Tags) -> bool:
    """Return whether a crossing has traffic lights, as far as its own tags tell."""
    return tags.get("crossing") == "traffic_signals" or tags.get("crossing:signals") == "yes"


def shut_for_walkers(tags: Tags, private: Private = "destination") -> str | None:
    """Return why a node (a gate, a bollard) lets nobody through, or None where it does."""
    rule = way_words()["node"]
    foot, access, kind = tags.get("foot"), tags.get("access"), tags.get("barrier")
    able = kind is not None and kind not in rule["solid"] and tags.get("locked") != "yes"
    if able and walking_hours(tags) is not None:
        return None
    if _all_in(foot, way_words()["walk"]["closed_foot"]) and "highway" not in tags:
        return f"foot={foot}"
    if kind is None or _any_in(foot, way_words()["walk"]["open_foot"]):
        return None
    if tags.get("locked") == "yes":
        return "locked=yes"
    if kind in rule["solid"]:
        return f"barrier={kind}"
    closed = way_words()["walk"]["closed_access"]
    if private != "open":
        closed = closed | way_words()["walk"]["private_access"]
    # A bollard's access=no is about vehicles: people pass beside it.
    if _all_in(access, closed) and kind not in rule["passed_on_foot"]:
        return f"access={access}"
    return None


def object_name(text: str) -> str:
    """Return what city.toml opens as ``way/1``, ``node/2`` or ``barrier=hedge``.

    A bare number is a way.

    Raises
    ------
    ConfigError
        It is none of them.
    """
    if re.fullmatch(r"barrier=[\w-]+", str(text).strip()):
        return str(text).strip()
    kind, _, number = str(text).strip().partition("/")
    if not number:
        kind, number = "way", kind
    if kind not in ("way", "node") or not number.removeprefix("-").isdigit():
        raise ConfigError(
            f"'{text}' is no OpenStreetMap way or node",
            field="network.open",
            hint='Write "way/123", "node/5" or "barrier=hedge".',
        )
    return f"{kind}/{number}"
