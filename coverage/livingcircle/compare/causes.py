"""Causes: which inputs of two runs differ, known by the hashes that each run wrote down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from livingcircle.compare.run_record import RunRecord

__all__ = [
    "INPUT_KINDS",
    "InputChange",
    "InputsByKind",
    "inputs_of",
    "kind_of",
    "kinds_moved",
    "moved_inputs",
]

INPUT_KINDS = ("facilities", "network", "population", "standard", "scenario", "software")
"""What can move a result. Everything that says where people live and to which unit they belong is
``population``; what is asked, of which walker and in which year is ``standard``; what is laid over
the city is ``scenario``."""

_KIND_OF = {
    "network": "network",
    "terrain": "network",
    "walking": "network",
    "facilities": "facilities",
    "categories": "facilities",
    "vocabulary": "facilities",
    "units": "population",
    "unit_names": "population",
    "urban_villages": "population",
    "land_use": "population",
    "demand": "population",
    "assess": "standard",
    "packs": "standard",
    "as_of": "standard",
    "scenario": "scenario",
    "software": "software",
}
"""First word of an input's role, or section of city.toml → kind. ``[city]`` is only a name."""

_MISSING = "-"

InputsByKind = Mapping[str, Mapping[str, str]]
"""Kind → what it consists of → its hash, version or value."""


@dataclass(frozen=True)
class InputChange:
    """One input that is not the same on both sides."""

    kind: str
    name: str
    """Its role, e.g. ``facilities.1 shops.csv``, a section of city.toml, a pack, a program."""
    before: str
    """Hash, version or value; ``-`` where it was not there."""
    after: str


def kind_of(role: str) -> str | None:
    """Return the kind of an input by its role or section, None where it moves nothing.

    >>> kind_of("facilities.2.entrances"), kind_of("demand"), kind_of("city")
    ('facilities', 'population', None)
    """
    return _KIND_OF.get(role.partition(".")[0])


def inputs_of(run: RunRecord) -> InputsByKind:
    """Return what a run was made of, kind by kind, as its run.json states it."""
    found: dict[str, dict[str, str]] = {kind: {} for kind in INPUT_KINDS}
    for entry in run.get("inputs") or ():
        role = str(entry.get("role", ""))
        kind = kind_of(role)
        if kind is not None:
            name = f"{role} {entry.get('source') or ''}".strip()
            # A database or a download has no hash; its address is all that is known of it.
            found[kind][name] = str(entry.get("sha256") or "not hashed")
    config = (run.get("parameters") or {}).get("config") or {}
    for section, value in config.items():
        kind = kind_of(section)
        if kind is not None and value:
            found[kind][f"[{section}]"] = json.dumps(value, ensure_ascii=False, sort_keys=True)
    for pack in run.get("packs") or ():
        found["standard"][f"pack {pack.get('id')}"] = str(
            pack.get("sha256") or pack.get("date") or "?"
        )
    if run.get("as_of") is not None:
        found["standard"]["year"] = str(run["as_of"])
    found["software"]["livingcircle"] = str(run.get("version"))
    for name, version in (run.get("software") or {}).items():
        found["software"][str(name)] = str(version)
    return found


def moved_inputs(before: InputsByKind, after: InputsByKind) -> tuple[InputChange, ...]:
    """Return every input that is not the same on both sides, in the order of ``INPUT_KINDS``."""
    out = []
    for kind in INPUT_KINDS:
        old, new = before.get(kind, {}), after.get(kind, {})
        for name in dict.fromkeys([*old, *new]):
            one, other = old.get(name, _MISSING), new.get(name, _MISSING)
            if one != other:
                out.append(InputChange(kind, name, one, other))
    return tuple(out)


def kinds_moved(differences: Iterable[InputChange]) -> tuple[str, ...]:
    """Return the kinds that differ, each once, in the order of ``INPUT_KINDS``."""
    seen = {difference.kind for difference in differences}
    return tuple(kind for kind in INPUT_KINDS if kind in seen)
