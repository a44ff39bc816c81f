"""Which of two pairs of coordinates is read, where the preferred one is empty in some rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from livingcircle._arrays import BoolArray
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.headers import Column
from livingcircle.io.table.numbers import as_text
from livingcircle.io.table.records import Records
from livingcircle.localized import LocalizedText

__all__ = ["fuller_axes"]

_AXES = ("lon", "lat")


def fuller_axes(
    raw: Records,
    means: list[Column],
    without: Callable[[Mapping[str, None]], list[Column]],
) -> tuple[list[Column], list[Note]]:
    """Return what columns mean where those in WGS 84 lack places that a second pair has.

    The second pair is read where the first is empty throughout, or where its headers name its
    datum. Else the first is kept, as nobody knows how to convert the second, and a note tells.

    Parameters
    ----------
    raw
        The table.
    means
        What its columns mean, those in WGS 84 preferred.
    without
        What they mean when these are left alone.
    """
    pair = {c.role: c for c in means if c.role in _AXES and c.how != "stated"}
    if raw.geometry is not None or [pair[a].datum for a in _AXES if a in pair] != ["wgs84"] * 2:
        return means, []
    first = _filled(raw, pair)
    if first.all():
        return means, []
    others = without({column.own: None for column in pair.values()})
    second = {c.role: c for c in others if c.role in _AXES}
    if len(second) < len(_AXES):
        return means, []
    more = int((_filled(raw, second) & ~first).sum())
    if not more:
        return means, []
    names = [[shorten(one[axis].own, 30) for axis in _AXES] for one in (pair, second)]
    taken = not first.any() or all(column.datum for column in second.values())
    outcome = (
        ("读取后者", "the latter are read") if taken else ("仍读取前者", "the former are read")
    )
    text = LocalizedText(
        f"{'、'.join(names[0])} 为空而 {'、'.join(names[1])} 不空：{more} 行；{outcome[0]}",
        f"{' and '.join(names[0])} are empty where {' and '.join(names[1])} are not:"
        f" {more} rows; {outcome[1]}",
    )
    overrule = "" if taken else f'columns = {{ "{names[0][0]}" = "", "{names[0][1]}" = "" }}'
    return (others if taken else means), [Note(raw.file, "coordinates", text, overrule, match=True)]


def _filled(raw: Records, pair: Mapping[str, Column]) -> BoolArray:
    """Return the rows of which both cells say something."""
    lon, lat = (as_text(raw.frame[pair[a].own]).str.strip().ne("").to_numpy() for a in _AXES)
    return lon & lat
