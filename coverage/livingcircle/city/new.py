"""A new city folder: from OpenStreetMap by the name of a place, or from an extract at hand."""

from __future__ import annotations

import datetime
import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmnx as ox
import pandas as pd
import shapely

from livingcircle._arrays import BoolArray
from livingcircle.city.buildings import osm_homes, read_osm_buildings
from livingcircle.city.new_texts import (
    BOUNDARY_FILE,
    BUILDINGS_FILE,
    FACILITIES_FILE,
    STREETS_FILE,
    write_texts,
)
from livingcircle.city.units import polygons_of
from livingcircle.errors import (
    ConfigError,
    InputError,
    LivingCircleError,
    MissingFileError,
    first_line,
)
from livingcircle.io.atomic import disk_full, no_space
from livingcircle.io.formats.gdal import plain_target
from livingcircle.io.table.numbers import read_cells
from livingcircle.io.table.read import read_table
from livingcircle.localized import LocalizedText
from livingcircle.network.edge_lines import edge_lines
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.read import read_network
from livingcircle.network.snap import MAX_ACCESS_M
from livingcircle.osm.download import (
    OsmServers,
    fetch_boundary,
    fetch_network,
    fetch_objects,
)
from livingcircle.osm.objects import is_osm_file, tag_filter
from livingcircle.progress import Progress
from livingcircle.vocab.categories import categories, osm_filters_unmapped

__all__ = ["new_city"]

MARGIN_M = 1700.0
"""Streets and facilities are fetched so far beyond the boundary: the longest walking limit of the
standards is 1,000 m, of studies 1,600 m, and the drawing below may cut off 60 m."""
_TOLERANCE_M = 30.0
"""Boundaries have thousands of corners, and a server is asked with each of them."""
_FEW = 3
"""A key with more values than this is asked for as a whole: the query stays short."""


