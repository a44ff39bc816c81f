"""The static site: an index of cities and one page per city; plain files with relative links."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jinja2 import ChainableUndefined, Environment
from markupsafe import Markup

from livingcircle._resources import resource_text
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.publish.night_record import ChangeRow
from livingcircle.publish.text.change_text import before_after
from livingcircle.publish.web.report import amount_text, page_environment
from livingcircle.publish.web.site_model import (
    CityFolder,
    Moment,
    ScoreRow,
    read_city_folder,
    totals,
)
from livingcircle.publish.web.site_trend import NIGHTS, sparkline
from livingcircle.standards.judge import VERDICTS

__all__ = ["CityView", "NightView", "write_site"]

NIGHTS_LISTED = 14
"""Two weeks of nights in the table of a city's page; the JSON files have them all."""

STANDARDS_LISTED = 3
"""Standards named in what changed on the index."""

_STATIC = ("site.css", "site.js")


@dataclass(frozen=True)
class CityView:
    """One city, its folder being ``cities/<slug>`` of the site."""

    slug: str
    name: str
    """As in city.toml; for a city of which there is no result yet."""
    state: str
    """Of tonight: ``computed``, ``unchanged`` or ``failed``."""
    error: LocalizedText | None
    moments: Sequence[Moment]
    """The oldest first, tonight the last."""

    @property
    def fresh(self) -> bool:
        """Whether the page shows what tonight's inputs give."""
        return self.state != "failed"

    @property
    def good(self) -> str:
        """When the results shown were last known to be those of the inputs, as ISO 8601."""
        good = (m.started for m in reversed(self.moments) if m.state in ("computed", "unchanged"))
        return next(good, "")


@dataclass(frozen=True)
class NightView:
    """The night itself."""

    night: str
    started: str
    version: str


def write_site(site: Path, cities: Sequence[CityView], night: NightView) -> None:
    """Write index.html, the city pages and what they share.

    Parameters
    ----------
    site
        The folder of the site; ``cities/<slug>/data`` holds the output of a run where there is
        one, ``nights`` the JSON files.
    cities
        Every city, in the order of the index.
    night
        When this is.
    """
    assets = site / "assets"
    assets.mkdir(exist_ok=True)
    for name in _STATIC:
        text = resource_text("livingcircle.publish.web", f"static/{name}")
        (assets / name).write_text(text, encoding="utf-8", newline="\n")
    pages = _environment()
    cards, credits_ = [], []
    for view in cities:
        folder = site / "cities" / view.slug
        found = read_city_folder(folder) if (folder / "data" / "run.json").is_file() else None
        cards.append(_card(view, found))
        if found is not None:
            credits_.append(found.credit)
            _write(pages, "site_city.html.j2", folder / "index.html", _city(view, found, night))
    index = {
        "cards": cards,
        "night": night,
        "stale": sum(not view.fresh for view in cities),
        "moved": sum(bool(view.moments) and view.moments[-1].moved for view in cities),
        "first": all(len(view.moments) <= 1 for view in cities),
        "root": "",
        "credit": next(filter(None, credits_), None),
    }
    _write(pages, "site_index.html.j2", site / "index.html", index)


def _write(pages: Environment, template: str, path: Path, values: Mapping[str, object]) -> None:
    text = pages.get_template(template).render(**values)
    path.write_text(text, encoding="utf-8", newline="\n")


def _environment() -> Environment:
    pages = page_environment()
    # Nights that an earlier version wrote may lack what this one shows.
    pages.undefined = ChainableUndefined
    pages.filters.update(
        day=lambda text: _time(text)[:10],
        minute=_time,
        size=_size,
        figure=_figure,
        score_value=_score_value,
    )
    pages.globals.update(statuses=VERDICTS, before_after=before_after, share=_share, many=_many)
    return pages


def _score_value(row: Mapping[str, object]) -> str:
    """Return the value of a row of the scorecard: a share of units is n/m."""
    if row.get("counts_units") == "True":
        return f"{float(str(row['numerator'])):,.0f}/{float(str(row['denominator'])):,.0f}"
    value, target = (
        one if isinstance(one, float) else None for one in (row.get("value"), row.get("target"))
    )
    return amount_text(value, str(row.get("unit") or ""), target)


def _time(text: object) -> str:
    """Return an ISO time as a person reads it, in its own zone, which is named."""
    try:
        moment = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return "–"
    zone = f" {moment.tzinfo}" if moment.tzinfo is not None else ""
    return f"{moment:%Y-%m-%d %H:%M}{zone}"


def _size(size: int) -> str:
    """Return bytes as a person reads them.

    >>> _size(900), _size(15_300), _size(2_500_000)
    ('900 B', '15 kB', '2.5 MB')
    """
    if size < 1000:
        return f"{size} B"
    return f"{size / 1000:.0f} kB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _figure(value: object) -> str:
    """Return a count or a length as a whole number."""
    return number(round(value)) if isinstance(value, int | float) else "–"


