"""The language of what a person reads: that of the call, else of the city, else of the system."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = ["LANGUAGES", "language_of_call", "pick_language"]

LANGUAGES = ("zh", "en")
_CHINESE = 0x04
"""Primary language of Windows' user interface."""


def pick_language(stated: str | None, city: Path | None = None) -> str:
    """Return ``"zh"`` or ``"en"``: as stated, else as city.toml says, else as the system speaks.

    Parameters
    ----------
    stated
        The value of ``--lang``.
    city
        A city.toml, whose ``[city] language`` counts where nothing is stated.

    Raises
    ------
    ConfigError
        Another language is stated.
    """
    if stated is None:
        return (None if city is None else _of_city(city)) or _of_system()
    if stated not in LANGUAGES:
        raise ConfigError(
            LocalizedText(f"没有“{stated}”这种语言的文字", f"there are no texts in '{stated}'"),
            hint=LocalizedText("请用 zh 或 en。", "Expected 'zh' or 'en'."),
            field="--lang",
        )
    return stated


def language_of_call(arguments: Sequence[str]) -> str:
    """Return the language of a call's errors, which may come before the call is understood."""
    for option, value in zip(arguments, (*arguments[1:], ""), strict=False):
        asked = option.removeprefix("--lang=") if option.startswith("--lang=") else value
        if option.startswith("--lang") and asked in LANGUAGES:
            return asked
    cities = [Path(word) for word in arguments if word.endswith(".toml")]
    return pick_language(None, cities[0] if cities else None)


def _of_city(path: Path) -> str | None:
    """Return what a city.toml says; errors in the file are reported where it is read."""
    try:
        asked = tomllib.loads(path.read_text(encoding="utf-8-sig"))["city"]["language"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return asked if asked in LANGUAGES else None


def _of_system() -> str:
    """Return what the environment says, in gettext's order: LANGUAGE, LC_ALL, LC_MESSAGES, LANG.

    LANGUAGE lists languages, the best first; a locale that is plainly "C" overrules it, as gettext
    has it, so that scripts get the same texts everywhere.
    """
    asked = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = next(filter(None, asked), "")
    if locale not in ("C", "POSIX"):
        listed = [one.strip().lower()[:2] for one in os.environ.get("LANGUAGE", "").split(":")]
        for language in listed:
            if language in LANGUAGES:
                return language
    if locale:
        return "zh" if locale.lower().startswith("zh") else "en"
    return "zh" if os.name == "nt" and _windows_language() == _CHINESE else "en"


def _windows_language() -> int:
    import ctypes

    windows = getattr(ctypes, "windll", None)
    return 0 if windows is None else int(windows.kernel32.GetUserDefaultUILanguage()) & 0x3FF
