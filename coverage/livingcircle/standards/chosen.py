"""Readings that are chosen: by a pack for its requirement, or by the city for its verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from livingcircle._nearest import did_you_mean
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.standards.axes import Choice, option_name, option_names, read_as
from livingcircle.standards.context import Context
from livingcircle.standards.judge import TARGET_TOLERANCE, Verdict
from livingcircle.standards.kind import Kind
from livingcircle.standards.model import Pack, Requirement
from livingcircle.standards.outcome import Outcome
from livingcircle.standards.space import ReadingSpace

__all__ = ["assess_as_chosen", "with_readings"]


def with_readings(
    chosen: Sequence[Pack],
    readings: Mapping[str, Mapping[str, str]],
    known: Sequence[Pack] = (),
) -> tuple[Pack, ...]:
    """Return packs whose requirements are judged by the options that the city chooses.

    Parameters
    ----------
    chosen
        The packs that are assessed.
    readings
        Requirement id (or ``pack:id``) → axis → option. Of several parts all are read so that have
        the option.
    known
        Other packs of the city, whose ids are no mistake.

    Raises
    ------
    ConfigError
        No pack has that requirement, it has no such reading, or the reading no such option.
    """
    if not readings:
        return tuple(chosen)
    entries = [entry for pack in (*chosen, *known) for entry in pack.requirements]
    ids = [entry.id for entry in entries]
    for name, wanted in readings.items():
        meant = [entry for entry in entries if name in _names(entry)]
        if not meant:
            raise ConfigError(
                f"no pack has the requirement '{name}'",
                hint=did_you_mean(name, ids, "See `livingcircle standards show`"),
                field=f"assess.readings.{name}",
            )
        for entry in meant:
            _check(entry, wanted, f"assess.readings.{name}")
    return tuple(_read_so(pack, readings) for pack in chosen)


def _names(entry: Requirement) -> tuple[str, str]:
    return entry.id, f"{entry.pack}:{entry.id}"


def _check(entry: Requirement, wanted: Mapping[str, str], field: str) -> None:
    """Refuse an axis that no part of a requirement has, and an option that the axis has not."""
    for axis, option in wanted.items():
        axes: dict[str, tuple[str, ...]] = {}
        for part in entry.parts:
            for one in part.axes:
                axes[one.name] = tuple(dict.fromkeys((*axes.get(one.name, ()), *one.options)))
        if axis not in axes:
            raise ConfigError(
                f"'{entry.id}' has no reading '{axis}'",
                hint=did_you_mean(axis, axes, f"Known are {', '.join(axes)}"),
                field=field,
            )
        if option not in axes[axis]:
            options = axes[axis]
            raise ConfigError(
                f"the reading '{axis}' of '{entry.id}' has no option '{option}'",
                hint=did_you_mean(option, options, f"Known are {', '.join(options)}"),
                field=f"{field}.{axis}",
            )


def _read_so(pack: Pack, readings: Mapping[str, Mapping[str, str]]) -> Pack:
    entries = []
    for entry in pack.requirement:
        own, whole = _names(entry)
        wanted = {**readings.get(own, {}), **readings.get(whole, {})}
        parts = tuple(_part(part, wanted) for part in entry.parts)
        entries.append(entry.model_copy(update={"parts": parts}) if wanted else entry)
    return pack.model_copy(update={"requirement": tuple(entries)})


def _part(part: Kind, wanted: Mapping[str, str]) -> Kind:
    options = {axis.name: axis.options for axis in part.readings()}
    mine = [
        Choice(axis, option, by_city=True)
        for axis, option in wanted.items()
        if option in options.get(axis, ())
    ]
    named = {one.axis for one in mine}
    rest = [one for one in part.read_as if one.axis not in named]
    return part.model_copy(update={"read_as": (*rest, *mine)})


def assess_as_chosen(part: Kind, ctx: Context) -> Outcome:
    """Return how the city stands against a part, read as the pack or the city chooses.

    Homes, units and gaps are those of the part with the options in its fields; value and verdict
    are what the readings give for the options.
    """
    if not part.read_as:
        return part.assess(ctx)
    plain = part.model_copy(update={"read_as": ()})
    stated = plain.assess(ctx)
    if stated.space is None and part.chosen.get("facilities") == "wide":
        # A wide reading may be answered where no list holds what the clause names.
        plain = plain.model_copy(update={"read_as": (Choice("facilities", "wide"),)}).read()
        stated = plain.assess(ctx)
    space = stated.space
    if space is None:
        return stated
    cannot = [one for one in part.read_as if not _can(space, plain, one)]
    if cannot:
        verdict = replace(stated.verdict, status="unknown", value=None)
        return replace(stated, verdicts=(verdict,), notes=(*stated.notes, _no_data(cannot)))
    space = replace(space, axes=read_as(space.axes, part.read_as))
    judged = part.read().assess(ctx)
    stands = judged.verdict
    verdict = _verdict(space, stands)
    notes = (*_choice_notes(part, plain, stated.verdict), *judged.notes)
    anew = verdict is not stands
    return replace(judged, verdicts=(verdict,), space=space, notes=notes, figure_read=anew)


def _can(space: ReadingSpace, plain: Kind, choice: Choice) -> bool:
    """Return whether the city's data answer an option."""
    options = {axis.name: axis.options for axis in space.axes}
    own = {axis.name: axis.default for axis in plain.axes}
    return choice.option in options.get(choice.axis, (own.get(choice.axis),))


def _verdict(space: ReadingSpace, own: Verdict) -> Verdict:
    """Return what the chosen options give; what is unknown about the members stays so."""
    found = space.answer(space.default[None, :])
    value, asked = _known(found.value[0]), _known(found.asked[0])
    status = str(found.status[0])
    if _same(own.value, value) and _same(own.target, asked):
        return own
    if own.status == "unknown":
        status = "unknown"
    return replace(
        own,
        status=status,
        value=value,
        target=asked,
        unit="share" if found.ratio[0] else str(space.units_of(space.default[None, :])[0]),
        numerator=_known(found.numerator[0]),
        denominator=_known(found.denominator[0]),
    )


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TARGET_TOLERANCE * max(1.0, abs(one))


def _choice_notes(part: Kind, plain: Kind, stated: Verdict) -> list[LocalizedText]:
    """Return that the city has chosen a reading, and what the plan's own would give."""
    mine = [one for one in part.read_as if one.by_city]
    if not mine:
        return []
    own = {axis.name: axis.default for axis in plain.readings()}
    was = [option_name(one.axis, own[one.axis]) for one in mine if own.get(one.axis)]
    names = option_names(mine)
    zh, en = f"口径由本市选定：{names.zh}", f"the reading is chosen by the city: {names.en}"
    if was:
        show = percent if stated.unit == "share" else number
        value = "" if stated.value is None else show(stated.value)
        before = LocalizedText("，".join(w.zh for w in was), ", ".join(w.en for w in was))
        zh += f"（默认口径：{before.zh}" + (f"，{value}" if value else "") + "）"
        en += f" (by default: {before.en}" + (f", {value}" if value else "") + ")"
    return [LocalizedText(zh, en)]


def _no_data(choices: Sequence[Choice]) -> LocalizedText:
    names = option_names(choices)
    return LocalizedText(
        f"所选口径（{names.zh}）缺少数据，无法判定",
        f"the data do not answer the chosen reading ({names.en})",
    )
