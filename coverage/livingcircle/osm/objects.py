"""OpenStreetMap objects by their tags: facilities, buildings and administrative areas."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely

from livingcircle._arrays import GeometryArray
from livingcircle.errors import ConfigError, InputError, MissingFileError
from livingcircle.io.formats.bounds import check_compressed, refuse_special
from livingcircle.osm.access import Tags
from livingcircle.osm.edits import deleted_ids, opened_text

__all__ = ["TagFilter", "is_osm_file", "read_objects", "tag_filter"]


_TERM = re.compile(r"\s*([\w:]+)\s*(!=|!~|=|~)\s*(.+?)\s*$")
_COLUMNS = ["osm", "labels", "name", "tags", "geometry"]
_HEAD_BYTES = 4096
# Ways and areas with these keys alone are streets, not places; a bus stop is a node.
_ONLY_NODES = frozenset({"highway"})


@dataclass(frozen=True)
class TagFilter:
    """A filter such as ``amenity=clinic|doctors & name!~卫生室``; the terms must all hold."""

    text: str
    key: str
    """A key that an object must have; used to pass over the rest of the file quickly."""
    values: tuple[str, ...]
    """Of which it must have one of these values; empty: any."""
    test: Callable[[Tags], bool]

    def __call__(self, tags: Tags) -> bool:
        """Return whether an object with these tags passes."""
        return self.test(tags)


@cache
def tag_filter(text: str) -> TagFilter:
    """Return the filter that a text describes.

    Terms are joined by ``&``: ``key=a|b``, ``key!=a|b``, ``key=*``, ``key~regex``, ``key!~regex``.

    Raises
    ------
    ConfigError
        A term cannot be read, or none says which key an object must have.
    """
    tests: list[Callable[[Tags], bool]] = []
    key = ""
    values: tuple[str, ...] = ()
    for term in text.split(" & "):
        match = _TERM.fullmatch(term)
        if match is None:
            raise ConfigError(
                f"'{text}' is no OpenStreetMap filter", hint="Write key=value, key=a|b or key=*"
            )
        tests.append(_test(match[1], match[2], match[3]))
        if not key and not match[2].startswith("!"):
            key = match[1]
            if match[2] == "=" and match[3] != "*":
                values = tuple(match[3].split("|"))
    if not key:
        raise ConfigError(
            f"'{text}' says only what an object must not be", hint="Add a term such as amenity=*"
        )
    return TagFilter(text, key, values, lambda tags: all(test(tags) for test in tests))


def _test(key: str, sign: str, value: str) -> Callable[[Tags], bool]:
    if sign.endswith("~"):
        pattern = re.compile(value)

        def found(tags: Tags) -> bool:
            return pattern.search(tags.get(key, "")) is not None

    elif value == "*":

        def found(tags: Tags) -> bool:
            return key in tags

    else:
        values = frozenset(value.split("|"))

        def found(tags: Tags) -> bool:
            # OpenStreetMap parts several values by semicolons.
            return not values.isdisjoint(tags.get(key, "").split(";"))

    return (lambda tags: not found(tags)) if sign.startswith("!") else found


def is_osm_file(source: str | Path) -> bool:
    """Return whether a file is an OpenStreetMap extract: by its name, an ``.xml`` by its head."""
    name = str(source).lower()
    if name.endswith((".xml", ".xml.gz", ".xml.bz2")):
        try:
            with opened_text(Path(source)) as stream:
                return b"<osm" in stream.read(_HEAD_BYTES)
        except (OSError, EOFError):
            return False
    return name.endswith((".pbf", ".osm", ".osm.gz", ".osm.bz2"))


def read_objects(
    path: str | Path,
    filters: Mapping[str, Sequence[str]],
    *,
    nodes: bool = True,
    lines: bool = False,
) -> gpd.GeoDataFrame:
    """Read the nodes and areas of an OpenStreetMap file that pass a filter.

    Objects that are deleted (``visible="false"``, ``action="delete"``) are left out.

    Parameters
    ----------
    path
        ``.osm.pbf`` or ``.osm``.
    filters
        Label → filters (see ``tag_filter``), any of which suffices.
    nodes
        Whether nodes are wanted as well as areas.
    lines
        Whether ways that are not closed are wanted as lines, streets among them.

    Returns
    -------
    geopandas.GeoDataFrame
        EPSG:4326, in the order of the file. ``osm`` ("node/1", "way/2", "relation/3"), ``labels``
        (tuple), ``name``, ``tags`` (dict), and the geometry: Point, Polygon or MultiPolygon; a
        tagged way that is not closed gives the point in its middle, or with ``lines`` its line.

    Raises
    ------
    MissingFileError, InputError
        The file is absent or broken.
    """
    path = Path(path)
    refuse_special(path)
    if not path.is_file():
        raise MissingFileError("no such file", file=path, hint="Check the path")
    check_compressed(path)
    labels = _labeller(filters)
    wanted = [tag_filter(text) for texts in filters.values() for text in texts]
    areas = [one for one in wanted if lines or one.key not in _ONLY_NODES]
    rows: list[_Row] = []
    try:
        gone = deleted_ids(path)
        if nodes:
            rows += _node_rows(path, _passing(wanted), labels, gone["node"])
        if areas:
            rows += _area_rows(path, _passing(areas), labels, gone)
    except (RuntimeError, ValueError, OSError, EOFError) as error:
        raise InputError(
            f"the OpenStreetMap file cannot be read ({str(error).splitlines()[0][:160]})",
            file=path,
            hint="Download or export it again; it may be cut off",
        ) from error
    table = pd.DataFrame(rows, columns=_COLUMNS)
    geometry = shapely.from_wkb(table.pop("geometry").to_numpy(dtype=object))
    if not lines:
        open_way = shapely.get_type_id(geometry) == shapely.GeometryType.LINESTRING
        middle = shapely.line_interpolate_point(geometry[open_way], 0.5, normalized=True)
        geometry[open_way] = middle
    return gpd.GeoDataFrame(table, geometry=_simplest(geometry), crs=4326)


_Row: TypeAlias = tuple[str, tuple[str, ...], str | None, dict[str, str], bytes]
"""A row of `_COLUMNS`; the geometry as well-known binary."""


def _labeller(filters: Mapping[str, Sequence[str]]) -> Callable[[Tags], tuple[str, ...]]:
    """Return a function from tags to the labels whose filters they pass."""
    # By key and value where a filter asks for one, so that a bench is not tried against all.
    by_tag: dict[tuple[str, str], list[tuple[str, TagFilter]]] = {}
    for label, texts in filters.items():
        for text in texts:
            one = tag_filter(text)
            for value in one.values or ("",):
                by_tag.setdefault((one.key, value), []).append((label, one))
    order = {label: i for i, label in enumerate(filters)}

    def labels(tags: Tags) -> tuple[str, ...]:
        found = set()
        for key, value in tags.items():
            for part in (*value.split(";"), ""):
                found |= {label for label, one in by_tag.get((key, part), ()) if one(tags)}
        return tuple(sorted(found, key=order.__getitem__))

    return labels


def _passing(filters: Iterable[TagFilter]) -> osmium.filter.TagFilter | osmium.filter.KeyFilter:
    """Return the coarse filter that keeps what may pass; it works before Python sees anything."""
    filters = list(filters)
    if all(one.values for one in filters):
        tags = {(one.key, value) for one in filters for value in one.values}
        return osmium.filter.TagFilter(*sorted(tags))
    return osmium.filter.KeyFilter(*sorted({one.key for one in filters}))


def _node_rows(
    path: Path,
    passing: osmium.filter.TagFilter | osmium.filter.KeyFilter,
    labels: Callable[[Tags], tuple[str, ...]],
    gone: frozenset[int],
) -> list[_Row]:
    factory = osmium.geom.WKBFactory()
    reader = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(passing)
    rows = []
    for node in reader:
        if not node.visible or node.id in gone:
            continue
        tags = dict(node.tags)
        found = labels(tags)
        if found and node.location.valid():
            wkb = bytes.fromhex(factory.create_point(node))
            rows.append((f"node/{node.id}", found, _name(tags), tags, wkb))
    return rows


def _area_rows(
    path: Path,
    passing: osmium.filter.TagFilter | osmium.filter.KeyFilter,
    labels: Callable[[Tags], tuple[str, ...]],
    gone: Mapping[str, frozenset[int]],
) -> list[_Row]:
    factory = osmium.geom.WKBFactory()
    reader = (
        osmium.FileProcessor(str(path))
        .with_areas(passing)
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY | osmium.osm.AREA))
        .with_filter(passing)
    )
    rows = []
    for item in reader:
        if item.is_way() and item.is_closed():
            continue  # comes again as an area
        of_way = item.is_way() or item.from_way()
        own = item.id if item.is_way() else item.orig_id()
        if not item.visible or own in gone["way" if of_way else "relation"]:
            continue
        tags = dict(item.tags)
        found = labels(tags)
        if not found:
            continue
        try:
            if item.is_way():
                wkb = factory.create_linestring(item)
            else:
                wkb = factory.create_multipolygon(item)
        except (RuntimeError, osmium.InvalidLocationError):
            continue  # the extract cut it: nodes or rings are not in the file
        key = f"{'way' if of_way else 'relation'}/{own}"
        rows.append((key, found, _name(tags), tags, bytes.fromhex(wkb)))
    return rows


def _simplest(geometry: GeometryArray) -> GeometryArray:
    """Return multipolygons of one part as polygons."""
    single = shapely.get_num_geometries(geometry) == 1
    single &= shapely.get_type_id(geometry) == shapely.GeometryType.MULTIPOLYGON
    out = np.array(geometry, dtype=object)
    out[single] = shapely.get_geometry(out[single], 0)
    return out


def _name(tags: Tags) -> str | None:
    return next((tags[k] for k in ("name", "name:zh", "name:en", "operator") if tags.get(k)), None)
