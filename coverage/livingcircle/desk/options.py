"""Choices for a piece of work that were sent from the page, held to what they may be."""

from __future__ import annotations

import re

from livingcircle.desk.project import safe_name
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText

__all__ = ["names_of", "options_of"]

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_FILES = ("scenario", "candidates", "before")
_NUMBERS = ("max_sites", "budget", "share_covered")


def options_of(asked: dict[str, object]) -> dict[str, object]:
    """Return the choices that a piece of work knows; files are those of the project alone.

    Raises
    ------
    InputError
        A file is none of the project, an id is none, or a number is none.
    """
    out: dict[str, object] = {}
    for name in _FILES:
        if asked.get(name):
            out[name] = safe_name(str(asked[name]))
    for name in _NUMBERS:
        if asked.get(name) not in (None, ""):
            out[name] = _number(name, asked[name])
    if asked.get("standard"):
        if not _ID.fullmatch(str(asked["standard"])):
            raise _wrong("standard", asked["standard"])
        out["standard"] = str(asked["standard"])
    for name in ("share", "meant", "candidates_datum"):
        if asked.get(name):
            out[name] = str(asked[name])[:40]
    return out


def names_of(asked: dict[str, object], what: str) -> list[str]:
    """Return a list of names that were sent."""
    listed = asked.get(what)
    return [str(name) for name in listed] if isinstance(listed, list) else []


def _number(name: str, said: object) -> float:
    try:
        number = float(str(said))
    except ValueError:
        raise _wrong(name, said) from None
    if not 0 < number < 1e12 or (name == "max_sites" and number != int(number)):
        raise _wrong(name, said)
    return int(number) if name == "max_sites" else number


def _wrong(name: str, said: object) -> InputError:
    return InputError(
        LocalizedText(f"“{str(said)[:40]}”不能用", f"'{str(said)[:40]}' cannot be used"),
        field=name,
        hint=LocalizedText("请重新填写。", "Fill it in anew."),
    )
