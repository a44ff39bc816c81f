"""A city with some inputs of today and the others of the night before, as a folder to be read."""

from __future__ import annotations

import copy
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from livingcircle.city.city_file import read_config
from livingcircle.compare.causes import kind_of
from livingcircle.nightly.manifest import InputPart, Manifest, input_sources
from livingcircle.nightly.store import Store
from livingcircle.standards.loader import read_pack
from livingcircle.standards.model import Pack

__all__ = ["Variant", "write_variant"]


@dataclass(frozen=True)
class Variant:
    """What to read and to assess."""

    city_file: Path
    packs: tuple[Pack, ...]
    year: int


def write_variant(
    folder: Path, old: Manifest, new: Manifest, today: Collection[str], store: Store
) -> Variant:
    """Write a city.toml and its inputs into an empty folder.

    Parameters
    ----------
    folder
        An existing, empty folder.
    old, new
        The two nights.
    today
        Kinds of input to take from `new`; the others are from `old`.
    store
        Holds the contents of both.

    Raises
    ------
    FileNotFoundError
        The store does not hold a content that is needed.
    LivingCircleError
        A pack of the other night is not understood by this version.
    """
    config: dict[str, object] = {}
    for section in dict.fromkeys([*new.config, *old.config]):
        kind = kind_of(section)
        side = new if kind is None or kind in today else old
        if section in side.config:
            config[section] = copy.deepcopy(side.config[section])
    parts = {
        part.role: part
        for side, is_today in ((old, False), (new, True))
        for part in side.parts
        if (kind_of(part.role) in today) == is_today
    }
    for number, (role, entry, key) in enumerate(list(input_sources(config)), 1):
        # A folder of its own for each: two nights may use one name for two files. The file's own
        # name stays, ids of rows are made from it.
        entry[key] = _lay_out(folder, f"{number:02d}", parts[role], store)
    city_file = folder / "city.toml"
    city_file.write_text(tomli_w.dumps(config), encoding="utf-8", newline="\n")
    asked = new if "standard" in today else old
    texts = {name: store.path(sha256) for name, sha256 in asked.packs.items()}
    own = read_config(city_file).vocabulary
    packs = [
        read_pack(p.read_text(encoding="utf-8-sig"), file=n, vocabulary=own)
        for n, p in texts.items()
    ]
    return Variant(city_file, tuple(packs), asked.year)


def _lay_out(folder: Path, place: str, part: InputPart, store: Store) -> str:
    """Copy an input out of the store; return its path relative to the folder."""
    if part.live:
        raise FileNotFoundError(part.source)
    for file in part.files:
        store.take(file.sha256, folder / place / file.name)
    first = part.files[0].name if part.files else ""
    # The name of a folder that is an input comes before the names of its files.
    own = first.partition("/")[0]
    return f"{place}/{own}"
