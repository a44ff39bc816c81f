"""Columns of people by sex and age, as censuses publish them, added up to what the city keeps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.io.notes import Note
from livingcircle.io.table.columns import convert
from livingcircle.io.table.headers import Column
from livingcircle.io.table.read import Table, unused_note
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import strata
from livingcircle.vocab.groups import AGES

__all__ = ["age_band", "with_ages"]

OPEN = 1000
"""The end of a class without one, "80 and over"."""
_LAST = 99
"""A class that ends here or later holds the oldest too."""
_FEW = 3
"""Fewer bare ranges such as 20-29 may be anything."""
_SEX = {"男": "men", "女": "women", "m": "men", "f": "women", "w": "women"}
_WORDS = "男性|女性|男|女|female|women|male|men|f|m"
_HEAD = re.compile(rf"^(?:{_WORDS})(?=[^a-z])")
_TAIL = re.compile(rf"(?<=[^a-z])(?:{_WORDS})$")
_NOISE = re.compile(
    r"常住人口|人口数?|合计|小计|total|both|人数|数量|population|people|persons|pop|years?|age|岁|周|龄"
)
_RANGE = re.compile(r"(\d{1,3})[-~–—_至到](\d{1,3})")
_FROM = re.compile(r"(\d{1,3})(?:及?以上|\+|plus|andover|over|up)")
_ONE = re.compile(r"(\d{1,2})")


@dataclass(frozen=True)
class _Band:
    """Whom a column counts."""

    sex: str
    """"men", "women", or "" for both together."""
    low: int
    high: int
    """Last year of life; ``OPEN`` where there is none."""


def age_band(header: str) -> tuple[str, int, int] | None:
    """Return sex ("" for both), first and last year of life of a header; None where it is no such.

    >>> age_band("20-29岁（男）"), age_band("F_85+"), age_band("male 0-9")
    (('men', 20, 29), ('women', 85, 1000), ('men', 0, 9))
    >>> age_band("2020-2025"), age_band("人口")
    (None, None)
    """
    text = re.sub(r"[\s()\[\]:/|·.,、]+", "", unicodedata.normalize("NFKC", header).lower())
    aged = "岁" in text or "age" in text
    text = _NOISE.sub("", text).strip("-_")
    words = _HEAD.search(text) or _TAIL.search(text)
    rest = text if words is None else text[: words.start()] + text[words.end() :]
    sex = "" if words is None else _SEX[words[0][0]]
    rest = rest.strip("-_")
    if found := _RANGE.fullmatch(rest):
        low, high = int(found[1]), int(found[2])
        return (sex, low, OPEN if high >= _LAST else high) if low <= high < 130 else None
    if found := _FROM.fullmatch(rest):
        return sex, int(found[1]), OPEN
    if aged and (found := _ONE.fullmatch(rest)):
        return sex, int(found[1]), int(found[1])
    return None


def with_ages(table: Table, alone: Collection[str] = ()) -> Table:
    """Return a table with the people of each sex and decade, where its columns of ages add up.

    Classes of five years, single years or any that tile a decade are summed; where they are of both
    sexes, half are taken for each. Residents, old people and children that the table does not state
    are summed likewise, where the classes tile their ages.

    Parameters
    ----------
    table
        As it was read.
    alone
        Columns that the user leaves alone.
    """
    owns = {column.own: column.role for column in table.columns}
    others = [name for name in table.frame.columns if name not in {*owns.values(), *_KEPT}]
    named = {**owns, **{name: name for name in others if name not in alone}}
    parsed = {own: age_band(str(own)) for own in named}
    bands = {own: _Band(*one) for own, one in parsed.items() if one is not None}
    bare = [own for own, band in bands.items() if not band.sex and own in others]
    if len(bare) < _FEW:
        bands = {own: band for own, band in bands.items() if own not in bare}
    if not bands:
        return table
    notes = list(table.notes)
    people: dict[_Band, FloatArray] = {}
    for own, band in bands.items():
        values = table.frame[named[own]]
        if own in others:
            means = Column(own, own, "count", "alias")
            rows = table.frame["source_row"].to_numpy()
            read, found = convert(values, means, rows, table.file, comma=False)
            notes, values = [*notes, *found], pd.Series(read, index=values.index)
        people[band] = values.to_numpy(dtype=np.float64)
    made: dict[str, FloatArray] = {}
    used: set[_Band] = set()
    for name, sex, low, high in _wanted():
        if name in table.frame:
            continue
        whole = _summed(people, sex, low, high)
        if whole is not None:
            made[name], tiles = whole
            used |= tiles
    if not made:
        return table
    taken = [own for own, band in bands.items() if band in used and own in others]
    left = [name for name in others if name not in taken]
    notes = [note for note in notes if note.field != "other columns"]
    notes += unused_note(left, table.file)
    summed = [own for own, band in bands.items() if band in used]
    words = "、".join(summed[:4]) + ("……" if len(summed) > 4 else "")
    english = ", ".join(summed[:4]) + (", ..." if len(summed) > 4 else "")
    text = LocalizedText(
        f"{len(summed)} 列分年龄人口（{words}）加总为：{'、'.join(made)}",
        f"{len(summed)} columns of people by age ({english}) are summed to: {', '.join(made)}",
    )
    notes.append(Note(table.file, "ages", text, 'columns = { "..." = "" }', match=True))
    return replace(table, frame=table.frame.assign(**made), notes=tuple(notes))


_KEPT = ("source_row", "status", "reason", "reason_zh", "opening", "geometry")


def _wanted() -> list[tuple[str, str, int, int]]:
    """Return the columns that may be summed: name, sex, first and last year of life."""
    found: list[tuple[str, str, int, int]] = [
        (one.column, one.sex, one.ages[0], OPEN if one.ages[1] >= _LAST else one.ages[1])
        for one in strata()
    ]
    found.append(("residents", "", 0, OPEN))
    for name, (low, end) in AGES.items():
        found.append((name, "", int(low), OPEN if np.isinf(end) else int(end) - 1))
    return found


def _summed(
    people: dict[_Band, FloatArray], sex: str, low: int, high: int
) -> tuple[FloatArray, set[_Band]] | None:
    """Return the people of some ages and the classes that they are summed of; None of no tiling."""
    for of_sex, part in ((sex, 1.0), ("", 0.5 if sex else 1.0)):
        tiles = _tiles(people, of_sex, low, high)
        if tiles is not None:
            return part * np.sum([people[band] for band in tiles], axis=0), set(tiles)
    if not sex:
        men, women = (_tiles(people, one, low, high) for one in ("men", "women"))
        if men is not None and women is not None:
            both = [*men, *women]
            return np.asarray(np.sum([people[band] for band in both], axis=0)), set(both)
    return None


def _tiles(people: dict[_Band, FloatArray], sex: str, low: int, high: int) -> list[_Band] | None:
    """Return classes of a sex that follow one another over some ages, none twice; None if none."""
    found: list[_Band] = []
    at = low
    while at <= high:
        fit = [one for one in people if one.sex == sex and one.low == at and one.high <= high]
        if not fit:
            return None
        found.append(max(fit, key=lambda one: one.high))
        at = found[-1].high + 1
    return found
