"""Write docs/columns.md from the vocabularies of the intake: python docs/make_columns.py.

The headers, units and words that are understood without being stated stand in TOML files that the
code reads; the page is made of the same files, so that it cannot say anything else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import livingcircle
from livingcircle.io.notes import word_in_chinese

PAGE = Path(__file__).resolve().parent / "columns.md"
PACKAGE = Path(livingcircle.__file__).resolve().parent
HEAD = """# What is understood without being stated

Written from the code by `python docs/make_columns.py`; change the TOML files there.

`check` says how every column was understood. What is understood wrongly, or not at all, is stated
in city.toml: `columns = { "its header" = "residents" }`, and `columns = { "its header" = "" }`
leaves a column alone. Case, blanks, punctuation, brackets and full-width forms of a header do not
matter, and a unit in brackets or behind a slash (`面积(亩)`, `人口/万人`) is that of its column.
"""
TYPES = {
    "text": "text", "id": "text, each row its own", "lon": "degrees or metres",
    "lat": "degrees or metres", "point": "two numbers, or well-known text",
    "count": "a number", "area_m2": "an area", "area_km2": "an area", "year": "a year",
    "hours": "hours a day", "yesno": "yes or no", "level": "a level",
    "urban_rural": "urban or rural", "primary_care": "a level of primary care",
}  # fmt: skip
TOPICS = {
    "yesno": "Yes and no", "level": "Levels of units", "urban_rural": "Urban and rural",
    "primary_care": "Levels of primary care", "datum": "Datums within the header of a coordinate",
}  # fmt: skip


def page() -> str:
    """Return the page."""
    headers, values = _toml("io/table/headers.toml"), _toml("io/table/values.toml")
    operation = _toml("city/operation.toml")
    parts = [HEAD, *_columns(headers), *_numbers(values)]
    for topic, title in TOPICS.items():
        parts += [f"## {title}", _table(("means", "words"), values[topic].items())]
    parts += _categories(_toml("vocab/categories.toml"))
    words = {"counts": operation["open"], "does not count": operation["not_open"]}
    parts += ["## Is a facility open (状态)", _table(("the facility", "words"), words.items())]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _columns(headers: dict[str, Any]) -> list[str]:
    lines = ["| column | | cells | headers | tables |", "| --- | --- | --- | --- | --- |"]
    for name, role in headers.items():
        endings = [f"…{ending}" for ending in role.get("endings", ())]
        written = _listed([*(a for a in role["aliases"] if a != name), *endings])
        where = ", ".join(role.get("only", ())) or "all"
        cells = TYPES[role.get("type", "text")]
        lines.append(f"| `{name}` | {word_in_chinese(name)} | {cells} | {written} | {where} |")
    return ["## Columns", "\n".join(lines)]


def _categories(vocabulary: dict[str, Any]) -> list[str]:
    lines = ["| category | | written | Amap |", "| --- | --- | --- | --- |"]
    for name, entry in vocabulary.items():
        if "zh" not in entry:  # other tables of the file
            continue
        written = _listed([entry["zh"], entry["en"], *entry.get("aliases", ())])
        amap = _listed(entry.get("amap", ()))
        lines.append(f"| `{name}` | {entry['zh']} | {written} | {amap} |")
    return ["## Categories of facilities", "\n".join(lines)]


def _numbers(values: dict[str, Any]) -> list[str]:
    times = [(f"{factor:,.10g}", [word]) for word, factor in values["multiples"].items()]
    areas: dict[str, list[str]] = {}
    for word, factor in values["units"]["area"].items():
        areas.setdefault(f"{factor:,.10g}", []).append(word)
    return [
        "## Numbers",
        "Thousands may be set off by commas, blanks or apostrophes (`1,234.5`), and where a file"
        " divides its cells by semicolons, or the last sign is a comma, that is the decimal sign"
        " (`1.234,5`). Full-width digits are digits. Words such as 约, 近, 以上 are left out, and"
        " that is noted.",
        "Missing, in a column of numbers: " + _listed(w for w in values["empty"] if w) + ".",
        _table(("times", "written behind the number"), times),
        _table(("square metres", "written"), areas.items()),
        "A row is set aside as a total if an early cell says one of: "
        + _listed(values["totals"])
        + ".",
    ]


def _table(head: tuple[str, str], rows: Iterable[tuple[str, Any]]) -> str:
    lines = [f"| {head[0]} | {head[1]} |", "| --- | --- |"]
    return "\n".join([*lines, *(f"| {of} | {_listed(words)} |" for of, words in rows)])


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`".replace("|", "\\|") for word in dict.fromkeys(words))


def _toml(path: str) -> dict[str, Any]:
    return tomllib.loads((PACKAGE / path).read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
