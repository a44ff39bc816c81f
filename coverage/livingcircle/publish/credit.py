"""Credit: whose data a page shows, as the licence of the data asks."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from livingcircle.city.model import City
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.line_tags import has_osm_ids
from livingcircle.osm.objects import is_osm_file

__all__ = ["SHORT_CREDIT", "network_credit", "osm_credit"]

SHORT_CREDIT = "© OpenStreetMap contributors"
"""In the corner of a picture."""

_OSM = LocalizedText(
    "数据 © OpenStreetMap 贡献者（ODbL）", "Data © OpenStreetMap contributors (ODbL)"
)


def osm_credit(city: City) -> LocalizedText:
    """Return the credit to OpenStreetMap where any of its data are shown, else nothing.

    Its data are a network by the name of a place, every OpenStreetMap file, GraphML, which osmnx
    writes, and tables and lines with OpenStreetMap's ids (Geofabrik's shapefiles, exports of
    Overpass). A city that says that its data are made up shows none.
    """
    if city.synthetic:
        return EMPTY
    tables: list[pd.DataFrame] = [city.facilities.table, city.demand, *city.units.values()]
    if any(map(has_osm_ids, tables)) or network_credit(city.network):
        return _OSM
    config = city.config
    sources = [config.network.source, config.network.drive, config.demand.source]
    sources += [part.source for part in (*config.facilities, *config.units)]
    if config.land_use is not None:
        sources.append(config.land_use.source)
    if config.urban_villages is not None:
        sources.append(config.urban_villages.source)
    from_osm = config.network.place is not None or any(
        is_osm_file(city.file_of(source)) or Path(source).suffix.lower() == ".graphml"
        for source in sources
        if source is not None
    )
    return _OSM if from_osm else EMPTY


def network_credit(network: WalkNetwork) -> LocalizedText:
    """Return the credit where the streets of a network are OpenStreetMap's, else nothing."""
    made = network.notes.get("format") in ("OpenStreetMap", "GraphML", "OSMnx download")
    return _OSM if made or network.notes.get("osm_ids") else EMPTY
