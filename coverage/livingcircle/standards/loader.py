"""Packs from TOML files: the ones that ship, a planner's own, and what is wrong with one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from livingcircle._nearest import did_you_mean
from livingcircle.city.config import WalkingConfig
from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.io.formats.bounds import refuse_special
from livingcircle.standards.catalogue import list_packs, pack_file
from livingcircle.standards.kinds import kinds
from livingcircle.standards.model import Document, Outside, OwnParameter, Pack, Requirement
from livingcircle.vocab.own import (
    OwnCategories,
    OwnCategory,
    OwnColumn,
    OwnColumns,
    OwnWalker,
    Vocabulary,
    own_ids,
)

__all__ = ["list_packs", "load_pack", "read_pack"]


def load_pack(pack: str | Path | Pack, vocabulary: Vocabulary | None = None) -> Pack:
    """Return a pack by the name of one that ships, or by the path of a TOML file.

    Parameters
    ----------
    pack
        Name, path, or a pack, which is returned unchanged.
    vocabulary
        Categories and walkers of the city's own, which the file may name.

    Raises
    ------
    ConfigError
        The name is not known, or the file is no valid pack; says which entry and field.
    MissingFileError
        The path leads nowhere.
    """
    if isinstance(pack, Pack):
        return pack
    if isinstance(pack, str) and pack in list_packs():
        return _shipped(pack)
    path = Path(pack)
    if path.suffix != ".toml" and not path.exists():
        hint = did_you_mean(pack, list_packs(), f"Known are {', '.join(list_packs())}")
        raise ConfigError(f"there is no pack '{pack}'", hint=hint, field="pack")
    refuse_special(path)
    if not path.is_file():
        raise MissingFileError("there is no such pack", hint="Check the path", file=path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError("this is not UTF-8 text", hint="Save it as UTF-8", file=path) from None
    return read_pack(text, file=path, vocabulary=vocabulary)


@cache
def _shipped(name: str) -> Pack:
    return read_pack(pack_file(name).read_text(encoding="utf-8"), file=f"{name}.toml")


def read_pack(text: str, *, file: str | Path, vocabulary: Vocabulary | None = None) -> Pack:
    """Read a pack from TOML text.

    Parameters
    ----------
    text
        The TOML.
    file
        For messages.
    vocabulary
        Categories and walkers of the city's own, which the pack may name.

    Raises
    ------
    ConfigError
        One line with the file, the line, the entry and the field.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        row = re.search(r"at line (\d+)", str(error))
        raise ConfigError(
            f"this is not valid TOML: {error}", file=file, row=int(row[1]) if row else None
        ) from None
    try:
        return Pack.model_validate(data, context=_context(data, vocabulary))
    except ValidationError as error:
        raise _explain(error, data, text, file) from None


_OwnCategories: TypeAdapter[dict[str, OwnCategory]] = TypeAdapter(OwnCategories)


_OwnColumns: TypeAdapter[dict[str, OwnColumn]] = TypeAdapter(OwnColumns)


_Parameters: TypeAdapter[dict[str, OwnParameter]] = TypeAdapter(dict[str, OwnParameter])


def _named(table: object) -> frozenset[str]:
    """Return the keys of a table of TOML; the model says what is wrong with anything else."""
    return frozenset(map(str, table)) if isinstance(table, dict) else frozenset()


def _context(data: Mapping[str, object], vocabulary: Vocabulary | None) -> dict[str, object]:
    """Return the categories and walkers that the entries may name besides those that ship."""
    city = vocabulary or Vocabulary()
    try:
        own = _OwnCategories.validate_python(data.get("categories", {}))
    except ValidationError:
        own = {}  # The model says where it is wrong.
    names = {**own_ids(city.categories), **own_ids(own)}
    try:
        columns = _OwnColumns.validate_python(data.get("columns", {}))
    except ValidationError:
        columns = {}
    try:
        own_parameters = _Parameters.validate_python(data.get("parameters", {}))
    except ValidationError:
        own_parameters = {}
    return {
        "parameters": {name: one.as_number(name) for name, one in own_parameters.items()},
        "categories": names,
        "columns": {**city.columns, **columns},
        "walkers": frozenset(city.walkers) | _named(data.get("walkers")),
    }


