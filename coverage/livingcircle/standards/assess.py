"""assess: a city against packs, one finding per requirement."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterable, Sequence
from numbers import Integral
from os import PathLike
from pathlib import Path

from livingcircle._nearest import did_you_mean
from livingcircle.arguments import check_type, wrong_type
from livingcircle.city.config import FIRST_YEAR, LAST_YEAR
from livingcircle.city.model import City
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.progress import Progress
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.chosen import assess_as_chosen, with_readings
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding, finding
from livingcircle.standards.kind import Kind
from livingcircle.standards.loader import load_pack
from livingcircle.standards.missing import parameter_code
from livingcircle.standards.model import Pack, Requirement, column_id
from livingcircle.standards.outcome import Outcome, unknown
from livingcircle.standards.pack_walking import own_config, with_pack_walking
from livingcircle.standards.parameters import with_parameters
from livingcircle.standards.result import Result
from livingcircle.standards.targets import with_targets

__all__ = [
    "assess",
    "assess_as_read",
    "assess_requirement",
    "check_year",
    "city_packs",
    "packs_of",
    "requirement_of",
]


def check_year(as_of: int | None) -> None:
    """Refuse a year that no plan is judged in.

    Raises
    ------
    ConfigError
        The year lies outside those that plans are made for.
    """
    if as_of is not None and (isinstance(as_of, bool) or not isinstance(as_of, Integral)):
        raise wrong_type(as_of, "as_of", LocalizedText("年份", "a year"))
    if as_of is not None and not FIRST_YEAR <= as_of <= LAST_YEAR:
        raise ConfigError(
            f"{as_of} is no year that a plan is judged in",
            hint=f"State one from {FIRST_YEAR} to {LAST_YEAR}.",
            field="as_of",
        )


def assess(
    city: City,
    *packs: str | Path | Pack | Sequence[str | Path | Pack],
    as_of: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Assess a city against the requirements of packs.

    Parameters
    ----------
    city
        A city as ``read_city`` gives it.
    packs
        Names of packs that ship (``"xiamen-2025"``), paths of TOML files, or packs, also as a
        list; those of city.toml if none is given.
    as_of
        The year that schedules and due dates are compared with; that of city.toml, else this year.
    progress
        Called before each requirement with the share done and its id.

    Raises
    ------
    ConfigError
        A pack is unknown or not valid, or none is named; or the year makes no sense.
    WrongTypeError
        It is no city, or no pack.

    Examples
    --------
    >>> import livingcircle as lc
    >>> city = lc.read_city("data/sample/city.toml")
    >>> lc.assess(city, "xiamen-2025").finding("XM-3a").value
    4.0
    """
    check_year(as_of)
    check_type(city, "city", City, "read_city")
    named = _flat(packs) or packs_of(city)
    if not named:
        raise ConfigError(
            "no pack is named to assess the city against",
            hint="State packs in [assess] of city.toml, or name one: " + ", ".join(list_packs()),
            field="assess.packs",
        )
    chosen = tuple(load_pack(pack, own_config(city).vocabulary) for pack in dict.fromkeys(named))
    return assess_as_read(city, _as_the_city_says(chosen, city), as_of=as_of, progress=progress)


