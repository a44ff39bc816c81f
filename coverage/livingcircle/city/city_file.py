"""city.toml as a file: read, validated, and its errors with the row and key that they are about."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_origin

from pydantic import BaseModel, ValidationError

from livingcircle._nearest import did_you_mean
from livingcircle.city.config import CityConfig
from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.io.formats.bounds import refuse_special
from livingcircle.secrets import masked
from livingcircle.vocab.categories import category_ids

__all__ = ["input_path", "known_categories", "read_config", "vocabulary_file"]


def read_config(path: str | Path) -> CityConfig:
    """Read and validate a city.toml.

    Raises
    ------
    MissingFileError
        The file is not there.
    ConfigError
        It is no TOML, holds an unknown key or a wrong value; says where, and what was meant.
    """
    path = Path(path)
    text = _text(path)
    try:
        data = _with_files(tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        raise ConfigError(
            f"this is not valid TOML: {error}",
            hint="Text values stand in quotes, and a Windows path in 'single quotes'",
            file=path,
            row=int(at[1]) if at else None,
        ) from None
    try:
        config = CityConfig.model_validate(data)
    except ValidationError as error:
        raise _explain(error, path, text) from None
    known_categories(config, path, text)
    return config


def input_path(folder: Path, source: str, *, file: Path, field: str) -> Path:
    """Return the path of an input that city.toml names, and make sure that it is there.

    A relative path is relative to city.toml and stays in its folder: with ``..`` a city that
    somebody else wrote could read, and publish, whatever lies beside it. Who wants a file from
    elsewhere says so with an absolute path, or a link in the folder.

    Parameters
    ----------
    folder
        The folder of city.toml.
    source
        As written.
    file, field
        For the message.

    Raises
    ------
    ConfigError
        The path climbs out of the folder, or is no path at all.
    MissingFileError
        Nothing is there; the message names files with a similar name.
    """
    if "\0" in source:
        raise ConfigError("a path cannot hold a null character", file=file, field=field)
    given = Path(source)
    if not given.is_absolute():
        # Compared as text: a link inside the folder is the user's own statement.
        inside = os.path.normpath(given)
        if inside == ".." or inside.startswith((f"..{os.sep}", "../")):
            raise ConfigError(
                f"'{source}' climbs out of the folder of the city",
                hint="Put the file into the folder, or state its absolute path",
                file=file,
                field=field,
            )
    path = folder / given
    refuse_special(path)
    # A name that is too long for the disk is no file either.
    if not os.path.exists(path):  # noqa: PTH110
        beside = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        relative = f"Paths are relative to the folder of {file.name}"
        raise MissingFileError(
            f"there is no file '{masked(source)}'",
            hint=did_you_mean(path.name, beside, relative, count=2),
            file=file,
            field=field,
        )
    return path


def _text(path: Path) -> str:
    refuse_special(path)
    if path.is_dir():
        raise ConfigError("this is a folder", hint=f"Did you mean {path / 'city.toml'}?", file=path)
    try:
        # Windows Notepad puts a byte-order mark before UTF-8.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise MissingFileError(
            "there is no such file", hint="`livingcircle new` writes one", file=path
        ) from None
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            "this is not UTF-8 text", hint="Save the file as UTF-8", file=path, row=row
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=path) from None


def _with_files(data: dict[str, object], path: Path) -> dict[str, object]:
    """Add the vocabulary that stands beside city.toml, and in the packs that it names.

    Of two that state the same id, city.toml wins over a file, and a file over a pack.
    """
    found: dict[str, dict[str, object]] = {"categories": {}, "columns": {}, "walkers": {}}
    assess = data.get("assess")
    packs = assess.get("packs") if isinstance(assess, dict) else None
    for pack in packs if isinstance(packs, list) else ():
        if isinstance(pack, str) and pack.endswith(".toml"):
            written = _toml_beside(path.parent / pack)
            for name in ("categories", "columns"):
                own = written.get(name)
                found[name] |= own if isinstance(own, dict) else {}
    for name, own in found.items():
        own |= _toml_beside(path.parent / f"{name}.toml")
    stated = data.get("vocabulary", {})
    if not isinstance(stated, dict) or not (stated or any(found.values())):
        return data
    for name, own in found.items():
        more = stated.get(name, {})
        found[name] = {**own, **more} if isinstance(more, dict) else more
    return {**data, "vocabulary": {**stated, **found}}


def vocabulary_file(path: Path, kind: str, name: str) -> Path:
    """Return the file that states an entry of a city's vocabulary.

    Parameters
    ----------
    path
        The city.toml.
    kind, name
        ``"categories"``, ``"columns"`` or ``"walkers"``, and the id.

    Returns
    -------
    Path
        The city.toml, a file beside it, or a pack that it names; of several the one that wins.
    """
    data = _toml_beside(path)
    stated = data.get("vocabulary")
    if isinstance(stated, dict) and name in (stated.get(kind) or {}):
        return path
    beside = path.parent / f"{kind}.toml"
    if name in _toml_beside(beside):
        return beside
    assess = data.get("assess")
    packs = assess.get("packs") if isinstance(assess, dict) else None
    for pack in reversed(packs if isinstance(packs, list) else []):
        if isinstance(pack, str) and pack.endswith(".toml"):
            own = _toml_beside(path.parent / pack).get(kind)
            if isinstance(own, dict) and name in own:
                return path.parent / pack
    return path


def _toml_beside(path: Path) -> dict[str, object]:
    """Return what a TOML file holds; nothing where there is none, or none that can be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"this is not valid TOML: {error}", hint="Correct the file", file=path
        ) from None


