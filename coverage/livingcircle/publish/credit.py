"""Credit: whose data a page shows, as the licence of the data asks."""

from __future__ import annotations

from pathlib import Path

from livingcircle.city.model import City
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.osm.objects import is_osm_file

__all__ = ["osm_credit"]

_OSM = LocalizedText(
    "数据 © OpenStreetMap 贡献者（ODbL）", "Data © OpenStreetMap contributors (ODbL)"
)


def osm_credit(city: City) -> LocalizedText:
    """Return the credit to OpenStreetMap where any of its data are shown, else nothing.

    Its data are a network by the name of a place, every OpenStreetMap file, and GraphML, which
    osmnx writes. A city that says that its data are made up shows none.
    """
    config = city.config
    sources = [config.network.source, config.network.drive, config.demand.source]
    sources += [part.source for part in (*config.facilities, *config.units)]
    if config.land_use is not None:
        sources.append(config.land_use.source)
    if config.urban_villages is not None:
        sources.append(config.urban_villages.source)
    from_osm = config.network.place is not None or any(
        is_osm_file(city.folder / source) or Path(source).suffix.lower() == ".graphml"
        for source in sources
        if source is not None
    )
    return _OSM if from_osm and not city.synthetic else EMPTY