def assess_as_read(
    city: City,
    chosen: Sequence[Pack],
    *,
    as_of: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Assess a city against packs that have what city.toml states of them already; see `assess`.

    Raises
    ------
    ConfigError
        The year makes no sense, or packs contradict each other.
    """
    check_year(as_of)
    city, chosen = with_pack_walking(city, chosen)
    year = as_of or city.config.assess.as_of or datetime.datetime.now().astimezone().year
    ctx = Context(city, year)
    entries = [entry for pack in chosen for entry in pack.requirements]
    _refuse_twins(entries)
    findings: list[Finding] = []
    timings: dict[str, float] = {}
    for position, entry in enumerate(entries):
        if progress is not None:
            progress(position / len(entries), entry.id)
        begin = time.perf_counter()
        findings.append(assess_requirement(entry, ctx))
        timings[entry.id] = time.perf_counter() - begin
    if progress is not None:
        progress(1.0, "")
    return Result(city, tuple(findings), chosen, year, timings, ctx)


def city_packs(city: City) -> tuple[Pack, ...]:
    """Return the packs that city.toml names, with the shares, numbers and readings it states.

    Raises
    ------
    LivingCircleError
        A pack is unknown or not valid, or what is stated fits none.
    """
    found = [load_pack(pack, own_config(city).vocabulary) for pack in packs_of(city)]
    return _as_the_city_says(found, city)


def _as_the_city_says(
    packs: Sequence[Pack], city: City, besides: Sequence[str | Path] = ()
) -> tuple[Pack, ...]:
    """Return packs with the shares, numbers and readings that city.toml states."""
    said = city.config.assess
    if not (said.targets or said.parameters or said.readings):
        return tuple(packs)
    names = (*packs_of(city), *besides)
    others = [load_pack(pack, own_config(city).vocabulary) for pack in names]
    found = with_targets(packs, said.targets, others)
    found = with_parameters(found, said.parameters, others)
    return with_readings(found, said.readings, others)


def _flat(
    packs: Sequence[str | Path | Pack | Sequence[str | Path | Pack]],
) -> tuple[str | Path | Pack, ...]:
    """Return packs one by one, also those that stand in a list."""
    found: list[str | Path | Pack] = []
    for entry in packs:
        found += [entry] if isinstance(entry, str | Path | Pack) else _listed(entry)
    return tuple(found)


def _listed(entry: object) -> tuple[str | Path | Pack, ...]:
    several = tuple(entry) if isinstance(entry, list | tuple) else (entry,)
    for one in several:
        if not isinstance(one, str | Path | Pack):
            wanted = LocalizedText("规划的名称或路径", "the name or path of a pack")
            raise wrong_type(one, "pack", wanted)
    return several


def packs_of(city: City) -> tuple[str | Path, ...]:
    """Return the packs that city.toml names; a file's path starts at the city's folder."""
    return tuple(
        city.folder / pack if pack.endswith(".toml") else pack for pack in city.config.assess.packs
    )


def _refuse_twins(entries: Sequence[Requirement]) -> None:
    """Refuse packs of which two entries would be one column of the layers."""
    seen: dict[str, Requirement] = {}
    for entry in entries:
        other = seen.setdefault(column_id(entry.id), entry)
        if other is not entry:
            raise ConfigError(
                f"'{other.id}' of the pack {other.pack} and '{entry.id}' of the pack {entry.pack}"
                " would be one column of the layers",
                hint="Give one of them another id, or assess the packs one by one",
                field="assess.packs",
            )


def assess_requirement(entry: Requirement, ctx: Context) -> Finding:
    """Assess one requirement; every part by the kind that it is of."""
    outcomes = [_outcome(part, ctx) for part in entry.parts]
    return finding(entry, outcomes, ctx.as_of)


def _outcome(part: Kind, ctx: Context) -> Outcome:
    """Assess a part, unless it rests on a number that the planner has yet to state."""
    waits_for = part.open_parameters().values()
    if waits_for:
        return unknown(part, "share", [parameter_code(one) for one in waits_for])
    return assess_as_chosen(part, ctx)


def requirement_of(
    city: City, standard: str, packs: str | Path | Sequence[str | Path] = ()
) -> tuple[Pack, Requirement]:
    """Find a requirement by id in the packs given, those of the city, or any that ships.

    Raises
    ------
    ConfigError
        None of them has it; names those with a similar id.
    """
    if isinstance(packs, str | PathLike):
        packs = [packs]
    if not isinstance(packs, Iterable):
        raise wrong_type(packs, "packs", LocalizedText("要求包的列表", "a list of packs"))
    names = [*packs] or [*packs_of(city)]
    known: list[str] = []
    for name in dict.fromkeys([*names, *([] if packs else list_packs())]):
        pack = load_pack(name, own_config(city).vocabulary)
        for entry in pack.requirements:
            if standard in (entry.id, f"{pack.id}:{entry.id}"):
                (pack,) = _as_the_city_says([pack], city, packs)
                return pack, pack[entry.id]
            known.append(entry.id)
    hint = did_you_mean(standard, known, "See 'livingcircle standards list'.", count=3)
    raise ConfigError(f"there is no standard '{standard}'", field="standard", hint=hint)