def known_categories(config: CityConfig, path: Path | None = None, text: str = "") -> None:
    """Refuse a category that the vocabulary does not have.

    Parameters
    ----------
    config
        What city.toml, or a call, states.
    path, text
        The file and what it says, for the message.

    Raises
    ------
    ConfigError
        No category has that id or name; the message says where, and what was meant.
    """
    stated: list[tuple[tuple[str, ...], str | list[str]]] = [
        (("categories", written), meant) for written, meant in config.categories.items()
    ]
    stated.append((("assess", "complete_categories"), list(config.assess.complete_categories)))
    for place, meant in stated:
        try:
            category_ids(meant, config.own_categories)
        except ConfigError as error:
            raise ConfigError(
                error.problem,
                hint=error.hint,
                file=path,
                row=_row_of(text, place),
                field=".".join(place),
            ) from None


def _explain(error: ValidationError, path: Path, text: str) -> ConfigError:
    """Turn pydantic's first complaint into one line with its place and a "did you mean"."""
    # An unknown key is often a known one misspelt: say that rather than "key is missing".
    faults = sorted(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    fault = faults[0]
    place: tuple[str | int, ...] = tuple(fault["loc"])
    file, row, shown = _where(path, text, place, fault.get("ctx", {}).get("name"))
    problem, hint = str(fault["msg"]), ""
    if fault["type"] == "extra_forbidden":
        known = sorted(_fields_at(place[:-1]))
        problem = f"unknown key '{place[-1]}'"
        hint = did_you_mean(place[-1], known, f"Known here: {', '.join(known)}")
    elif fault["type"] == "missing":
        problem, hint = "is missing", "State it"
    elif fault["type"] in {
        "list_type",
        "tuple_type",
        "model_type",
        "model_attributes_type",
        "dict_type",
    }:
        problem, hint = _shape(fault["type"], shown)
    elif fault["type"] == "value_error":
        problem = problem.removeprefix("Value error, ")
        hint = _WHERE_HINT if place[-1] == "where" else hint
    elif "input" in fault and isinstance(fault["input"], (str, int, float, bool)):
        problem = f"{problem}, not {fault['input']!r}"
    if len(faults) > 1:
        hint = f"{hint} ({len(faults) - 1} more)".strip()
    if fault["type"] == "string_pattern_mismatch" and place[-1] == "[key]":
        problem = f"'{fault['input']}' is no id: small letters, digits and _, a letter first"
    key = ".".join(f"{p + 1}" if isinstance(p, int) else p for p in shown)
    return ConfigError(problem, hint=hint, file=file, row=row, field=key)


def _where(
    path: Path, text: str, place: tuple[str | int, ...], name: str | None
) -> tuple[Path, int | None, tuple[str | int, ...]]:
    """Return file, row and keys of a fault; an entry of the vocabulary may stand beside city.toml.

    ``name`` is that of the entry where the place is only the table of all of its kind.
    """
    kind = str(place[1]) if place[:1] == ("vocabulary",) and len(place) > 1 else ""
    entry = str(place[2]) if len(place) > 2 else name
    file = vocabulary_file(path, kind, entry) if kind and entry else path
    if file == path or entry is None:
        return path, _row_of(text, place), place
    below = tuple(step for step in place[3:] if step != "[key]")
    alone = file.name == f"{kind}.toml"
    header = entry if alone else f"{kind}.{entry}"
    row = _row_of(file.read_text(encoding="utf-8-sig"), (header, *below))
    return file, row, (entry, *below) if alone else (kind, entry, *below)


_WHERE_HINT = "Write it as 状态 = 已建 and 面积 >= 50, or 状态 in (已建, 在建)"


def _shape(kind: str, place: tuple[str | int, ...]) -> tuple[str, str]:
    """Return the problem and the hint where there is one bracket too few or too many."""
    name = str(place[0])
    if all(isinstance(step, str) for step in place):
        name = ".".join(map(str, place))
    if kind == "list_type" and len(place) == 1:
        return f"[{name}] must be a list of tables", f"Write [[{name}]] with two brackets"
    if kind == "tuple_type":
        return "must be a list", 'Write it in brackets, e.g. ["a", "b"]'
    if kind == "list_type":
        return "must be a list", 'Write it in brackets, e.g. ["xiamen-2025"]'
    return "must be a table", f"Write [{name}] with keys below it"


def _fields_at(place: Sequence[str | int]) -> list[str]:
    """Return the keys that may stand at a place of the model."""
    model: type[BaseModel] = CityConfig
    named = False
    for step in place:
        if isinstance(step, int) or named:  # a name that the city gives: [vocabulary.walkers.NAME]
            named = False
            continue
        annotation = model.model_fields[step].annotation
        named = get_origin(annotation) in (dict, Mapping)
        inner = [annotation, *getattr(annotation, "__args__", ())]
        model = next(a for a in inner if isinstance(a, type) and issubclass(a, BaseModel))
    return list(model.model_fields)


def _row_of(text: str, place: Sequence[str | int]) -> int | None:
    """Return the line of city.toml that holds a key: its table's header, then the key below it."""
    if not place:
        return None
    table = re.escape(str(place[0]))
    nth = next((p for p in place if isinstance(p, int)), 0)
    keys = [p for p in place[1:] if isinstance(p, str)]
    header = re.compile(rf"^\s*\[\[?\s*['\"]?{table}['\"]?\s*[\].]")
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if header.match(line)]
    if not starts:
        top = re.compile(rf"^\s*['\"]?{table}['\"]?\s*[=.]")
        return next((i + 1 for i, line in enumerate(lines) if top.match(line)), None)
    start = starts[min(nth, len(starts) - 1)]
    if keys:
        key = re.compile(rf"^\s*['\"]?{re.escape(keys[-1])}['\"]?\s*=")
        for i in range(start + 1, len(lines)):
            if key.match(lines[i]):
                return i + 1
            if re.match(r"^\s*\[", lines[i]) and not header.match(lines[i]):
                break
    return start + 1
