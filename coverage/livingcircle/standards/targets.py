"""Shares that the planner states for requirements whose plan states none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from livingcircle._nearest import did_you_mean
from livingcircle.errors import ConfigError
from livingcircle.standards.model import Pack, Requirement

__all__ = ["with_targets"]


def with_targets(
    chosen: Sequence[Pack], targets: Mapping[str, float], known: Sequence[Pack] = ()
) -> tuple[Pack, ...]:
    """Return packs whose requirements are judged at the shares that the planner states.

    Where parts of a requirement are only reported the share is theirs, else that of its one part.

    Parameters
    ----------
    chosen
        The packs that are assessed.
    targets
        Requirement id (or ``pack:id``) → share, 0 to 1.
    known
        Other packs of the city, whose ids are no mistake.

    Raises
    ------
    ConfigError
        No pack has that requirement, or nothing of it is a share.
    """
    if not targets:
        return tuple(chosen)
    everyone = [entry for pack in (*chosen, *known) for entry in pack.requirements]
    names = {name for entry in everyone for name in _names(entry)}
    for name in targets:
        if name not in names:
            ids = [entry.id for entry in everyone]
            raise ConfigError(
                f"no pack has the requirement '{name}'",
                hint=did_you_mean(name, ids, "See `livingcircle standards show`"),
                field=f"assess.targets.{name}",
            )
    return tuple(_judged(pack, targets) for pack in chosen)


def _names(entry: Requirement) -> tuple[str, str]:
    return entry.id, f"{entry.pack}:{entry.id}"


def _judged(pack: Pack, targets: Mapping[str, float]) -> Pack:
    entries = []
    for entry in pack.requirement:
        share = next((targets[name] for name in _names(entry) if name in targets), None)
        entries.append(entry if share is None else _at(entry, share))
    return pack.model_copy(update={"requirement": tuple(entries)})


def _at(entry: Requirement, share: float) -> Requirement:
    open_ones = [part for part in entry.parts if part.target == "report" and part.judged_by_share]
    if not open_ones and (len(entry.parts) > 1 or not entry.parts[0].judged_by_share):
        raise ConfigError(
            f"'{entry.id}' is not judged by one share",
            hint="State a share for requirements that are reported, or that have one part",
            field=f"assess.targets.{entry.id}",
        )
    meant = open_ones or list(entry.parts)
    parts = tuple(
        part.model_copy(update={"target": share}) if part in meant else part for part in entry.parts
    )
    return entry.model_copy(update={"parts": parts})
