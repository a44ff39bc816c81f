"""Columns of people by sex and age, as censuses publish them, added up to what the city keeps."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray
from livingcircle.city.age_classes import (
    KEPT_COLUMNS,
    AgeBand,
    AgeClass,
    age_classes,
    each_age_once,
    named_headers,
    released,
    tiles_of,
)
from livingcircle.city.age_headers import OPEN
from livingcircle.io.notes import Note
from livingcircle.io.table.columns import convert
from livingcircle.io.table.headers import Column
from livingcircle.io.table.numbers import as_text
from livingcircle.io.table.read import Table, unused_note
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import strata
from livingcircle.vocab.groups import AGES
from livingcircle.vocab.texts import localized_name

__all__ = ["with_ages"]

_LAST = 99
"""The last decade of measured speeds holds the oldest too."""
_FEW = 3
"""Of fewer rows that sum to 100 it may be a number of people."""
_NEARLY_ALL = 0.9
_ROUNDED = 0.015
"""Shares that are rounded sum to 1 within this."""
_ALIKE = 0.02
"""People of all classes are the residents within this."""


def with_ages(table: Table, alone: Collection[str] = ()) -> Table:
    """Return a table with the people of each sex and decade, where its columns of ages add up.

    Classes of five years, single years or any that tile a decade are summed; where they are of both
    sexes, half are taken for each. Residents, old people and children that the table does not state
    are summed likewise, where the classes tile their ages. Shares are multiplied by the residents
    of the table; without these they count nobody. What is taken, and what is not, is told.

    Parameters
    ----------
    table
        As it was read.
    alone
        Columns that the user leaves alone.
    """
    classes, notes = age_classes(table, alone)
    classes, counted_twice, found = each_age_once(table.file, classes)
    notes += found
    table = released(table, [one for one in counted_twice if one.header.share])
    numbers, percent, found = _read(table, classes)
    notes += found
    shares = _shares(table, classes, numbers, percent)
    table, people, found = _counted(table, classes, numbers, shares)
    notes += found
    made: dict[str, FloatArray] = {}
    used: set[AgeBand] = set()
    halved: list[str] = []
    for name, sex, low, high in _wanted():
        if name in table.frame:
            continue
        whole = _summed(people, sex, low, high)
        if whole is not None:
            made[name], tiles = whole
            used |= tiles
            halved += [name] * (bool(sex) and all(not tile.sex for tile in tiles))
    if not (made or shares or counted_twice):
        return replace(table, notes=(*table.notes, *notes))
    taken = [one.own for one in classes if one.band in used]
    if made:
        notes.append(_summed_note(table.file, taken, made, halved))
    multiplied = {one.own for one in classes if one.band in people and one.band in shares}
    known = {name for column in table.columns for name in (column.own, column.role)}
    known |= {f"{column.own}_as_written" for column in table.columns}
    known |= {*KEPT_COLUMNS, *taken, *multiplied}
    kept = [note for note in table.notes if note.field != "other columns"]
    kept += unused_note([name for name in table.frame.columns if name not in known], table.file)
    return replace(table, frame=table.frame.assign(**made), notes=(*kept, *notes))


# -- what they hold ----------------------------------------------------------------------------


def _read(
    table: Table, classes: Sequence[AgeClass]
) -> tuple[dict[AgeBand, FloatArray], set[AgeBand], list[Note]]:
    """Return the numbers of each class, those whose cells are per cent, and notes on cells."""
    numbers: dict[AgeBand, FloatArray] = {}
    percent: set[AgeBand] = set()
    notes: list[Note] = []
    rows = table.frame["source_row"].to_numpy()
    for one in classes:
        values = table.frame[one.column]
        if not one.role:
            if not pd.api.types.is_numeric_dtype(values.dtype):
                text = as_text(values).str.strip()
                signs = text.str.endswith(("%", "％"))
                if signs.any() and signs.sum() >= _NEARLY_ALL * (text != "").sum():
                    percent.add(one.band)
                    values = text.str.rstrip("%％ ")
            means = Column(one.own, one.own, "count", "alias", one.header.factor)
            read, found = convert(values, means, rows, table.file, comma=False)
            notes += found
            numbers[one.band] = np.asarray(read, dtype=np.float64)
        else:
            numbers[one.band] = values.to_numpy(dtype=np.float64)
    return numbers, percent, notes


def _shares(
    table: Table,
    classes: Sequence[AgeClass],
    numbers: Mapping[AgeBand, FloatArray],
    percent: Collection[AgeBand],
) -> dict[AgeBand, float]:
    """Return the classes that hold shares, and the share of all residents that 1 stands for.

    NaN where it is not known of whom they are shares.
    """
    found: dict[AgeBand, float] = {}
    free = [one for one in classes if not one.stated]
    of_all = [("",), ("men", "women")]
    of_sex = [(sex,) for sex in ("men", "women") if any(one.band.sex == sex for one in free)]
    scales = {}
    for sexes in (*of_all, *of_sex):
        bands = [one.band for one in free if one.band.sex in sexes]
        scales[sexes] = _sum_of_shares(table, {band: numbers[band] for band in bands}, sexes)
    for sexes in of_all:
        scale = scales[sexes]
        if scale is not None:
            found |= {one.band: scale for one in free if one.band.sex in sexes}
    # Of the men 100 may be the number; of men and of women they are shares of each.
    if scales["men", "women"] is None and all(scales[sexes] is not None for sexes in of_sex):
        found |= {one.band: np.nan for one in free if one.band.sex}
    for one in free:
        band = one.band
        if band in found or not (one.header.share or band in percent):
            continue
        large = bool((numbers[band] > 1.0).any())
        scale = 0.01 if band in percent or one.header.share == "percent" or large else 1.0
        # Of whom a share of women is one, of all or of all women, nobody knows.
        found[band] = np.nan if band.sex else scale
    return found


def _sum_of_shares(
    table: Table, numbers: Mapping[AgeBand, FloatArray], sexes: Sequence[str]
) -> float | None:
    """Return 0.01 or 1 where the classes of each row sum to 100 or 1; None where they do not."""
    tiles: list[AgeBand] = []
    for sex in sexes:
        mine = [band for band in numbers if band.sex == sex]
        if not mine:
            return None
        whole = tiles_of(mine, sex, min(b.low for b in mine), max(b.high for b in mine))
        if whole is None:
            return None
        tiles += whole
    if len(tiles) < 2:
        return None
    each = np.array([numbers[band] for band in tiles])
    total = each.sum(axis=0)
    known = np.isfinite(total) & (total > 0)
    # Of part of the ages 100 in a row or two is as likely a number of people.
    if known.sum() < (1 if any(tile.low == 0 for tile in tiles) else _FEW):
        return None
    if "residents" in table.frame:
        residents = table.frame["residents"].to_numpy(dtype=np.float64)
        alike = np.abs(total - residents) <= np.maximum(_ALIKE * residents, 1.0)
        if alike[known].mean() >= _NEARLY_ALL:
            return None
    for scale in (0.01, 1.0):
        near = np.abs(total[known] * scale - 1.0) <= _ROUNDED
        # One person in each row is whole wherever it stands; shares of 1 are not.
        whole_people = scale == 1.0 and bool((each[:, known] % 1 == 0).all())
        if near.mean() >= _NEARLY_ALL and not whole_people:
            return scale
    return None


def _counted(
    table: Table,
    classes: Sequence[AgeClass],
    numbers: Mapping[AgeBand, FloatArray],
    shares: Mapping[AgeBand, float],
) -> tuple[Table, dict[AgeBand, FloatArray], list[Note]]:
    """Return the people of each class: shares are multiplied by residents, or count nobody."""
    if not shares:
        return table, dict(numbers), []
    frame = table.frame
    residents = np.full(len(frame), np.nan)
    if "residents" in frame:
        residents = frame["residents"].to_numpy(dtype=np.float64)
    known = bool(np.isfinite(residents).any())
    people = dict(numbers)
    multiplied, set_aside = [], []
    for one in classes:
        scale = shares.get(one.band)
        if scale is None:
            continue
        if known and np.isfinite(scale):
            people[one.band] = numbers[one.band] * scale * residents
            multiplied.append(one)
        else:
            del people[one.band]
            set_aside.append(one)
    values = {one.role: people[one.band] for one in multiplied if one.role}
    table = released(replace(table, frame=frame.assign(**values)), set_aside)
    notes = []
    if multiplied:
        zh, en = named_headers(one.own for one in multiplied)
        text = LocalizedText(
            f"{zh} 是占比：乘以各行常住人口，得各年龄人数",
            f"{en}: shares, made people by the residents of each row",
        )
        notes.append(Note(table.file, "ages", text, 'columns = { "..." = "" }', match=True))
    if set_aside:
        zh, en = named_headers(one.own for one in set_aside)
        text = LocalizedText(
            f"{zh} 是占比而不是人数：未计为人口；同一表中给出全体人口的占比和常住人口，"
            "即可换算为人数",
            f"{en}: shares and not people, which are not counted; give shares of all people,"
            " and residents in the same table, and they are made people",
        )
        overrule = "" if known else 'columns = { "..." = "residents" }'
        notes.append(Note(table.file, "ages", text, overrule, match=True))
    return table, people, notes


# -- sums --------------------------------------------------------------------------------------


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
    people: dict[AgeBand, FloatArray], sex: str, low: int, high: int
) -> tuple[FloatArray, set[AgeBand]] | None:
    """Return the people of some ages and the classes that they are summed of; None of no tiling."""
    for of_sex, part in ((sex, 1.0), ("", 0.5 if sex else 1.0)):
        tiles = tiles_of(people, of_sex, low, high)
        if tiles is not None:
            return part * np.sum([people[band] for band in tiles], axis=0), set(tiles)
    if not sex:
        men, women = (tiles_of(people, one, low, high) for one in ("men", "women"))
        if men is not None and women is not None:
            both = [*men, *women]
            return np.asarray(np.sum([people[band] for band in both], axis=0)), set(both)
    return None


# -- words -------------------------------------------------------------------------------------


def _summed_note(
    file: str, summed: Sequence[str], made: Iterable[str], halved: Sequence[str]
) -> Note:
    zh, en = named_headers(summed)
    called = [localized_name("column", name) for name in made]
    zh = f"{len(summed)} 列分年龄人口（{zh}）加总为：{'、'.join(one.zh for one in called)}"
    columns = "1 column" if len(summed) == 1 else f"{len(summed)} columns"
    verb = "is" if len(summed) == 1 else "are"
    en = f"{columns} of people by age ({en}) {verb} summed to: "
    en += ", ".join(one.en for one in called)
    if halved:
        which = [localized_name("column", name) for name in halved]
        every = len(halved) == len(strata())
        zh += "；表中不分男女，按男女各半计"
        en += "; the classes are of both sexes together, of which each is taken as half"
        if not every:
            zh += f"：{'、'.join(one.zh for one in which)}"
            en += f": {', '.join(one.en for one in which)}"
    return Note(file, "ages", LocalizedText(zh, en), 'columns = { "..." = "" }', match=True)