def _explain(
    error: ValidationError, data: Mapping[str, object], text: str, file: str | Path
) -> ConfigError:
    """Turn the first complaint into one line; an unknown key comes first, it explains the rest."""
    faults = sorted(_causes(error), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    place = [step for step in fault["loc"] if isinstance(step, int) or _is_key(step)]
    if fault["type"].startswith("union_tag"):
        place.append("kind")
    entry = _entry_at(data, place)
    lists = ("requirement", "parts")
    keys = [step for step in place if isinstance(step, str) and step not in lists]
    problem, hint = _problem_and_hint(fault, place, entry)
    who = f"entry '{entry['id']}': " if isinstance(entry, dict) and "id" in entry else ""
    if len(faults) > 1:
        hint = f"{hint} ({len(faults) - 1} more)".strip()
    row = _row(text, entry, place, keys)
    field = ".".join(keys) or None
    return ConfigError(f"{who}{problem}", hint=hint, file=file, row=row, field=field)


def _causes(error: ValidationError) -> list[ErrorDetails]:
    """Return the complaints without those about a list that lacks what another one is about."""
    faults = list(error.errors())
    places = [fault["loc"] for fault in faults]
    return [
        fault
        for fault in faults
        if not any(
            len(p) > len(fault["loc"]) and p[: len(fault["loc"])] == fault["loc"] for p in places
        )
    ]


def _is_key(step: str) -> bool:
    """Return whether a step of pydantic's is a key of the file, not one of its own names."""
    return "[" not in step and step not in ("float", "function-before")


_Place: TypeAlias = Sequence[int | str]
"""Keys and positions from the outside in, as pydantic names a place."""


def _entry_at(data: Mapping[str, object], place: _Place) -> object:
    name, nth = place[:2] if len(place) > 1 else ("", None)
    entries = data.get(name) if name in ("requirement", "outside") else None
    return entries[nth] if isinstance(entries, list) and isinstance(nth, int) else None


def _problem_and_hint(fault: ErrorDetails, place: _Place, entry: object) -> tuple[str, str]:
    """Return the problem and the hint in plain words."""
    kind, name = fault["type"], str(place[-1]) if place else ""
    if kind == "extra_forbidden":
        known = sorted(_known_keys(place, entry))
        if name in known:
            return f"'{name}' stands beside parts", "Move it into the part that it is about"
        hint = did_you_mean(name, known, f"Known here: {', '.join(known)}")
        return f"unknown key '{name}'", hint
    if kind == "missing":
        return f"'{name}' is missing", "State it"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        given = fault["input"].get("kind") if isinstance(fault["input"], dict) else None
        hint = did_you_mean(given, kinds(), f"Kinds are {', '.join(kinds())}")
        return ("'kind' is missing" if given is None else f"no kind is called '{given}'"), hint
    problem, dot, hint = str(fault["msg"]).removeprefix("Value error, ").partition(". ")
    given = fault.get("input")
    if kind != "value_error" and isinstance(given, str | int | float | bool):
        problem = f"{problem}, not {given!r}"
    return problem, hint if dot else ""


_TABLES: Mapping[str, type[BaseModel]] = {
    "document": Document,
    "outside": Outside,
    "categories": OwnCategory,
    "columns": OwnColumn,
    "walkers": OwnWalker,
    "walking": WalkingConfig,
    "parameters": OwnParameter,
}
"""Tables of a pack beside its requirements: of those with names of their own one entry."""


def _inner(models: Sequence[type[BaseModel]], key: str) -> type[BaseModel] | None:
    """Return the model of the tables that stand under a key of one of some models."""
    found = [model.model_fields[key].annotation for model in models if key in model.model_fields]
    while found:
        one = found.pop()
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        found.extend(get_args(one))
    return None


def _known_keys(place: _Place, entry: object) -> set[str]:
    """Return the keys that may stand where an unknown one does."""
    above = [step for step in place[:-1] if isinstance(step, str)]
    if not above:
        return set(Pack.model_fields)
    if above[0] in _TABLES:
        return set(_TABLES[above[0]].model_fields)
    written = [entry, *entry.get("parts", [])] if isinstance(entry, dict) else []
    named = [str(part.get("kind")) for part in written if isinstance(part, dict)]
    known = kinds()
    models = [known[kind] for kind in named if kind in known]
    inner = None if above[-1] == "parts" else _inner(models, above[-1])
    if inner is not None:
        return set(inner.model_fields)
    own = set(Requirement.model_fields) - {"pack"}
    parts = {key for model in models for key in model.model_fields}
    return parts if above[-1] == "parts" else own | parts


def _row(text: str, entry: object, place: _Place, keys: Sequence[str]) -> int | None:
    """Return the line of the key inside its entry, else the line of the entry's id."""
    lines = text.splitlines()
    if not isinstance(entry, dict):
        key = re.compile(rf"^\s*\[*\s*{re.escape(str(keys[-1] if keys else ''))}\b")
        return next((i + 1 for i, line in enumerate(lines) if keys and key.match(line)), None)
    header = re.compile(rf"^\s*\[\[\s*{place[0]}\s*\]\]")
    other = re.compile(r"^\s*\[\[\s*(outside|requirement)\s*\]\]")
    starts = [i for i, line in enumerate(lines) if header.match(line)]
    nth = int(place[1])
    if len(starts) <= nth:
        return None
    start = starts[nth]
    end = next((i for i in range(start + 1, len(lines)) if other.match(lines[i])), len(lines))
    for name in [*reversed(keys), "id"]:
        key = re.compile(rf"(^|[\s{{,\[.]){re.escape(str(name))}\s*(=|\])")
        found = [i for i in range(start, end) if key.search(lines[i])]
        if found:
            return found[0] + 1
    return start + 1
