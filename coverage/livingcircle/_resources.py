"""The texts and TOML tables that ship inside the package."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

__all__ = ["resource_text", "resource_toml"]


def resource_text(package: str, name: str) -> str:
    """Return the text of a UTF-8 file of the package.

    Parameters
    ----------
    package
        The folder as a package, e.g. ``"livingcircle.vocab"``.
    name
        The file in it; with ``/`` for a file in a folder that is no package.
    """
    return files(package).joinpath(*name.split("/")).read_text(encoding="utf-8")


@cache
def resource_toml(package: str, name: str) -> Mapping[str, Any]:
    """Return the tables of a TOML file of the package, read once and not to be changed.

    What is in them tomllib does not know; readers give them a type of their own.

    >>> resource_toml("livingcircle.vocab", "walkers.toml")["adult"]["speed_m_s"]
    1.33
    """
    return MappingProxyType(tomllib.loads(resource_text(package, name)))
