"""When a way or a gate is open to walkers, where its OpenStreetMap tags say that it is at times."""

from __future__ import annotations

import re
from collections.abc import Mapping

from livingcircle._resources import resource_toml
from livingcircle.vocab.calendar import Calendar
from livingcircle.vocab.opening import open_week

__all__ = ["hours_of"]

_CLAUSE = re.compile(r"([^@;]+)@\s*(\([^()]*\)|[^;()]+?)\s*(?:;|$)")


def hours_of(tags: Mapping[str, str], *, shut: bool, stated: bool) -> str | None:
    """Return when walkers may pass, in words that ``vocab.opening.open_week`` reads.

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
        which condition. None: always the same, as what is shut stays where no condition whose
        hours are understood lets walkers in.

    Examples
    --------
    >>> hours_of({"foot:conditional": "no @ (22:00-06:00)"}, shut=False, stated=False)
    'yes; no @ (22:00-06:00)'
    >>> hours_of({"access:conditional": "no @ (weight>3.5)"}, shut=False, stated=False)
    """
    words = resource_toml("livingcircle.osm", "osm_ways.toml")
    shuts, lets_in = frozenset(words["timed"]["closed"]), frozenset(words["walk"]["open_foot"])
    for key in ("foot:conditional", "access:conditional"):
        if key in tags and not (stated and key == "access:conditional"):
            if key == "access:conditional":
                lets_in -= frozenset(words["walk"]["closed_access"])
            found = _conditions(tags[key], shut, shuts, lets_in)
            if found is not None:
                return found
    # The hours of a market that is held on a square are not those of the square.
    if shut or not frozenset(words["timed"]["own_hours"]).isdisjoint(tags):
        return None
    return tags.get("opening_hours")


def _conditions(
    text: str, shut: bool, shuts: frozenset[str], lets_in: frozenset[str]
) -> str | None:
    """Return conditions with "yes" or "no" for what they say; None where nothing ever changes."""
    clauses = []
    for value, condition in _CLAUSE.findall(text):
        # No walker is heavy, wide or fast: such a clause is about vehicles, as are those that
        # neither let walkers in nor keep them out (delivery, emergency).
        said = {one.strip() for one in re.split(r"[,;]", value.lower())}
        if re.search(r"[<>=]", condition) or not (said <= shuts or said & lets_in):
            continue
        clauses.append(("no" if said <= shuts else "yes", condition.strip()))
    base = "no" if shut else "yes"
    whole = "; ".join([base, *(f"{value} @ {condition}" for value, condition in clauses)])
    if shut and not _ever_open(whole, [when for value, when in clauses if value == "yes"]):
        return None
    if _CLAUSE.sub("", text).strip() and not re.search(r"[<>=]", text):
        return f"?; {text}"  # not written as the wiki has it: nobody knows when
    return None if all(value == base for value, _ in clauses) else whole


def _ever_open(whole: str, let_in: list[str]) -> bool:
    """Return whether what is shut opens in hours that are understood."""
    week = open_week(whole, Calendar())
    if week is not None:
        return bool((week.open_ | ~week.known).any())
    alone = (open_week(f"no; yes @ {when}", Calendar()) for when in let_in)
    return any(one is not None and bool((one.open_ | ~one.known).any()) for one in alone)
