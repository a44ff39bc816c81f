"""The online map that a reader of map.html may switch on: by name, and with a key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeAlias, TypedDict, cast

from xyzservices import TileProvider, providers

from livingcircle._nearest import did_you_mean
from livingcircle._resources import resource_toml
from livingcircle.city.config import MapConfig
from livingcircle.errors import ConfigError

__all__ = ["Basemap", "basemap_layers"]

Basemap: TypeAlias = "str | TileProvider | tuple[str | TileProvider, ...] | None"
"""A name that folium knows, a provider, or several of them as one map; None: none."""

_NONE = ("none", "无")
_OFFER = "Say OpenStreetMap.Mapnik, tianditu or none."


def basemap_layers(config: MapConfig) -> tuple[TileProvider, ...]:
    """Return the tile layers of ``[map] basemap``, the lowest first; none for ``"none"``.

    Raises
    ------
    ConfigError
        The name is not known, or its key is missing.
    """
    name = config.basemap
    if name.lower() in _NONE:
        return ()
    own = _entries().get(name.lower())
    if own is not None:
        key = _key(config, own["needs_key"], own["en"])
        return tuple(_layer(own, url, key) for url in own["layers"])
    try:
        found = providers.query_name(name)
    except ValueError:
        known = [*_entries(), *_NONE[:1], *providers.flatten()]
        otherwise = "State OpenStreetMap.Mapnik, tianditu or none."
        raise ConfigError(
            f"there is no online map '{name}'",
            field="map.basemap",
            hint=did_you_mean(name, known, otherwise, count=2),
        ) from None
    if found.requires_token():
        raise ConfigError(
            f"{found.name} needs a key that cannot be given here",
            field="map.basemap",
            hint=_OFFER,
        )
    return (found,)


class _OnlineMap(TypedDict):
    """An entry of basemaps.toml."""

    en: str
    attribution: str
    max_zoom: int
    subdomains: str
    needs_key: str
    layers: list[str]


def _entries() -> Mapping[str, _OnlineMap]:
    tables = resource_toml("livingcircle.publish.web", "basemaps.toml")
    return cast("Mapping[str, _OnlineMap]", tables)


def _key(config: MapConfig, variable: str, name: str) -> str:
    stated = config.key.get_secret_value() if config.key else os.environ.get(variable, "")
    if not stated.isalnum():
        raise ConfigError(
            f"{name} needs a key",
            field="map.key",
            hint=f"State key in [map], or set {variable}; it will stand readable in map.html.",
        )
    return stated


def _layer(entry: _OnlineMap, url: str, key: str) -> TileProvider:
    return TileProvider(
        name=entry["en"],
        url=url.replace("{key}", key),
        attribution=entry["attribution"],
        max_zoom=entry["max_zoom"],
        subdomains=entry["subdomains"],
    )