def new_city(
    folder: Path,
    *,
    place: str | None = None,
    pbf: Path | None = None,
    boundary: Path | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the folder of a new city, ready for ``livingcircle check`` and ``run``.

    A place is downloaded; a download that fails is resumed by the same call. An extract and a
    boundary are copied, and nothing is downloaded. Without a boundary the land within 300 m of
    the extract's streets, its holes filled, is the city.

    Parameters
    ----------
    folder
        Made if need be. A file that is there already is never overwritten.
    place
        A name that Nominatim finds, for example ``"思明区, 厦门市"``.
    pbf, boundary
        An OpenStreetMap extract (``.osm.pbf`` or ``.osm``), and a layer of polygons whose union
        is the city.
    progress
        Called with the share done and what is being done.

    Returns
    -------
    Path
        The city.toml.

    Raises
    ------
    ConfigError
        Neither or both ways are stated, or the folder holds a city.
    MissingFileError, InputError
        An input is absent or makes no sense, or the download failed.
    """
    report: Progress = progress or (lambda share, text: None)
    name = _clean(place) if place is not None else ""
    by_file = pbf is not None
    if bool(name) == by_file or (boundary is not None and not by_file):
        raise ConfigError(
            LocalizedText("请说明城市数据的来源", "state what the city is made from"),
            hint=LocalizedText(
                "请给出 --place，或 --pbf（可另加 --boundary）。",
                "Give either --place, or --pbf, with a --boundary if there is one.",
            ),
            field="place",
        )
    extract = _extract_name(pbf) if pbf is not None else STREETS_FILE
    targets = [extract, BOUNDARY_FILE, BUILDINGS_FILE, "README.md"]
    if pbf is not None and pbf.resolve() == (folder / extract).resolve():
        targets.remove(extract)  # it lies in the folder already
    _refuse_overwriting(folder, targets if by_file else [*targets, FACILITIES_FILE])
    staging = folder / ".livingcircle-new"
    try:
        # What a run that was killed left half written.
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        if pbf is not None:
            _from_files(staging, pbf, extract, boundary, report)
            name, origin = _clean(folder.resolve().name), f"taken from {extract} on {_today()}"
        else:
            origin = _from_place(staging, name, folder / ".cache", report)
        write_texts(staging, name, extract, origin)
        # city.toml comes last: while it is not there, the city is not either.
        for file in sorted(staging.iterdir(), key=lambda f: f.name == "city.toml"):
            file.replace(folder / file.name)
        _drop_cache(folder / ".cache")
    except LivingCircleError:
        raise
    except Exception as error:
        # GDAL and SQLite only say that a statement failed.
        if no_space(error, folder):
            raise disk_full(folder) from None
        if not isinstance(error, OSError):
            raise
        raise InputError(
            f"the folder cannot be written ({first_line(error)})",
            hint="Choose another folder, or make room",
            file=folder,
        ) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with suppress(OSError):
            folder.rmdir()  # only where nothing is left in it
    report(1.0, "")
    return folder / "city.toml"


def _clean(text: str) -> str:
    """Return a name as one printable line: it is written into comments."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _today() -> str:
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def _extract_name(pbf: Path) -> str:
    if not is_osm_file(pbf):
        raise InputError(
            "this is no OpenStreetMap extract", hint="Give a .osm.pbf or .osm file", file=pbf
        )
    if not pbf.is_file():
        raise MissingFileError("no such file", hint="Check the path", file=pbf)
    return pbf.name


def _refuse_overwriting(folder: Path, names: Sequence[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError("this is a file", hint="Name a new folder", file=folder)
    if (folder / "city.toml").exists():
        raise ConfigError(
            "there is a city already, and it is not overwritten",
            hint="Choose another folder, or move city.toml away",
            file=folder / "city.toml",
        )
    for name in names:
        if os.path.lexists(folder / name):
            raise ConfigError(
                "this file is there already, and is not overwritten",
                hint="Choose another folder, or move the file away",
                file=folder / name,
            )


# -- by the name of a place ---------------------------------------------------------------------


def _from_place(staging: Path, place: str, cache: Path, report: Progress) -> str:
    """Download the layers; return when they were downloaded, in words."""
    servers = OsmServers.of(cache)
    report(0.0, "boundary")
    area = fetch_boundary(servers, place)
    _write_boundary(staging, area, place)
    wide = _around(area, MARGIN_M)
    report(0.1, "network")
    graph = fetch_network(servers, wide)
    report(0.5, "facilities")
    facilities = fetch_objects(servers, wide, _facility_tags(), what="facilities")
    report(0.7, "buildings")
    homes = _around(area, 2 * _TOLERANCE_M)
    buildings = fetch_objects(servers, homes, {"building": True}, what="buildings")
    days = _days(cache)
    report(0.9, "files")
    ox.save_graphml(graph, staging / STREETS_FILE)
    _write_facilities(staging, facilities)
    if len(buildings):
        tags = pd.DataFrame(buildings["tags"].tolist(), dtype=object)
        with suppress(InputError):  # none is a home: the streets stand for the people
            kept, _ = osm_homes(tags, file=BUILDINGS_FILE)
            blank = pd.Series(np.nan, index=tags.index)
            cells = {
                column: read_cells(tags.get(key, blank), "count").values
                for column, key in (
                    ("storeys", "building:levels"),
                    ("households", "building:flats"),
                )
            }
            buildings = buildings.assign(demand_id=buildings["osm"], kind=tags["building"], **cells)
            _write_buildings(staging, buildings[kept], area)
    return f"downloaded on {days}"


def _around(area: shapely.Geometry, metres: float) -> shapely.Geometry:
    """Return the land within some metres of a polygon, drawn with few corners and no holes."""
    shape = gpd.GeoSeries([area], crs=4326)
    local = shape.to_crs(shape.estimate_utm_crs())
    wide = local.buffer(metres, quad_segs=4).simplify(min(_TOLERANCE_M, metres / 2))
    parts = shapely.get_parts(wide.to_crs(4326).to_numpy())
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))


def _facility_tags() -> dict[str, bool | list[str]]:
    """Return the keys and values that the vocabulary's filters ask for."""
    asked: dict[str, set[str]] = {}
    whole: set[str] = set()
    texts = [text for one in categories().values() for text in one.osm]
    for one in map(tag_filter, [*texts, *osm_filters_unmapped()]):
        asked.setdefault(one.key, set()).update(one.values)
        if not one.values:
            whole.add(one.key)
    return {
        key: True if key in whole or len(values) > _FEW else sorted(values)
        for key, values in sorted(asked.items())
    }


def _write_facilities(staging: Path, objects: gpd.GeoDataFrame) -> None:
    """Write the objects that are facilities by their tags, with the categories they are."""
    rows: list[dict[str, str]] = objects["tags"].tolist()
    area = shapely.get_dimensions(objects.geometry.to_numpy()) == 2
    known: list[list[str]] = [[] for _ in rows]
    for category in categories().values():
        for index in {i for text in category.osm for i in _passing(text, rows, area)}:
            known[index].append(category.id)
    for text in osm_filters_unmapped():
        for index in _passing(text, rows, area):
            # As city.toml may overrule it: [categories] "amenity=school" = "primary_school".
            known[index] = known[index] or [text]
    kept = np.array([bool(ids) for ids in known], dtype=bool)
    if not kept.any():
        return
    tags = pd.DataFrame(rows, index=objects.index, dtype=object)
    blank = pd.Series(None, index=objects.index, dtype=object)
    names = tags.get("name", blank)
    for key in ("name:zh", "name:en", "operator"):
        names = names.fillna(tags.get(key, blank))
    street = tags.get("addr:street", blank).astype("string")
    number = tags.get("addr:housenumber", blank).astype("string").fillna("")
    table = gpd.GeoDataFrame(
        {
            "facility_id": objects["osm"],
            "name": names,
            "category": ["; ".join(ids) for ids in known],
            "address": tags.get("addr:full", blank).fillna((street + " " + number).str.strip()),
            "places": read_cells(tags.get("capacity", blank), "count").values,
            "open_hours": read_cells(tags.get("opening_hours", blank), "hours").values,
            "founded_year": read_cells(tags.get("start_date", blank), "year").values,
        },
        geometry=objects.geometry,
        crs=4326,
    )
    with plain_target(staging / FACILITIES_FILE) as target:
        table[kept].to_file(target, layer="facilities", driver="GPKG")


def _passing(text: str, rows: Sequence[dict[str, str]], area: BoolArray) -> list[int]:
    """Return which rows of tags pass a filter; areas of streets are no places."""
    one = tag_filter(text)
    found = [i for i, tags in enumerate(rows) if one.key in tags and one(tags)]
    return [i for i in found if not area[i]] if one.key == "highway" else found


def _days(cache: Path) -> str:
    """Return the day, or the first and the last day, on which the replies came."""
    times = [file.stat().st_mtime for file in cache.glob("*.json")]
    days = [datetime.datetime.fromtimestamp(t, datetime.UTC).date() for t in times]
    first, last = (min(days), max(days)) if days else (_today(), _today())
    return f"{first}" if first == last else f"{first} to {last}"


def _drop_cache(cache: Path) -> None:
    """Remove the replies of a download that is done; a later one asks again."""
    for file in cache.glob("*.json"):
        if re.fullmatch(r"[0-9a-f]{40}", file.stem):
            file.unlink()
    with suppress(OSError):
        cache.rmdir()


# -- from an extract ----------------------------------------------------------------------------


def _from_files(
    staging: Path, pbf: Path, name: str, boundary: Path | None, report: Progress
) -> None:
    report(0.0, "network")
    network = read_network(pbf)
    report(0.5, "boundary")
    if boundary is None:
        area = _land_around(network)
    else:
        table = read_table(boundary, kind="units").frame
        shapes, _ = polygons_of(table, file=str(boundary), what="boundaries")
        area = shapely.union_all(shapes.geometry.to_numpy())
    _write_boundary(staging, area, _clean(staging.parent.resolve().name))
    nodes = shapely.points(network.node_lonlat)
    shapely.prepare(area)
    if not shapely.contains(area, nodes).any():
        raise InputError(
            "no street of the extract lies inside the boundary",
            hint="Give the extract of the same place",
            file=pbf,
        )
    report(0.6, "buildings")
    with suppress(InputError):  # the extract has no homes: the streets stand for the people
        buildings, _ = read_osm_buildings(pbf, file=name)
        _write_buildings(staging, buildings, area)
    report(0.9, "files")
    if pbf.resolve() != (staging.parent / name).resolve():
        shutil.copyfile(pbf, staging / name)


def _land_around(network: WalkNetwork) -> shapely.Geometry:
    """Return the land within the access limit of the streets, drawn with few corners, no holes."""
    lines = edge_lines(network, in_metres=True)
    bands = shapely.buffer(shapely.simplify(lines, _TOLERANCE_M), MAX_ACCESS_M, quad_segs=2)
    land = shapely.simplify(shapely.union_all(bands), _TOLERANCE_M)
    filled = shapely.polygons(shapely.get_exterior_ring(shapely.get_parts(land)))
    whole = gpd.GeoSeries([shapely.union_all(filled)], crs=network.crs_m).to_crs(4326)
    return whole.iloc[0]


# -- what is written ----------------------------------------------------------------------------


def _write_boundary(staging: Path, area: shapely.Geometry, name: str) -> None:
    parts = shapely.get_parts(area)
    area = shapely.multipolygons(shapely.get_parts(parts[shapely.get_dimensions(parts) == 2]))
    table = gpd.GeoDataFrame({"unit_id": ["1"], "name": [name]}, geometry=[area], crs=4326)
    with plain_target(staging / BOUNDARY_FILE) as target:
        table.to_file(target, layer="district", driver="GPKG")


def _write_buildings(staging: Path, buildings: gpd.GeoDataFrame, area: shapely.Geometry) -> None:
    """Write the homes inside the boundary."""
    shapely.prepare(area)
    inside = shapely.intersects(area, shapely.point_on_surface(buildings.geometry.to_numpy()))
    areas = shapely.get_dimensions(buildings.geometry.to_numpy()) == 2
    table = buildings[inside & areas]
    columns = ["demand_id", "kind", "storeys", "households"]
    known = [c for c in columns if c in table and table[c].notna().any()]
    if len(table):
        with plain_target(staging / BUILDINGS_FILE) as target:
            table[[*known, "geometry"]].to_file(target, layer="buildings", driver="GPKG")
