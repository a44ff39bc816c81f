"""How each file of a project is understood: its columns, words, places and names of units.

A file that cannot be read is an entry with what is wrong and what can be chosen instead, and
keeps no other file from being looked at.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from livingcircle._arrays import FloatArray
from livingcircle._nearest import nearest
from livingcircle.city.city_file import read_config
from livingcircle.city.config import CityConfig, DemandConfig, FacilitiesConfig, TableConfig
from livingcircle.city.inputs import Inputs, with_unit_names
from livingcircle.city.operation import is_open
from livingcircle.city.osm_intake import one_category
from livingcircle.city.own_columns import own_roles
from livingcircle.city.parts import box_around, read_networks
from livingcircle.city.unit_names import find_by_name, name_forms
from livingcircle.desk.city_text import table_key
from livingcircle.desk.file_errors import error_lines
from livingcircle.desk.street_panels import datum_panels, likely_systems
from livingcircle.desk.tables_of import tables_of
from livingcircle.errors import LivingCircleError
from livingcircle.io.datum.detect import CANDIDATES, candidate_of
from livingcircle.io.formats.raster import is_raster
from livingcircle.io.notes import Note, shorten
from livingcircle.io.table.coordinates import read_degrees
from livingcircle.io.table.headers import Column, assign_roles
from livingcircle.io.table.read import Table
from livingcircle.io.table.records import read_records
from livingcircle.network.graph import WalkNetwork
from livingcircle.osm.objects import is_osm_file
from livingcircle.progress import Progress
from livingcircle.vocab.categories import categories_in, near_categories
from livingcircle.vocab.overture import overture_meanings

__all__ = ["Look", "look_at_files"]

Look = dict[str, object]
"""What the card of one file shows; see ``look_at_files``."""

TableSection = TableConfig | DemandConfig

_WORDS, _EXAMPLES, _VALUES = 200, 3, 40
"""Most words of a column that are listed, rows quoted of each, and values offered as a choice."""
_JOINED = ("facilities", "units")
"""Kinds of table that may name units instead of places."""
_AREAS = ("units", "villages", "land_use")


def look_at_files(
    city_file: Path, report: Progress = lambda share, text: None
) -> dict[str, object]:
    """Look at every table that a city.toml names, by itself.

    Parameters
    ----------
    city_file
        The city.toml.
    report
        Called with the share done and what is being done.

    Returns
    -------
    dict
        ``units``: the names of all units with boundaries. ``tables``: file → its tables, where it
        has several. ``files``: a table of a file (see ``table_key``) → ``rows``,
        ``kind``, ``columns`` (own, role, how, values, ticks: whether rows
        can be chosen by them), ``notes``, ``places`` (rows with and
        without), ``category`` and ``words`` (text, count, ids, near, examples, own_only),
        ``operation``, ``lost`` (names of no unit with those like them), ``datum`` and what
        the streets say of it, ``systems``; or ``error``.

    Raises
    ------
    LivingCircleError
        The city.toml itself is wrong.
    """
    config = read_config(city_file)
    own = own_roles(config.vocabulary.columns, file=city_file)
    # Units keep the names that the files write: conditions are chosen among these.
    inputs = Inputs(city_file, own=own)
    report(0.0, "network")
    network, why = _network(inputs, config)
    if network is not None:
        inputs.near = box_around(network.node_lonlat)
    parts = _parts(config)
    looks: dict[str, Look] = {}
    tables: dict[str, Table] = {}
    for number, (kind, part) in enumerate(parts):
        report(0.3 + 0.6 * number / len(parts), Path(str(part.source)).name)
        name = _key(part)
        if name in looks:
            # A card stands for the first of several that are read alike; all are known units.
            with contextlib.suppress(LivingCircleError):
                if kind == "units":
                    inputs.table(inputs.find(str(part.source), kind), part, kind)
            continue
        looks[name], table = _look(inputs, network, config, kind, part)
        if table is not None:
            tables[name] = with_unit_names(table, config.unit_names, kind)
    known = _known_units(inputs, config)
    for name, table in tables.items():
        looks[name]["lost"] = _lost(table, str(looks[name]["kind"]), known)
    if why is not None and config.network.source is not None:
        looks[Path(config.network.source).name] = {"kind": "network", "error": why}
    names = [] if known is None else known["name"].dropna().astype(str).unique().tolist()
    files = {Path(str(part.source)).name: inputs.folder / str(part.source) for _, part in parts}
    tables_in = {name: tables_of(path) for name, path in files.items()}
    several = {name: listed for name, listed in tables_in.items() if listed}
    return {"files": looks, "units": names, "tables": several}


def _key(part: TableSection) -> str:
    stated = {"layer": part.layer, "sheet": part.sheet}
    return table_key(Path(str(part.source)).name, stated)


def _network(inputs: Inputs, config: CityConfig) -> tuple[WalkNetwork | None, list[str] | None]:
    if config.network.source is None:
        return None, None  # a place by its name is not downloaded for a look
    try:
        return read_networks(inputs, config.network)[0], None
    except LivingCircleError as error:
        return None, error_lines(error, inputs.folder)


def _parts(config: CityConfig) -> list[tuple[str, TableSection]]:
    """Return the tables of a city with their kinds, extracts and rasters apart."""
    listed: list[tuple[str, TableSection | None]] = [
        *(("units", part) for part in config.units),
        *(("facilities", part) for part in config.facilities),
        ("villages", config.urban_villages),
        ("land_use", config.land_use),
        ("demand", config.demand),
    ]
    return [
        (kind, part)
        for kind, part in listed
        if part is not None
        and part.source is not None
        and not is_osm_file(Path(part.source))
        and not is_raster(part.source)
    ]


def _look(
    inputs: Inputs, network: WalkNetwork | None, config: CityConfig, kind: str, part: TableSection
) -> tuple[Look, Table | None]:
    """Look at one table; the table itself is None where it cannot be read."""
    source = str(part.source)
    try:
        path = inputs.find(source, kind)
        stated = _stated_category(config, part)
        # Rows that "where" leaves out are looked at too: the choice is made of them.
        bare = part.model_copy(update={"where": None})
        inputs.table(path, bare, kind, stated, require_geometry=kind not in _JOINED)
    except LivingCircleError as error:
        return _not_read(inputs, network, kind, part, error), None
    table = inputs.tables[-1][2]
    frame = table.frame
    look: Look = {
        "kind": kind,
        "rows": len(frame),
        "set_aside": len(table.set_aside),
        "columns": _columns(table),
        "notes": [_note(note) for note in table.notes],
        "status": {str(k): int(n) for k, n in frame["status"].value_counts().items()},
        "datum": table.datum,
        "datum_from": table.datum_from,
    }
    if kind == "facilities" and isinstance(part, FacilitiesConfig):
        header = next((c.own for c in table.columns if c.role == "category"), "")
        look |= _words(frame, part, config.overrule, header)
    name = candidate_of(table.datum)
    if network is not None and name in CANDIDATES:
        shapes = frame.geometry.to_numpy()
        look["streets"] = datum_panels(network, shapes, name, outlines=kind in _AREAS)
    return look, table


def _stated_category(config: CityConfig, part: TableSection) -> dict[str, str | None]:
    category = part.category if isinstance(part, FacilitiesConfig) else None
    if category is None or one_category(category, config.overrule) is not None:
        return {}
    return {category: "category"}


def _not_read(
    inputs: Inputs,
    network: WalkNetwork | None,
    kind: str,
    part: TableSection,
    error: LivingCircleError,
) -> Look:
    """Return what can be chosen of a file that is not understood: its headers, its system."""
    look: Look = {"kind": kind, "error": error_lines(error, inputs.folder), "field": error.field}
    try:
        raw = read_records(
            inputs.folder / str(part.source),
            layer=part.layer,
            sheet=part.sheet,
            encoding=part.encoding,
            header_row=part.header_row,
        )
        means = assign_roles(
            list(raw.frame.columns), kind=kind, file=raw.file, cut_names=raw.cut_names
        )
    except LivingCircleError:
        return look
    role = {column.own: column for column in means}
    look["rows"] = len(raw.frame)
    look["columns"] = [_column(raw.frame[own], own, role.get(own)) for own in raw.frame.columns]
    if network is not None and error.field in ("datum", "crs"):
        at = {column.role: column.own for column in means}
        xy: FloatArray | None = None
        if raw.geometry is not None:
            xy = shapely.get_coordinates(raw.geometry[~shapely.is_missing(raw.geometry)])
        elif "lon" in at and "lat" in at:
            xy = np.column_stack([read_degrees(raw.frame[at[axis]])[0] for axis in ("lon", "lat")])
        if xy is not None:
            step = max(1, len(xy) // 2000)
            look["systems"] = likely_systems(network, xy[::step, 0], xy[::step, 1])
            look |= _panels_of(network, xy, look)
    return look


def _panels_of(network: WalkNetwork, xy: FloatArray, look: Look) -> Look:
    """Return the panels of degrees that were refused as they are."""
    if look["systems"]:
        return {}
    return {"datum": "wgs84", "streets": datum_panels(network, shapely.points(xy), "wgs84")}


def _columns(table: Table) -> list[Look]:
    """Return the columns of a table under their own names, in their order as far as it is known."""
    frame = table.frame
    means = {column.own: column for column in table.columns}
    roles = {column.role for column in table.columns}
    ours = {*roles, "geometry", "source_row", "status", "reason", "reason_zh", "unit"}
    listed = [_column(frame.get(c.role), own, c) for own, c in means.items()]
    # What was left alone under a name of ours is called so by its own header again.
    left = [str(n) for n in frame.columns if n not in ours or n in means]
    rest = [(n, n.removesuffix("_as_written")) for n in left if n not in means]
    return listed + [_column(frame[name], own, None) for name, own in rest]


def _column(cells: pd.Series | None, own: str, means: Column | None) -> Look:
    values: list[tuple[str, int]] = []
    more, ticks = 0, False
    if cells is not None:
        filled = cells.dropna().astype(str).str.strip()
        filled = filled[filled != ""]
        counts = filled.value_counts()
        few = len(counts) <= _VALUES
        counts = _as_where_sees(counts) if few else counts
        values = [(shorten(v, 60), int(n)) for v, n in counts.head(_VALUES if few else 3).items()]
        more = 0 if few else len(counts) - 3
        # What is shown in short, or stands in no quotes, cannot be named in a "where".
        ticks = few and all(map(_can_be_named, (own, *counts.index)))
    return {
        "own": own,
        "role": "" if means is None else means.role,
        "how": "" if means is None else means.how,
        "values": values,
        "more": more,
        "ticks": ticks,
    }


def _as_where_sees(counts: pd.Series) -> pd.Series:
    """Count values that ``where`` takes for one together, as the commonest of them is written."""
    seen = pd.Series(counts.index.str.normalize("NFKC").str.strip(), index=counts.index)
    written = seen.index.to_series().groupby(seen, sort=False).first()
    return pd.Series(counts.groupby(seen, sort=False).sum().to_numpy(), index=written.to_numpy())


def _can_be_named(text: str) -> bool:
    return shorten(text, 60) == text and not {"'", '"'} <= set(text)


def _words(
    frame: gpd.GeoDataFrame,
    part: FacilitiesConfig,
    overrule: Mapping[str, tuple[str, ...]],
    header: str,
) -> Look:
    """Return the words of a list for its categories and its operation, and what they mean."""
    out: Look = {}
    name = frame["name"] if "name" in frame else pd.Series(None, index=frame.index, dtype=object)
    whole = one_category(part.category, overrule)
    if whole is not None:
        out["category"] = list(whole)
    elif "category" in frame:
        written = frame["category"].dropna().astype(str)
        overrule = {**overture_meanings(header, written.unique()), **overrule}
        words = []
        for text, rows in list(written.groupby(written, sort=False))[:_WORDS]:
            ids, unknown, _ = categories_in(str(text), overrule)
            words.append(
                {
                    "text": str(text),
                    "count": len(rows),
                    "ids": list(ids),
                    "known": not unknown,
                    "near": list(near_categories(str(text))) if unknown else [],
                    "examples": name[rows.index].dropna().astype(str).head(_EXAMPLES).tolist(),
                }
            )
        # What is not understood stands first, the most rows before the others.
        words.sort(key=lambda word: (bool(word["known"]), -int(str(word["count"]))))
        out["words"] = words
        out["blank"] = int(frame["category"].isna().sum())
    if "operation" in frame:
        counts = frame["operation"].dropna().astype(str).value_counts().head(_VALUES)
        out["operation"] = [
            {"text": str(text), "count": int(n), "open": is_open(str(text))}
            for text, n in counts.items()
        ]
    return out


def _known_units(inputs: Inputs, config: CityConfig) -> pd.DataFrame | None:
    """Return the units with boundaries: unit_id, name, and town and district where given."""
    mine = {str(inputs.folder / part.source) for part in config.units}
    found = []
    for source, kind, table in inputs.tables:
        frame = with_unit_names(table, config.unit_names, kind).frame
        if kind != "units" or not any(Path(source) == Path(m) for m in mine):
            continue
        if frame.geometry.isna().all() or "name" not in frame:
            continue
        wanted = ["unit_id", "name", "town", "district"]
        found.append(pd.DataFrame(frame[[c for c in wanted if c in frame]]))
    if not found:
        return None
    known = pd.concat(found, ignore_index=True)
    number = pd.Series(np.arange(len(known)), index=known.index).astype(str)
    known["own_id"] = known.get("unit_id")
    return known.assign(unit_id="#" + number)


def _lost(table: Table, kind: str, known: pd.DataFrame | None) -> list[Look]:
    """Return the names of units in a table that are none, with those that look like them."""
    frame = table.frame
    column = "unit" if kind != "units" else "name" if frame.geometry.isna().all() else ""
    if known is None or column not in frame:
        return []
    names = frame[column].astype(object)
    names = names.where(names.notna(), None)
    above = {c: frame[c] for c in ("town", "district") if c in frame}
    lost = names[names.notna() & find_by_name(known, names, **above).isna()].astype(str)
    lost = lost[~lost.str.fullmatch(r"\d+")]
    by_form = {name_forms(str(name))[-1]: str(name) for name in known["name"].dropna()}
    out: list[Look] = []
    for name, rows in list(lost.groupby(lost, sort=False))[:_WORDS]:
        near = [by_form[form] for form in nearest(name_forms(str(name))[-1], by_form, count=3)]
        at = frame.loc[rows.index[:5], "source_row"].astype(int).tolist()
        out.append({"text": str(name), "count": len(rows), "rows": at, "near": near})
    return sorted(out, key=lambda one: -int(str(one["count"])))


def _note(note: Note) -> Look:
    return {
        "field": [note.about.zh, note.about.en],
        "text": [note.text.zh, note.text.en],
        "overrule": note.overrule,
    }
