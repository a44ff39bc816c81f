"""What is drawn, how often, and from which seed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from livingcircle.arguments import number_from
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText, number, percent

__all__ = ["DrawTerms"]

MOST_DRAWS = 10_000
_LIMITS = {
    "speed": 0.9,
    "facility_m": 1000.0,
    "missing_paths": 0.5,
    "shut_paths": 0.5,
    "people": 1.0,
}


@dataclass(frozen=True, kw_only=True)
class DrawTerms:
    """What is drawn, and how widely. With all five widths at 0 every draw equals the result."""

    draws: int = 200
    seed: int = 1
    speed: float = 0.1
    """Half-width of the 90 % interval of the walking speed, as a share of it."""
    facility_m: float = 25.0
    """Radius around its listed place, in metres, within which a facility may stand."""
    missing_paths: float = 0.05
    """Share of the footpaths that the map lacks."""
    shut_paths: float = 0.01
    """Share of the footpaths of the map that are shut."""
    people: float = 0.2
    """Half-width of the 90 % interval of the people at a home, as a share of those stated."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense.

        Raises
        ------
        ConfigError
            A number is negative, too large or no number.
        """
        for name, most in _LIMITS.items():
            value = number_from(getattr(self, name), name)
            if not math.isfinite(value) or value > most:
                raise _beyond(name, value, most)
        for name, least in (("draws", 1), ("seed", 0)):
            value = getattr(self, name)
            most = MOST_DRAWS if name == "draws" else 2**32
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise _beyond(name, value, most)

    def words(self) -> LocalizedText:
        """Return what is drawn, in words for a reader."""
        parts = [
            (self.speed, f"步速 ±{percent(self.speed)}", f"walking speed ±{percent(self.speed)}"),
            (
                self.facility_m,
                f"设施位置 ±{number(self.facility_m)} 米",
                f"places of facilities ±{number(self.facility_m)} m",
            ),
            (
                self.missing_paths,
                f"地图缺步行路径 {percent(self.missing_paths)}",
                f"{percent(self.missing_paths)} of the footpaths missing from the map",
            ),
            (
                self.shut_paths,
                f"步行路径不通 {percent(self.shut_paths)}",
                f"{percent(self.shut_paths)} of them shut",
            ),
            (
                self.people,
                f"每处居住人数 ±{percent(self.people)}",
                f"people of each home ±{percent(self.people)}",
            ),
        ]
        said = [(zh, en) for value, zh, en in parts if value]
        if not said:
            return LocalizedText("无", "nothing")
        return LocalizedText("、".join(zh for zh, _ in said), ", ".join(en for _, en in said))

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the terms."""
        return tuple(one.name for one in fields(cls))


def _beyond(name: str, value: object, most: float) -> ConfigError:
    return ConfigError(
        LocalizedText(f"“{name}”的值为 {value}", f"'{name}' is {value}"),
        field=f"uncertainty.{name}",
        hint=LocalizedText(f"请给出不超过 {most:g} 的数。", f"State a number up to {most:g}."),
    )
