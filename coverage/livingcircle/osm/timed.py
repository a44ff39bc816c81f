"""When a way or a gate is open to walkers, where its OpenStreetMap tags say that it is at times."""

from __future__ import annotations

import re
from collections.abc import Mapping

from livingcircle._resources import resource_toml

__all__ = ["hours_of"]

_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^()]*\)|[^;()]+?)\s*(?:;|$)")


def hours_of(tags: Mapping[str, str], *, shut: bool, stated: bool) -> str | None:
    """Return when walkers may pass, in words that ``vocab.opening.open_minutes`` reads.

    Of ``foot:conditional``, else ``access:conditional``, else ``opening_hours``.

    Parameters
    ----------
    tags
        Of a way or a node.
    shut
        Whether walkers are shut out where no condition holds.
    stated
        Whether a tag ``foot`` says so: it counts before ``access:conditional``, as it is about
        walkers.

    Returns
    -------
    str or None
        ``"06:00-22:00"``, or ``"yes; no @ (22:00-06:00)"``: what holds otherwise, and what on
        which condition. None: always the same.

    Examples
    --------
    >>> hours_of({"foot:conditional": "no @ (22:00-06:00)"}, shut=False, stated=False)
    'yes; no @ (22:00-06:00)'
    >>> hours_of({"access:conditional": "no @ (weight>3.5)"}, shut=False, stated=False)
    """
    words = resource_toml("livingcircle.osm", "osm_ways.toml")["timed"]
    for key in ("foot:conditional", "access:conditional"):
        if key in tags and not (stated and key == "access:conditional"):
            found = _conditions(tags[key], shut, frozenset(words["closed"]))
            if found is not None:
                return found
    # The hours of a market that is held on a square are not those of the square.
    if shut or not frozenset(words["own_hours"]).isdisjoint(tags):
        return None
    return tags.get("opening_hours")


def _conditions(text: str, shut: bool, closed: frozenset[str]) -> str | None:
    """Return conditions with "yes" or "no" for what they say; None where nothing ever changes."""
    clauses = []
    if _CLAUSE.sub("", text).strip() and not re.search(r"[<>=]", text):
        return f"?; {text}"  # not written as the wiki has it: nobody knows when
    for value, condition in _CLAUSE.findall(text):
        # No walker is heavy, wide or fast: such a clause is about vehicles.
        if re.search(r"[<>=]", condition):
            continue
        no = closed.issuperset(one.strip() for one in value.strip().lower().split(","))
        clauses.append(("no" if no else "yes", condition.strip()))
    base = "no" if shut else "yes"
    if all(value == base for value, _ in clauses):
        return None
    return "; ".join([base, *(f"{value} @ {condition}" for value, condition in clauses)])