def _many(count: int, word: str) -> str:
    """Return a count with its English word.

    >>> _many(1, "gap"), _many(2, "gap"), _many(3, "city|cities")
    ('1 gap', '2 gaps', '3 cities')
    """
    one, _, more = word.partition("|")
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _share(row: ChangeRow, part: float) -> str:
    """Return one input's share of a difference, with its sign."""
    unit = row.get("unit") if row.get("field") in ("value", "target") else None
    text = percent(abs(part)) if unit == "share" else number(abs(part))
    return f"{'+' if part > 0 else '−'}{text}"


def _card(view: CityView, found: CityFolder | None) -> dict[str, object]:
    """Return what the index shows of a city."""
    last = view.moments[-1] if view.moments else None
    return {
        "view": view,
        "found": found,
        "link": quote(f"cities/{view.slug}/index.html") if found else None,
        "plans": _plans(found, last),
        "trend": _trend(view.moments),
        "last": last,
        "status_changes": _status_changes(last),
    }


def _plans(found: CityFolder | None, last: Moment | None) -> list[dict[str, object]]:
    if found is None or last is None:
        return []
    titles = {name: (zh, en) for name, zh, en in found.plans}
    return [
        {
            "id": name,
            "title": titles.get(name, (name, name)),
            "counts": counts,
            "expired": found.expired.get(name),
        }
        for name, counts in last.plans.items()
    ]


def _trend(moments: Sequence[Moment]) -> dict[str, object] | None:
    """Return how the number of standards met went over the nights."""
    shown = [m for m in moments if m.plans][-NIGHTS:]
    if not shown:
        return None
    met = [totals(m.plans)["met"] for m in shown]
    return {
        "line": sparkline([float(v) for v in met]),
        "first": met[0],
        "last": met[-1],
        "nights": len(shown),
    }


def _status_changes(last: Moment | None) -> list[ChangeRow]:
    """Return the changes of status that the index names."""
    if last is None or not last.changes:
        return []
    rows = [r for r in last.changes.get("standards", ()) if r.get("field") == "status"]
    return rows[:STANDARDS_LISTED]


def _city(view: CityView, found: CityFolder, night: NightView) -> dict[str, object]:
    """Return what a city's page shows."""
    last = view.moments[-1] if view.moments else None
    changed = next((m for m in reversed(view.moments) if m.moved), None)
    return {
        "view": view,
        "city": found,
        "credit": found.credit,
        "night": night,
        "plans": [
            {
                "id": name,
                "title": (zh, en),
                "rows": [_with_line(r, view.moments) for r in found.standards if r["pack"] == name],
                "counts": _counts(found, name),
                "expired": found.expired.get(name),
            }
            for name, zh, en in found.plans
        ],
        "trend": _trend(view.moments),
        "last": last,
        "changed": changed,
        "changed_tonight": changed is not None and last is not None and changed.night == last.night,
        "gap_standards": _gap_standards(found),
        "has_map": any(d.name == "map.html" for d in found.downloads),
        "has_report": any(d.name == "report.html" for d in found.downloads),
        "has_changes": any(d.name == "changes.csv" for d in found.downloads),
        "history": [_night_row(m) for m in list(reversed(view.moments))[:NIGHTS_LISTED]],
        "nights": len(view.moments),
        "root": "../../",
    }


def _gap_standards(found: CityFolder) -> list[tuple[str, str, str]]:
    """Return id and statements of the standards that have gaps, in the order of the plans."""
    having = {gap["standard"] for gap in found.gaps}
    return [
        (row["id"], row["statement_zh"], row["statement_en"])
        for row in found.standards
        if row["id"] in having
    ]


def _counts(found: CityFolder, pack: str) -> dict[str, int]:
    rows = [row for row in found.standards if row["pack"] == pack]
    own = [row["status"] for row in rows if row["force"] != "may"]
    return {status: own.count(status) for status in VERDICTS} | {"may": len(rows) - len(own)}


def _with_line(row: ScoreRow, moments: Sequence[Moment]) -> dict[str, object]:
    """Add the line of a standard's value over the nights."""
    key = f"{row['pack']}/{row['id']}"
    values = [m.values[key][1] if key in m.values else None for m in moments]
    share = row["unit"] == "share"
    moved = len({v for v in values if v is not None}) > 1
    line = sparkline(values, high=1.0 if share else None) if moved else Markup("")
    return {**row, "line": line}


def _night_row(moment: Moment) -> dict[str, object]:
    return {"moment": moment, "counts": totals(moment.plans), "file": quote(moment.night)}
