"""Plug-ins: what other installed packages add, found by the entry points that they declare."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from livingcircle.errors import ConfigError

__all__ = ["plugins"]


def plugins(group: str) -> Mapping[str, object]:
    """Return what installed packages declare under an entry-point group.

    Parameters
    ----------
    group
        ``livingcircle.kinds`` (kinds of requirement) or ``livingcircle.formats`` (readers).

    Returns
    -------
    Mapping
        Name → the loaded object, in the order of the names.

    Raises
    ------
    ConfigError
        A plug-in cannot be loaded, or two packages declare the same name.
    """
    return _loaded(group, tuple(sys.path))


@lru_cache(maxsize=16)
def _loaded(group: str, path: tuple[str, ...]) -> Mapping[str, object]:
    """Load the plug-ins once for each search path; ``path`` is only the key."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        other = found.setdefault(point.name, point)
        if other.value != point.value:
            raise ConfigError(
                f"two installed packages declare '{point.name}' in {group}: "
                f"{other.value} and {point.value}",
                hint="Uninstall one of them",
            )
    return MappingProxyType({name: _load(found[name]) for name in sorted(found)})


def _load(point: EntryPoint) -> object:
    # A plug-in is foreign code: it may raise anything, and leave the program.
    try:
        return point.load()
    except (Exception, SystemExit) as error:
        raise ConfigError(
            f"the plug-in '{point.name}' ({point.value}) cannot be loaded: "
            f"{str(error) or type(error).__name__}",
            hint="Update it or uninstall it",
        ) from error
