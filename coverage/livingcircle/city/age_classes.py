"""Which columns of a table count people of some ages, and of which."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from livingcircle.city.age_headers import OPEN, AgeHeader, age_header
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.read import Table
from livingcircle.localized import LocalizedText
from livingcircle.vocab.gait import strata
from livingcircle.vocab.groups import AGES

__all__ = [
    "KEPT_COLUMNS",
    "AgeBand",
    "AgeClass",
    "age_classes",
    "each_age_once",
    "named_headers",
    "released",
    "tiles_of",
]

_FEW = 3
"""Fewer classes named by their first age alone may be anything."""
_WIDEST = 10
"""A class named by its first age alone is a year, four, five or ten wide wherever published."""
_OLD = 65
"""The last class named by its first age alone is open from here on, as grids publish them."""
_WHOLE = 80
"""Bare ranges are ages where they follow one another from 0 to here or farther."""
_ELDERLY = 60
"""The first year of the open class of such ranges, at least."""
_SHOWN = 4
KEPT_COLUMNS = ("source_row", "status", "reason", "reason_zh", "opening", "geometry")
"""Columns of our own, which count nobody."""


@dataclass(frozen=True)
class AgeBand:
    """Whom a column counts."""

    sex: str
    """"men", "women", or "" for both together."""
    low: int
    high: int
    """Last year of life; ``OPEN`` where there is none."""


@dataclass(frozen=True)
class AgeClass:
    """A column of a table that counts people of some ages."""

    own: str
    column: str
    """What it is called in the frame."""
    role: str
    """What it was understood as before; "" for a column that nothing was made of."""
    stated: bool
    """The user says what it is."""
    header: AgeHeader
    band: AgeBand


def age_classes(table: Table, alone: Collection[str]) -> tuple[list[AgeClass], list[Note]]:
    """Return the columns that count people of some ages, and what looks so and is not taken."""
    of_ages = {*(one.column for one in strata()), *AGES}
    means = {column.role: column for column in table.columns}
    heads: dict[str, tuple[str, str, bool, AgeHeader]] = {}
    for name in table.frame.columns:
        column = means.get(str(name))
        own = str(name) if column is None else column.own
        skipped = (
            name in KEPT_COLUMNS or own in alone or (column is not None and name not in of_ages)
        )
        header = None if skipped else age_header(own)
        if header is not None:
            role, stated = ("", False) if column is None else (column.role, column.how == "stated")
            heads[own] = (str(name), role, stated, header)
    ends = _with_ends({own: head[3] for own, head in heads.items()})
    all_classes = [
        AgeClass(own, *heads[own], AgeBand(heads[own][3].sex, heads[own][3].low, high))
        for own, high in ends.items()
    ]
    letters = {one.band.sex for one in all_classes if one.header.by == "letter"}
    bare = [
        one
        for one in all_classes
        if not one.role
        and not one.header.share
        and (not one.header.by or (one.header.by == "letter" and len(letters) == 1))
    ]
    doubted = [one for one in bare if not _whole_life(all_classes, one.band.sex)]
    classes = [one for one in all_classes if one not in doubted]
    if len(doubted) < 2:
        return classes, []
    zh, en = named_headers(one.own for one in doubted)
    text = LocalizedText(
        f"{zh} 可能是年龄段，但表头未写明，又不是从 0 岁连续到高龄：未计为人口；"
        "若是人口，请在表头写“岁”",
        f"{en}: these may be ages, but their headers do not say so, nor do they go on from 0 to"
        ' old age: they are not counted as people; if they are, write "years" in the headers',
    )
    return classes, [Note(table.file, "ages", text)]


def _with_ends(heads: Mapping[str, AgeHeader]) -> dict[str, int]:
    """Return the last year of each class; one named by its first age goes to where the next is."""
    ends = {own: head.high for own, head in heads.items() if head.high is not None}
    for sex in ("men", "women"):
        lows = sorted({head.low for head in heads.values() if head.sex == sex})
        named = sum(head.sex == sex and head.high is None for head in heads.values())
        if named < _FEW:
            continue
        after = dict(pairwise(lows))
        for own, head in heads.items():
            if head.sex != sex or head.high is not None:
                continue
            if head.low in after and after[head.low] - head.low <= _WIDEST:
                ends[own] = after[head.low] - 1
            elif head.low not in after and head.low >= _OLD:
                ends[own] = OPEN
    return {own: ends[own] for own in heads if own in ends}


def _whole_life(classes: Sequence[AgeClass], sex: str) -> bool:
    """Return whether classes of a sex follow one another from 0 to old age."""
    bands = [one.band for one in classes if one.band.sex == sex]
    # Storeys and rooms go on from 0 too, and end with "9 and more".
    ends = {b.high for b in bands if (b.low >= _ELDERLY if b.high == OPEN else b.high >= _WHOLE)}
    return any(tiles_of(bands, sex, 0, end) is not None for end in ends)


def each_age_once(
    file: str, classes: Sequence[AgeClass]
) -> tuple[list[AgeClass], list[AgeClass], list[Note]]:
    """Return one class of each ages, the others, and what is told of them.

    People are taken rather than their shares, and else the first of two columns.
    """
    first: dict[AgeBand, AgeClass] = {}
    for one in sorted(classes, key=lambda one: (bool(one.header.share), not one.role)):
        first.setdefault(one.band, one)
    again = [one for one in classes if first[one.band] is not one]
    notes = []
    for one in again:
        kept = shorten(first[one.band].own)
        text = LocalizedText(
            f"与“{kept}”是同一年龄段：只采用“{kept}”", f"is of the ages of '{kept}', which is taken"
        )
        notes.append(Note(file, shorten(one.own), text, f'columns = {{ "{kept}" = "" }}'))
    return [one for one in classes if first[one.band] is one], again, notes


def released(table: Table, classes: Sequence[AgeClass]) -> Table:
    """Return a table whose columns of some classes mean nothing, under their own names."""
    frame, gone = table.frame, [one for one in classes if one.role]
    names = {
        one.column: one.own if one.own not in frame else f"{one.own}_as_written" for one in gone
    }
    said = {shorten(one.own) for one in gone}
    return replace(
        table,
        frame=frame.rename(columns=names),
        columns=tuple(column for column in table.columns if column.role not in names),
        notes=tuple(note for note in table.notes if note.field not in said),
    )


def tiles_of(bands: Iterable[AgeBand], sex: str, low: int, high: int) -> list[AgeBand] | None:
    """Return classes of a sex that follow one another over some ages, none twice; None if none.

    Of several such the one of fewest classes.
    """
    reached: dict[int, list[AgeBand]] = {low: []}
    for one in sorted(bands, key=lambda band: band.low):
        before = reached.get(one.low)
        if one.sex != sex or one.high > high or before is None:
            continue
        known = reached.get(one.high + 1)
        if known is None or len(known) > len(before) + 1:
            reached[one.high + 1] = [*before, one]
    return reached.get(high + 1)


def named_headers(owns: Iterable[str]) -> tuple[str, str]:
    """Return some headers in both languages, the first ones of many."""
    names = [shorten(own, 30) for own in owns]
    more = len(names) > _SHOWN
    return (
        "、".join(names[:_SHOWN]) + "……" * more,
        ", ".join(names[:_SHOWN]) + ", ..." * more,
    )
