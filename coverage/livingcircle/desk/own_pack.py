"""Requirements that a planner writes by filling a form, kept as a pack in the project."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import tomli_w

from livingcircle.desk.city_text import OWN_TEXTS, is_generated, parse_toml, table_or_empty
from livingcircle.desk.project import Project, safe_name
from livingcircle.errors import ConfigError, LivingCircleError
from livingcircle.io.atomic import write_text
from livingcircle.localized import LocalizedText

if TYPE_CHECKING:
    from livingcircle.vocab.own import Vocabulary

__all__ = ["own_packs", "save_requirement", "vocabulary_of"]

_PACK = "my-requirements"
_OWN = ("id", "clause", "statement_zh", "statement_en", "force")


def own_packs(folder: Path) -> list[dict[str, object]]:
    """Return the packs that lie in a project: file, title, last year and ids of requirements."""
    out: list[dict[str, object]] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name in OWN_TEXTS or path.name.startswith(".") or path.is_symlink():
            continue
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            continue
        listed = data.get("requirement")
        if not isinstance(listed, list):
            continue
        document = table_or_empty(data.get("document"))
        titles = [str(document.get(f"title_{lang}") or path.stem) for lang in ("zh", "en")]
        ids = [str(table_or_empty(entry).get("id")) for entry in listed]
        until = document.get("until")
        out.append(
            {
                "id": path.name,
                "title": titles,
                "until": until if isinstance(until, int) else None,
                "requirements": ids,
            }
        )
    return out


def save_requirement(project: Project, asked: Mapping[str, object]) -> Path:
    """Add a requirement to a pack of the project's own, or change the one of that id.

    Parameters
    ----------
    asked
        ``requirement``: id, statement_zh, statement_en, clause, force, and the fields of its kind,
        those under ``toml`` as TOML values; ``pack``: the name of the file without its ending.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ConfigError
        Something that was filled in makes no valid requirement; says which field. Or the pack so
        far is no TOML; says in which line. Or it is a link, which may lead out of the project.
    """
    from livingcircle.standards.loader import read_pack

    name = safe_name(f"{asked.get('pack') or _PACK}.toml")
    place = project.place(name)
    entry = _entry(table_or_empty(asked.get("requirement")))
    by_hand = place.with_name(f".{name}.by-hand")
    for path in (place, by_hand):
        if path.is_symlink():
            raise ConfigError(
                LocalizedText("是指向别处的链接，不能写入", "is a link, which is not written to"),
                file=path.name,
                hint=LocalizedText("请换成普通文件。", "Put a plain file in its place."),
            )
    before = _earlier(place)
    data = _begun(place) if before is None else parse_toml(before, name)
    listed = data.get("requirement")
    others = [e for e in listed if e.get("id") != entry["id"]] if isinstance(listed, list) else []
    data["requirement"] = [*others, entry]
    text = tomli_w.dumps(data)
    read_pack(text, file=name, vocabulary=vocabulary_of(project))
    if before is not None and not is_generated(before):
        write_text(by_hand, before)  # with its comments
    write_text(place, text)
    return place


def _earlier(place: Path) -> str | None:
    try:
        return place.read_text(encoding="utf-8-sig") if place.is_file() else None
    except UnicodeDecodeError as error:
        raise ConfigError(
            LocalizedText("不是 UTF-8 文本", "this is not UTF-8 text"),
            file=place.name,
            hint=LocalizedText("请另存为 UTF-8。", "Save the file as UTF-8."),
        ) from error


def _begun(place: Path) -> dict[str, object]:
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in place.stem.lower())
    return {
        "id": plain.strip("-") or _PACK,
        "document": {
            "title_zh": "自拟要求",
            "title_en": "Requirements of one's own",
            "issuer_zh": "自拟",
            "issuer_en": "one's own",
        },
    }


def _entry(said: dict[str, object]) -> dict[str, object]:
    """Return an entry of a pack as the form was filled in; what is empty is left out."""
    nested = table_or_empty(said.pop("toml", None))
    entry = {key: value for key, value in said.items() if value not in ("", None, [], {})}
    for key, text in nested.items():
        if str(text).strip():
            entry[key] = _toml_value(key, str(text))
    statement = entry.get("statement_zh") or entry.get("statement_en")
    if not entry.get("id") or not statement:
        field = "id" if not entry.get("id") else "statement_zh"
        raise ConfigError(
            LocalizedText("这一项必须填写", "this has to be filled in"),
            field=field,
            hint=LocalizedText("请填写后再保存。", "Fill it in and save again."),
        )
    rest = {key: value for key, value in entry.items() if key not in _OWN}
    return {
        "id": entry["id"],
        "clause": entry.get("clause", "—"),
        "statement_zh": entry.get("statement_zh", statement),
        "statement_en": entry.get("statement_en", statement),
        "force": entry.get("force", "must"),
        **rest,
    }


def _toml_value(key: str, text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, KeyError, RecursionError) as error:
        raise ConfigError(
            LocalizedText(f"不是有效的 TOML 值（{error}）", f"is no value of TOML ({error})"),
            field=key,
            hint=LocalizedText("例如 [1, 2] 或 { new = true }。", "e.g. [1, 2] or { new = true }."),
        ) from error


def vocabulary_of(project: Project) -> Vocabulary | None:
    """Return what a project's city adds to the vocabulary; None where it cannot be read."""
    from livingcircle.city.city_file import read_config

    try:
        return read_config(project.city).vocabulary
    except LivingCircleError:
        return None
