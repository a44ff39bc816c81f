"""Land use: the parcels of a plan or survey, and which of them people live on."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle.city.assign_units import ASSIGNED_COLUMNS, assign_units
from livingcircle.city.config import LandUseConfig
from livingcircle.city.inputs import Inputs
from livingcircle.city.units import Units, polygons_of
from livingcircle.errors import InputError
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText
from livingcircle.osm.objects import is_osm_file, read_objects
from livingcircle.vocab.categories import normalise

__all__ = ["city_land_use", "no_land_use"]

# R, R1, R21 of GB 50137-2011; 07, 0701, 070101 of the classification of 2023 (用地用海分类) and of
# GB/T 21010; the words of all three, and OpenStreetMap's landuse=residential. RB is mixed with
# business, 0702 of the classification of 2023 serves a community: neither is a home by itself.
_HOME = re.compile(r"^(r[0-3]?\d?|07(01\d*|03\d*)?|residential)$|居住|住宅|宅基地")
_NO_HOME = re.compile(r"服务设施|商住|混合")


def no_land_use() -> gpd.GeoDataFrame:
    """Return an empty table of parcels (EPSG:4326)."""
    names = ("parcel_id", "land_use", "residential", *ASSIGNED_COLUMNS)
    return gpd.GeoDataFrame({name: [] for name in names}, geometry=[], crs=4326)


def city_land_use(inputs: Inputs, part: LandUseConfig | None, units: Units) -> gpd.GeoDataFrame:
    """Return the parcels of the layer of land use that city.toml names; none where it names none.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326 polygons: ``parcel_id``; ``land_use`` as written; ``residential``: True, False, or
        None where the layer does not say; and the units that hold the parcel.

    Raises
    ------
    ConfigError, InputError
        The file cannot be read, is no layer of areas, or holds no column of land use.
    """
    if part is None:
        return no_land_use()
    path = inputs.find(part.source, "land_use")
    name = inputs.name(part.source)
    if is_osm_file(path):
        inputs.no_where(part)
        frame = read_objects(Path(path), {"land": ["landuse=*"]}, nodes=False)
        frame = frame[shapely.get_dimensions(frame.geometry.to_numpy()) == 2]
        frame = frame.reset_index(drop=True)
        frame = frame.assign(land_use=[tags.get("landuse") for tags in frame["tags"]])
    else:
        frame = inputs.table(path, part, "land_use")
    if "land_use" not in frame:
        raise InputError(
            LocalizedText("没有写明用地性质的列", "no column holds the use of the land"),
            hint='State it: columns = { "its header" = "land_use" }',
            file=name,
            field="land_use",
        )
    frame, notes = polygons_of(frame, file=name, what="parcels")
    inputs.notes += notes
    frame = frame[frame.geometry.notna() & ~frame.geometry.is_empty].reset_index(drop=True)
    written = frame["land_use"].astype("string").str.strip()
    homes = _residential(written, part.residential)
    _report(inputs, name, written, homes)
    given = frame["parcel_id"] if "parcel_id" in frame else frame.get("id")
    number = pd.Series(np.arange(1, len(frame) + 1), index=frame.index).astype(str)
    own = number if given is None else given.astype("string").fillna(number)
    stated = pd.DataFrame(None, index=frame.index, columns=["unit", "town", "district"])
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    found = assign_units(units, points, stated, stated_first=False)
    table = {"parcel_id": own.astype(object), "land_use": written.astype(object)}
    table |= {"residential": homes, **{column: found[column] for column in ASSIGNED_COLUMNS}}
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=4326)


def _residential(written: pd.Series, stated: Sequence[str]) -> pd.Series:
    """Return True, False or None for each text."""
    wanted = {normalise(text) for text in stated}

    def of(text: str) -> bool:
        if wanted:
            return normalise(text) in wanted
        plain = text.lower().strip()
        return bool(_HOME.search(plain)) and not _NO_HOME.search(plain)

    known = {text: of(text) for text in written.dropna().unique() if text}
    found = written.map(known).astype(object)
    return found.where(found.notna(), None)


def _report(inputs: Inputs, file: str, written: pd.Series, homes: pd.Series) -> None:
    """Note which uses count as residential and how many parcels say nothing."""
    counts = written.value_counts()
    kinds = homes.groupby(written).first().to_dict()
    listed = [f"{shorten(text, 20)} × {n}" for text, n in counts.items() if kinds[text]]
    others = [f"{shorten(text, 20)} × {n}" for text, n in counts.items() if not kinds[text]]
    blank = int(homes.isna().sum())
    text = LocalizedText(
        f"居住用地：{'、'.join(listed[:8]) or '无'}；其他用地：{'、'.join(others[:8]) or '无'}"
        + f"；{blank} 块未注明用地性质" * (blank > 0),
        f"residential: {', '.join(listed[:8]) or 'none'}; other land: "
        f"{', '.join(others[:8]) or 'none'}" + f"; {blank} parcels state no use" * (blank > 0),
    )
    inputs.note(file, "land_use", text, '[land_use] residential = ["R2", "..."]')
