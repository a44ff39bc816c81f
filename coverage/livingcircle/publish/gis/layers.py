"""CITY.gpkg: every table of the result as a layer that QGIS opens in its style."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow.parquet
import pyogrio

from livingcircle.errors import ConfigError
from livingcircle.gaps.explain import Explained
from livingcircle.io.file_names import file_stem
from livingcircle.io.formats.gdal import plain_target
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish import frames
from livingcircle.publish.closures import closures_frame, private_streets_frame
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.evidence import Evidence, anchors_frame
from livingcircle.publish.gap_lists import (
    GAPS_SHOWN,
    GapLists,
    areas_note,
    gap_lists,
    legs_note,
)
from livingcircle.publish.gis.gpkg import OutputLayer, write_geopackage
from livingcircle.publish.gis.styles import circle_title, layer_title, share_style, style_of
from livingcircle.publish.hills import slopes_frame, waits_frame
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.result import Result

__all__ = ["LAYER_FORMATS", "file_stem", "result_layers", "write_layers"]

LAYER_FORMATS = ("geojson", "geoparquet")
"""Written besides the GeoPackage when they are asked for."""

STYLES_A_LAYER = 12
"""Named styles (one per circle standard) that a layer of units offers besides its default one."""


def write_layers(
    result: Result,
    folder: Path,
    *,
    evidence: Evidence | None = None,
    explained: Explained | None = None,
    plans: Sequence[SitePlan] = (),
    formats: Sequence[str] = (),
) -> dict[str, int]:
    """Write ``CITY.gpkg`` into `folder`, and further formats on request.

    Parameters
    ----------
    result
        A ``livingcircle.standards.result.Result``.
    folder
        An existing folder.
    evidence
        Circles and routes, where they were worked out already.
    explained
        What ``livingcircle.explain`` found: written as ``gap_areas`` and ``links``.
    plans
        Proposed sites: written as ``sites`` and, where new links do as much, ``site_links``.
    formats
        Of ``LAYER_FORMATS``: a file per layer, GeoJSON (RFC 7946) or GeoParquet, in a folder of
        that name.

    Returns
    -------
    dict
        Layer → rows.

    Raises
    ------
    ConfigError
        A format that is not offered.
    """
    for name in formats:
        if name not in LAYER_FORMATS:
            raise ConfigError(
                f"there is no format '{name}'", hint=f"Use {' or '.join(LAYER_FORMATS)}."
            )
    evidence = evidence if evidence is not None else Evidence(result)
    path = folder / f"{file_stem(result.city.name)}.gpkg"
    layers = result_layers(result, evidence, explained=explained, plans=plans)
    credit = osm_credit(result.city)
    if not formats:
        return write_geopackage(path, layers, credit)
    kept = list(layers)
    for name in formats:
        _write_files(folder / name, name, kept, credit)
    return write_geopackage(path, iter(kept), credit)


def result_layers(
    result: Result,
    evidence: Evidence,
    *,
    explained: Explained | None = None,
    plans: Sequence[SitePlan] = (),
) -> Iterator[OutputLayer]:
    """Yield the layers one by one, areas before lines before points."""
    standards = [f.id for f in result.findings]
    first = standards[frames.opening_finding(result.findings)] if standards else ""
    sites = frames.sites_frame(plans)
    # What maps open with comes first: the styles show it by default.
    circles = sorted((f.id for f in frames.circle_findings(result)), key=lambda s: s != first)
    ids = list(dict.fromkeys([first, *circles, *standards]))
    for level, units in frames.unit_frames(result).items():
        name = f"units_{level}"
        counts = style_of(name, units, ids)
        styles = [
            (f"{standard} 未覆盖比例", share_style(field, dict(counts.aliases)))
            for standard in circles
            if (field := frames.column(standard, "value")) in units
        ][:STYLES_A_LAYER]
        styles.insert(1, ("未达标项数", counts))
        yield OutputLayer(name, units, styles[0][1], layer_title(name), styles)
    known = list(result.city.facilities.categories)
    for name, circle in evidence.circles():
        yield OutputLayer(name, circle, style_of(name, circle, ids), circle_title(circle, known))
    yield _layer("urban_villages", frames.villages_frame(result), ids)
    yield from _gap_layers(gap_lists(result), ids)
    if explained is not None and len(explained.areas):
        areas = explained.areas
        near = areas[areas["area_id"].le(GAPS_SHOWN).to_numpy(dtype=bool)]
        yield _layer("gap_areas", near, ids, areas_note(len(near), len(areas)))
    if explained is not None and len(explained.links):
        # Which homes each link brings back is a list, and lists are for Python.
        yield _layer("links", explained.links.drop(columns="regains", errors="ignore"), ids)
    if explained is not None and explained.uncertainty is not None:
        yield _layer("field_checks", explained.uncertainty.checks, ids)
    yield _layer("evidence", evidence.routes, ids)
    legs, legs_in_all = anchors_frame(result, evidence.context.travel)
    yield _layer("anchors", legs, ids, legs_note(len(legs), legs_in_all))
    network = result.city.network
    shut = {
        "private_streets": private_streets_frame(network),
        "closures": closures_frame(network),
        "slopes": slopes_frame(network),
        "stairs_and_crossings": waits_frame(network),
    }
    for name, frame in shut.items():
        if len(frame):
            yield _layer(name, frame, ids)
    yield _layer("demand", frames.demand_frame(result), ids)
    yield _layer("facilities", frames.facilities_frame(result), ids)
    built = frames.links_frame(plans)
    if len(built):
        yield _layer("site_links", built, ids)
    yield _layer("sites", sites, ids)
    yield _layer("quality", frames.quality_frame(result), ids)
    yield _layer("findings", frames.findings_frame(result), ids)


def _layer(
    name: str, frame: pd.DataFrame, standards: Sequence[str], note: LocalizedText = EMPTY
) -> OutputLayer:
    style = style_of(name, frame, standards)
    return OutputLayer(name, frame, style, layer_title(name), note=note)


def _gap_layers(lists: GapLists, standards: Sequence[str]) -> Iterator[OutputLayer]:
    """Yield ``gaps`` as points, and ``gap_units`` where gaps are whole units or villages.

    A layer holds one kind of geometry, so that QGIS shows it in one style; both layers have the
    same rows as far as they have that geometry, and ``gaps`` has them all.
    """
    gaps = lists.shown
    areal = gaps.geometry.geom_type.isin(["Polygon", "MultiPolygon"])
    if areal.any():
        yield _layer("gap_units", gaps[areal], standards, lists.note)
    points = gaps.set_geometry(gpd.points_from_xy(gaps["lon"], gaps["lat"], crs=gaps.crs))
    yield _layer("gaps", points, standards, lists.note)


def _write_files(
    folder: Path, name: str, layers: Sequence[OutputLayer], credit: LocalizedText
) -> None:
    """Write one file for each spatial layer."""
    folder.mkdir()
    for layer in layers:
        if not layer.spatial:
            continue
        frame: gpd.GeoDataFrame = frames.plain_columns(layer.frame)
        frame = frame.to_crs(4326)
        if name == "geoparquet":
            path = folder / f"{layer.name}.parquet"
            frame.to_parquet(path, index=False)
            if credit:
                _credit_parquet(path, credit)
            continue
        # RFC 7946: WGS 84, seven decimals (a centimetre), rings by the right-hand rule, no crs.
        options = {"RFC7946": "YES", "COORDINATE_PRECISION": "7", "WRITE_NAME": "NO"}
        if credit:
            options["DESCRIPTION"] = credit.en
        with plain_target(folder / f"{layer.name}.geojson") as target:
            pyogrio.write_dataframe(frame, target, driver="GeoJSON", layer_options=options)


def _credit_parquet(path: Path, credit: LocalizedText) -> None:
    """Say in the metadata of a file whose data it holds."""
    table = pyarrow.parquet.read_table(path)
    described = {**(table.schema.metadata or {}), b"attribution": credit.en.encode()}
    pyarrow.parquet.write_table(table.replace_schema_metadata(described), path)
