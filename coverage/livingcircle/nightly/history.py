"""The history of a site: one small JSON per night, in the site's folder ``nights``."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from pydantic import BaseModel

from livingcircle.io.ownership import link_tree
from livingcircle.publish.json_text import json_text
from livingcircle.publish.night_record import CityNight, Night, ResultRecord
from livingcircle.publish.web.site_model import Moment
from livingcircle.secrets import masked_all

__all__ = ["KEEP_NIGHTS", "night_name", "read_nights", "timeline", "write_nights"]

KEEP_NIGHTS = 400
"""A year and a month, so that this year's figures stand beside last
year's. A city takes a word in a
night on which nothing changed, and up to 30 kB in one on which everything moved."""

_CARRIED = frozenset(ResultRecord.__annotations__)


_LAST_YEAR = 9000


class _Changes(BaseModel):
    """What a page reads of a night's changes."""

    opened: int = 0
    closed: int = 0
    undecided: int = 0
    moved: int = 0
    note: str = ""
    note_zh: str = ""
    inputs: list[tuple[str, str]] = []
    standards: list[dict[str, object]] = []
    gaps: list[dict[str, object]] = []


class _Entry(BaseModel):
    """What a page reads of a city in a night."""

    state: str = ""
    plans: dict[str, dict[str, int]] = {}
    values: dict[str, tuple[str | None, float | None, float | None]] = {}
    changes: _Changes | None = None
    error: str | None = None
    error_zh: str | None = None


class _Record(BaseModel):
    """A night's JSON, as far as it is read again."""

    cities: dict[str, _Entry]


def night_name(now: datetime.datetime, taken: Sequence[str] = ()) -> str:
    """Return a name for the night's file, later than all that are taken in order of names.

    >>> import datetime
    >>> now = datetime.datetime(2026, 11, 21, 2, 0, 5, tzinfo=datetime.UTC)
    >>> night_name(now), night_name(now, ["2026-11-21T020005Z"])
    ('2026-11-21T020005Z', '2026-11-21T020006Z')
    """
    moment = now.astimezone(datetime.UTC)
    last = max(taken, default="")
    # Two runs in one second, or a clock that was set back: history stays in order.
    if last and f"{moment:%Y-%m-%dT%H%M%SZ}" <= last:
        earlier = datetime.datetime.strptime(last, "%Y-%m-%dT%H%M%SZ")
        moment = earlier + datetime.timedelta(seconds=1)
    return f"{moment:%Y-%m-%dT%H%M%SZ}"


def read_nights(folder: Path) -> list[Night]:
    """Return all nights, the oldest first; a file that is no night is passed over."""
    nights = []
    for file in sorted(folder.glob("*.json")):
        try:
            night = json.loads(file.read_text(encoding="utf-8"))
            moment = datetime.datetime.strptime(file.stem, "%Y-%m-%dT%H%M%SZ")
            _Record.model_validate(night)
        except (OSError, ValueError, RecursionError, OverflowError):
            continue
        if moment.year >= _LAST_YEAR:
            # No clock says so; the nights to come could not follow it.
            continue
        if isinstance(night, dict) and isinstance(night.get("cities"), dict):
            # An earlier version may have kept a login: it must not be published again.
            nights.append(cast("Night", {**masked_all(night), "night": file.stem}))
    return nights


def write_nights(earlier: Path, target: Path, tonight: Night) -> list[Night]:
    """Write tonight's file into `target`, and link or copy the earlier ones there.

    Of more than ``KEEP_NIGHTS`` nights the oldest go; what later ones left out because it had not
    changed is written into the first that stays.

    Returns
    -------
    list
        All nights that are there now, the oldest first.
    """
    nights = [*read_nights(earlier), tonight]
    target.mkdir(parents=True)
    gone, kept = nights[:-KEEP_NIGHTS], nights[-KEEP_NIGHTS:]
    if gone:
        kept[0] = _filled(gone, kept[0])
        _write(target, kept[0])
    for night in kept[:-1]:
        if not (target / f"{night['night']}.json").exists():
            old = earlier / f"{night['night']}.json"
            if json.loads(old.read_text(encoding="utf-8")) == night:
                link_tree(old, target / old.name)
            else:
                _write(target, night)
    _write(target, kept[-1])
    return kept


def _write(folder: Path, night: Night) -> None:
    text = json_text(night)
    (folder / f"{night['night']}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _filled(gone: Sequence[Night], night: Night) -> Night:
    """Return a night with the values filled in that its cities did not repeat."""
    last: dict[str, CityNight] = {}
    for earlier in gone:
        for slug, entry in earlier["cities"].items():
            last[slug] = {**last.get(slug, CityNight()), **_carried(entry)}
    cities: dict[str, CityNight] = {
        slug: {**last.get(slug, CityNight()), **entry} for slug, entry in night["cities"].items()
    }
    return {**night, "cities": cities}


def _carried(entry: CityNight) -> CityNight:
    """Return what an unchanged city does not repeat."""
    return cast("CityNight", {key: value for key, value in entry.items() if key in _CARRIED})


def timeline(nights: Sequence[Night], slug: str) -> list[Moment]:
    """Return one city night by night, the oldest first; unchanged values are carried on."""
    out: list[Moment] = []
    carried = CityNight()
    for night in nights:
        entry = night["cities"].get(slug)
        if entry is None:
            continue
        carried = {**carried, **_carried(entry)}
        out.append(
            Moment(
                night["night"],
                str(night.get("started", "")),
                str(entry.get("state", "")),
                carried.get("plans", {}),
                carried.get("values", {}),
                entry.get("changes"),
                entry.get("error"),
            )
        )
    return out
