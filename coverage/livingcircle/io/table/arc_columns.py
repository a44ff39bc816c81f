"""Degrees, minutes and seconds in columns of their own, put together into one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import pandas as pd

from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.headers import assign_roles
from livingcircle.io.table.numbers import as_text
from livingcircle.localized import LocalizedText

__all__ = ["with_whole_degrees"]

# 经度(度), 经度_分, 纬度 秒; lon_deg, Latitude (min)
_PART = re.compile(
    r"^(?P<axis>.+?)[\s(\[_/.-]*(?P<part>度|分|秒|deg(?:rees?)?|min(?:utes?)?|sec(?:onds?)?)[)\]]?$",
    re.IGNORECASE,
)
_PARTS = {"度": 0, "d": 0, "分": 1, "m": 1, "秒": 2, "s": 2}
_SIGNS = "°′″"


def with_whole_degrees(
    frame: pd.DataFrame, file: str, known: Collection[str] = ()
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Return a frame in which the parts of a longitude or latitude are one column, and notes.

    Parameters
    ----------
    frame
        Columns as they are called in the file.
    file
        For the notes.
    known
        Columns that are stated, which stay as they are.
    """
    found: dict[str, dict[int, str]] = {}
    for name in frame.columns:
        match = _PART.match(unicodedata.normalize("NFKC", str(name)).strip())
        if match is not None and name not in known:
            axis = match["axis"].strip()
            found.setdefault(axis, {}).setdefault(_PARTS[match["part"][0].lower()], str(name))
    notes = []
    for axis, parts in found.items():
        # Degrees alone are whole; of minutes alone nothing is known.
        if not {0, 1} <= parts.keys() or axis in frame.columns:
            continue
        if not {"lon", "lat"} & {column.role for column in assign_roles([axis])}:
            continue
        cells = {part: as_text(frame[name]).str.strip() for part, name in parts.items()}
        text = cells[0] + _SIGNS[0]
        for part in (1, 2):
            if part in cells:
                text += cells[part].where(cells[part] != "", "0") + _SIGNS[part]
        frame = frame.rename(columns={parts[0]: axis}).drop(
            columns=[parts[k] for k in (1, 2) if k in parts]
        )
        # Without its minutes a place is known to a degree; seconds are often left out.
        frame[axis] = text.where((cells[0] != "") & (cells[1] != ""), "")
        names = [shorten(parts[k]) for k in sorted(parts)]
        said = LocalizedText(
            "由" + "、".join(f"“{name}”" for name in names) + "各列合成",
            f"put together of the columns {', '.join(map(repr, names))}",
        )
        notes.append(Note(file, shorten(axis), said))
    return frame, tuple(notes)
