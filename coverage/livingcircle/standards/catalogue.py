"""Which packs ship, read for their titles alone: no geodata library is loaded for a list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from livingcircle._resources import resource_toml
from livingcircle.localized import LocalizedText

__all__ = ["PackTitle", "list_packs", "pack_file", "shipped_packs"]


@dataclass(frozen=True)
class PackTitle:
    """What a list of packs shows of one."""

    id: str
    title: LocalizedText
    number: str
    """Of the document; empty where it has none."""
    requirements: int
    until: int | None = None
    """Last year of the plan, if it has one."""


def list_packs() -> tuple[str, ...]:
    """Return the names of the packs that ship with the package."""
    names = (entry.name for entry in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def pack_file(name: str) -> Traversable:
    """Return the file of a pack that ships."""
    return _folder().joinpath(f"{name}.toml")


@cache
def shipped_packs() -> tuple[PackTitle, ...]:
    """Return the titles of the packs that ship; that each is valid is held by the tests."""
    return tuple(_title(name) for name in list_packs())


def _title(name: str) -> PackTitle:
    data = resource_toml("livingcircle.standards", f"packs/{name}.toml")
    document = data["document"]
    return PackTitle(
        data["id"],
        LocalizedText(document["title_zh"], document["title_en"]),
        document.get("number", ""),
        len(data["requirement"]),
        document.get("until"),
    )


def _folder() -> Traversable:
    return files("livingcircle.standards").joinpath("packs")
