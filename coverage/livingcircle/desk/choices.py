"""What was chosen on the page, as the city.toml that it stands for."""

from __future__ import annotations

from typing import cast

from livingcircle.desk.project import CITY, FileCard, Project, city_text
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText

__all__ = ["chosen_text"]


def chosen_text(project: Project, asked: dict[str, object]) -> str:
    """Return the city.toml of a text, or of choices, that were sent from the page.

    Raises
    ------
    InputError
        They were made on a city.toml (``base``) that another window has changed since.
    """
    if "base" in asked and asked["base"] != project.text():
        raise InputError(
            LocalizedText(
                "已在别处（另一个窗口或程序）改动，没有覆盖",
                "was changed elsewhere (another window, another program): left as it is",
            ),
            file=CITY,
            hint=LocalizedText(
                "请从“开始”重新打开项目，再做一次选择。", "Open the project again and choose again."
            ),
        )
    if "text" in asked:
        return str(asked["text"])
    as_of = asked.get("as_of")
    return city_text(
        str(asked.get("name") or project.folder.name),
        cast("list[FileCard]", asked["files"]),
        [str(pack) for pack in cast("list[object]", asked.get("packs", []))],
        str(asked.get("walker") or ""),
        int(str(as_of)) if as_of else None,
        project.text(),
    )
