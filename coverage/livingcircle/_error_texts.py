"""Errors in Chinese: the English text of an error, found in a list of what errors say.

An error is raised in English where it arises, one readable call; ``error_texts.toml`` has its
Chinese. ``{}`` in an entry stands for what differs from case to case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from livingcircle._resources import resource_toml
from livingcircle.localized import close_up_per_cent

__all__ = ["error_in_chinese", "template_of"]

_LEAST_FIXED = 6
"""Letters that an entry must share with a value to be what it says."""


def error_in_chinese(text: str) -> str:
    """Return the Chinese of an error's text; the text itself where the list has none.

    >>> error_in_chinese("there is no file 'a.csv'")
    '没有文件“a.csv”'
    """
    found = template_of(text)
    if found is None:
        return text
    template, values = found
    # A value may itself be something that errors say: "entry 'XM-1': 'kind' is missing".
    shown = [_translated(value) for value in values]
    return re.sub(r"\{(\d)\}", lambda place: shown[int(place[1])], _texts()[template])


def _translated(value: str) -> str:
    """Return a value in Chinese where it is one of our sentences; what libraries say stays whole.

    >>> _translated("File is not a zip file")
    'File is not a zip file'
    """
    found = template_of(value)
    fixed = 0 if found is None else len(found[0].replace("{}", "").strip())
    # An entry such as "{} is {}" is in any sentence.
    return error_in_chinese(value) if fixed >= _LEAST_FIXED else value


def template_of(text: str) -> tuple[str, list[str]] | None:
    """Return the entry that a text is an instance of, and what stands for its ``{}``.

    Per cent signs may stand close to their numbers, as in Chinese.
    """
    text = close_up_per_cent(text)
    for template, pieces in _templates():
        values = _values(text, pieces)
        if values is not None:
            return template, values
    return None


def _texts() -> Mapping[str, str]:
    return resource_toml("livingcircle", "error_texts.toml")


@cache
def _templates() -> list[tuple[str, list[str]]]:
    """Return the entries with what is fixed in them, those with the most fixed text first."""
    split = [(template, close_up_per_cent(template).split("{}")) for template in _texts()]
    return sorted(split, key=lambda entry: -sum(map(len, entry[1])))


def _values(text: str, pieces: list[str]) -> list[str] | None:
    first, *rest = pieces
    if not rest:
        return [] if text == first else None
    if not (text.startswith(first) and text.endswith(rest[-1])):
        return None
    values, at = [], len(first)
    for piece in rest[:-1]:
        end = text.find(piece, at)
        if end < 0:
            return None
        values.append(text[at:end])
        at = end + len(piece)
    end = len(text) - len(rest[-1])
    return [*values, text[at:end]] if end >= at else None
