"""What was chosen on the page, as the city.toml that it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from livingcircle.desk.city_text import CITY, MEANING_TABLES, FileCard, city_text, table_or_empty
from livingcircle.desk.project import Project, safe_name
from livingcircle.errors import ConfigError, InputError, LivingCircleError
from livingcircle.localized import LocalizedText
from livingcircle.standards.loader import load_pack

__all__ = ["ChangedElsewhereError", "chosen_text"]


class ChangedElsewhereError(InputError):
    """What was sent was chosen on a state of the project that is no longer so."""


def chosen_text(project: Project, asked: dict[str, object]) -> str:
    """Return the city.toml of a text, or of choices, that were sent from the page.

    Raises
    ------
    ChangedElsewhereError
        They were made on a city.toml (``base``) that another window has changed since.
    InputError
        A file is none of the project's own.
    ConfigError
        The year is none.
    """
    if "base" in asked and asked["base"] != project.text():
        raise ChangedElsewhereError(
            LocalizedText(
                "已在别处（另一个窗口或程序）改动，没有覆盖",
                "was changed elsewhere (another window, another program): left as it is",
            ),
            file=CITY,
            hint=LocalizedText(
                "页面已换成现在的内容，请再做一次选择。",
                "The page shows it as it is now; choose again.",
            ),
        )
    if "text" in asked:
        return str(asked["text"])
    assess: dict[str, object] = {
        "walker": str(asked.get("walker") or ""),
        "as_of": _year(asked.get("as_of")),
        "parameters": table_or_empty(asked.get("parameters")),
        "targets": table_or_empty(asked.get("targets")),
        "readings": _readings(asked.get("readings")),
    }
    packs = [str(pack) for pack in cast("list[object]", asked.get("packs", []))]
    _leave_out_of_others(assess, project, packs)
    tables = table_or_empty(asked.get("tables"))
    cards = cast("list[FileCard]", asked["files"])
    for card in cards:
        safe_name(card["name"])  # a card is of a file of the project's own
    return city_text(
        str(asked.get("name") or project.folder.name),
        cards,
        packs,
        assess,
        project.text(),
        {name: table_or_empty(tables[name]) for name in MEANING_TABLES if name in tables},
    )


def _leave_out_of_others(assess: dict[str, object], project: Project, packs: Sequence[str]) -> None:
    """Leave out what was chosen for a plan that is chosen no more: it would be an error."""
    try:
        found = [load_pack(project.place(p) if p.endswith(".toml") else p) for p in packs]
    except LivingCircleError:
        return  # the check tells what is wrong with it
    ids = {entry.id for pack in found for entry in pack.requirements}
    parameters = {name for pack in found for name in pack.parameters}
    for table in ("targets", "readings"):
        said = table_or_empty(assess[table])
        assess[table] = {k: v for k, v in said.items() if k.rpartition(":")[2] in ids}
    said = table_or_empty(assess["parameters"])
    assess["parameters"] = {k: v for k, v in said.items() if k in parameters}


def _readings(said: object) -> dict[str, dict[str, str]]:
    """Return requirement → axis → option, without what nothing is chosen of."""
    chosen = {
        name: {axis: str(option) for axis, option in table_or_empty(options).items() if option}
        for name, options in table_or_empty(said).items()
    }
    return {name: options for name, options in chosen.items() if options}


def _year(said: object) -> int | None:
    """Return the year of an assessment, None where none is chosen."""
    text = str(said if said is not None else "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and 1900 <= int(text) <= 2200):
        raise ConfigError(
            LocalizedText(f"“{text[:20]}”不是年份", f"'{text[:20]}' is no year"),
            file=CITY,
            field="assess.as_of",
            hint=LocalizedText(
                "请填 1900 至 2200 之间的整数，或留空（今年）。",
                "Give a whole number from 1900 to 2200, or none (this year).",
            ),
        )
    return int(text)
