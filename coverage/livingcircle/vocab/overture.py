"""What Overture Maps calls its places, as categories of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from livingcircle._resources import resource_toml
from livingcircle.vocab.categories import categories_in, normalise

__all__ = ["overture_meanings"]


@cache
def _words() -> Mapping[str, tuple[str, ...]]:
    words = resource_toml("livingcircle.vocab", "overture.toml")["words"]
    return {normalise(word): (key,) for key, listed in words.items() for word in listed}


def overture_meanings(header: str, texts: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return what the words of a column of Overture's mean: normalised text → ids.

    A word that is no category of ours is a kind of place that no requirement asks for: no ids.

    Parameters
    ----------
    header
        The column's own name; where it is none of Overture's the result is empty.
    texts
        Its cells.

    Examples
    --------
    >>> overture_meanings("categories.primary", ["elementary_school", "noodle_bar"])
    {'elementary_school': ('primary_school',), 'noodle_bar': ()}
    >>> overture_meanings("类别", ["noodle_bar"])
    {}
    """
    if header not in resource_toml("livingcircle.vocab", "overture.toml")["headers"]:
        return {}
    found = {}
    for text in dict.fromkeys(texts):
        plain = normalise(text)
        found[plain] = _words().get(plain) or categories_in(text)[0]
    return found
