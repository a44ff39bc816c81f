"""Walkers: named profiles of speed, and of what they cannot walk on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cache
from typing import TypedDict, Unpack

from livingcircle._nearest import did_you_mean
from livingcircle._resources import resource_toml
from livingcircle.arguments import number_from, wrong_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import Sex, Speeds, mean_speed, speeds_of

__all__ = ["OwnWalkerName", "Walker", "access_profile", "walker", "walker_names"]


@dataclass(frozen=True)
class Walker:
    """A walking profile: a speed, and the streets that it cannot use.

    Raises
    ------
    WrongTypeError, ConfigError
        The speed is no finite number above 0; a limit is none.
    """

    name: str
    speed_m_s: float
    """On level ground, metres per second."""
    stairs: bool = True
    zh: str = ""
    """Name in Chinese; ``name`` where none is stated."""
    en: str = ""
    source: str = "stated by the caller"
    verified: bool = False
    """Whether the speed was checked against its source."""
    max_slope: float | None = None
    """Steepest street that they can use, rise over run; known only where there is terrain."""

    speeds: Speeds = ()
    """Mean and standard deviation of the speed in groups of equal size; empty for one speed."""
    ages: tuple[int, int] | None = None
    """Whose speeds these are, where they were measured by age: first and last year of life."""
    sex: Sex = "both"
    max_kerb_m: float | None = None
    """Highest kerb that they roll over, metres; None: any."""
    min_width_m: float | None = None
    """Narrowest way that they pass, metres; None: any."""
    limited: bool = True
    """Whether they use what is tagged ``wheelchair=limited``: passable with help."""
    pram: bool = False
    """Whether the tags about prams (``stroller``, ``ramp:stroller``) are theirs."""

    def __post_init__(self) -> None:
        """Refuse a speed that nobody walks; name who has no name in a language."""
        if not isinstance(self.name, str):
            raise wrong_type(self.name, "name", LocalizedText("文字", "text"))
        number_from(self.speed_m_s, "speed_m_s", above=True)
        for name in ("max_slope", "max_kerb_m", "min_width_m"):
            if getattr(self, name) is not None:
                number_from(getattr(self, name), name, above=name == "min_width_m")
        for name in ("stairs", "limited", "pram", "verified"):
            if not isinstance(getattr(self, name), bool):
                wanted = LocalizedText(" True 或 False", "True or False")
                raise wrong_type(getattr(self, name), name, wanted)
        for language in ("zh", "en"):
            if not getattr(self, language):
                object.__setattr__(self, language, self.name)

    @property
    def usable(self) -> Hashable:
        """What decides which streets they can use: two who agree in it walk the same network."""
        return (
            self.stairs,
            self.max_slope,
            self.max_kerb_m,
            self.min_width_m,
            self.limited,
            self.pram,
        )

    def at(self, factor: float) -> Walker:
        """Return the same walker at a multiple of the speed."""
        speeds = tuple((mean * factor, deviation * factor) for mean, deviation in self.speeds)
        return replace(self, speed_m_s=self.speed_m_s * factor, speeds=speeds)


class OwnWalkerName(str):
    """The name of a walker of a city's or a pack's own, which carries what it is called."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> OwnWalkerName:
        """Return the name with its words; compared and hashed as the plain text."""
        found = super().__new__(cls, value)
        found.zh, found.en = zh or value, en or value
        return found


def access_profile(who: Walker) -> Walker:
    """Return a nameless walker of 1 m/s who uses the same streets; equal for all who do."""
    return replace(
        who, name="", speed_m_s=1.0, zh="", en="", source="", verified=False, speeds=(), ages=None,
        sex="both",
    )  # fmt: skip


@cache
def _walkers() -> dict[str, Walker]:
    entries = resource_toml("livingcircle.vocab", "walkers.toml").items()
    return {name: _shipped(name, **entry) for name, entry in entries}


class _Entry(TypedDict, total=False):
    stairs: bool
    zh: str
    en: str
    source: str
    verified: bool
    max_slope: float
    max_kerb_m: float
    min_width_m: float
    limited: bool
    pram: bool


def _shipped(
    name: str,
    *,
    speed_m_s: float = 0.0,
    ages: tuple[int, int] | None = None,
    **entry: Unpack[_Entry],
) -> Walker:
    """Return a walker of the table: of a speed, or of the speeds of some ages."""
    speeds = () if ages is None else speeds_of((ages[0], ages[1]))
    return Walker(
        name,
        mean_speed(speeds) if speeds else speed_m_s,
        entry["stairs"],
        entry["zh"],
        entry["en"],
        entry["source"],
        entry["verified"],
        entry.get("max_slope"),
        speeds,
        None if ages is None else (ages[0], ages[1]),
        "both",
        entry.get("max_kerb_m"),
        entry.get("min_width_m"),
        entry.get("limited", True),
        entry.get("pram", False),
    )


def walker_names() -> tuple[str, ...]:
    """Return the names of the profiles."""
    return tuple(_walkers())


def walker(who: str | float | Walker) -> Walker:
    """Return a profile by name, or one of a speed in m/s; a Walker is returned unchanged.

    Raises
    ------
    ConfigError
        If no profile has that name, or the speed is not above 0.
    WrongTypeError
        If it is neither name, speed nor Walker.

    Examples
    --------
    >>> walker("elderly").speed_m_s, walker(1.1).name
    (0.8, '1.1 m/s')
    """
    if isinstance(who, Walker):
        return who
    if not isinstance(who, str):
        return _at_speed(who)
    known = _walkers()
    if who not in known:
        raise ConfigError(
            LocalizedText(f"没有名为“{who}”的步行者", f"no walker is called '{who}'"),
            field="walker",
            hint=did_you_mean(who, known, f"Known are {', '.join(known)}."),
        )
    return known[who]


def _at_speed(speed_m_s: object) -> Walker:
    """Return a walker of a stated speed who can use every street."""
    if isinstance(speed_m_s, bool | str) or not hasattr(speed_m_s, "__float__"):
        wanted = LocalizedText(
            "步行者的名称、速度（米/秒）或 Walker", "a walker's name, a speed in m/s, or a Walker"
        )
        raise wrong_type(speed_m_s, "walker", wanted)
    speed = number_from(speed_m_s, "walker", above=True)
    name = f"{speed:g} m/s"
    return Walker(name, speed, True, f"{speed:g} 米/秒", name, "stated by the caller", True)
