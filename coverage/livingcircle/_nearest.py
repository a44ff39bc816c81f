"""Names that look like a misspelt one: the one rule behind every "did you mean"."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

__all__ = ["did_you_mean", "nearest", "suggestion"]

# The least share of characters that two names have in common. Chinese names are short: one wrong
# character of two must still find its neighbour.
_CUTOFF = 0.5
# Cells of a table may hold whole paragraphs; the time difflib takes grows with the square.
_LONGEST = 200


def nearest(word: object, known: Iterable[str], count: int = 1) -> list[str]:
    """Return the known names that look most like a word, at most ``count``, the best first.

    Width, case, spaces, hyphens and underscores make no difference.

    Examples
    --------
    >>> nearest("Service Center", ["service_centre", "park"])
    ['service_centre']
    >>> nearest("名稱", ["名称", "地址"]), nearest("minutes", ["地址"])
    (['名称'], [])
    """
    by_form: dict[str, list[str]] = {}
    for name in dict.fromkeys(known):
        by_form.setdefault(_form(name), []).append(name)
    forms = difflib.get_close_matches(_form(str(word)), by_form, n=count, cutoff=_CUTOFF)
    return [name for form in forms for name in by_form[form]][:count]


def did_you_mean(word: object, known: Iterable[str], otherwise: str = "", count: int = 1) -> str:
    """Return the hint that names what looks most like an unknown word.

    The hint is English; the Chinese is in error_texts.toml.

    Parameters
    ----------
    word
        What was written.
    known
        What could have been meant.
    otherwise
        The hint where nothing looks like it.
    count
        The most names that the hint has, up to 3.

    Examples
    --------
    >>> did_you_mean("minuts", ["minutes", "limit_m"])
    "Did you mean 'minutes'?"
    >>> did_you_mean("鼓浪", ["鼓浪屿", "鼓楼", "思明"], count=2)
    "Did you mean '鼓浪屿' or '鼓楼'?"
    >>> did_you_mean("x", ["minutes"], "State minutes.")
    'State minutes.'
    """
    return suggestion(nearest(word, known, count), otherwise)


def suggestion(names: Sequence[str], otherwise: str = "") -> str:
    """Return the hint that asks whether one of at most 3 names was meant.

    >>> suggestion(["a", "b", "c"])
    "Did you mean 'a', 'b' or 'c'?"
    """
    if not names:
        return otherwise
    *others, last = (f"'{name}'" for name in names)
    return f"Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"


def _form(name: str) -> str:
    return re.sub(r"[\s_-]+", "", unicodedata.normalize("NFKC", name[:_LONGEST])).casefold()
