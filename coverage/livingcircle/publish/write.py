"""What a run writes: a folder with everything that the design promises, whole or not at all."""

from __future__ import annotations

import datetime
import hashlib
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
import pandas as pd
import pyogrio

from livingcircle._memory import give_back
from livingcircle.compare.run_record import FileRecord, InputRecord, Json, PackRecord, RunRecord
from livingcircle.gaps.explain import Explained
from livingcircle.io.fingerprint import sha256_of
from livingcircle.io.notes import Note
from livingcircle.io.ownership import OWNED_LIST, files_below
from livingcircle.io.public_names import public_names
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.equity import EquityView
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.folder import RECORD, replaced_run_folder
from livingcircle.publish.gap_lists import gap_lists
from livingcircle.publish.gis.layers import write_layers
from livingcircle.publish.hours import hours_frame
from livingcircle.publish.json_text import json_text
from livingcircle.publish.office.tables import (
    write_checks_csv,
    write_equity_csv,
    write_gap_lists,
    write_hours_csv,
    write_scorecard_csv,
    write_sites_csv,
)
from livingcircle.publish.office.workbook import write_scorecard_xlsx
from livingcircle.publish.proof.write import write_proof
from livingcircle.publish.web.basemap import Basemap, basemap_layers
from livingcircle.publish.web.map import write_map
from livingcircle.publish.web.report import shown_findings, write_report
from livingcircle.secrets import masked
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.model import Pack
from livingcircle.standards.result import Result

__all__ = ["WriteOptions", "provenance", "write_run"]

_SOFTWARE = (
    "folium", "geopandas", "networkx", "numpy", "osmium", "osmnx", "pandas", "pyogrio", "pyproj",
    "rasterio", "scipy", "shapely", "xstatic-leaflet",
)  # fmt: skip


class WriteTerms(TypedDict, total=False):
    """The fields of ``WriteOptions``, as a call names them."""

    formats: Sequence[str]
    basemap: Basemap
    started: datetime.datetime | None
    progress: Callable[[str], None] | None
    more: Callable[[Path], object] | None


@dataclass(frozen=True)
class WriteOptions:
    """How a result is written, besides what it holds."""

    formats: Sequence[str] = ()
    """``"geojson"``, ``"geoparquet"``: besides the GeoPackage."""
    basemap: Basemap = None
    """What map.html offers as an online map (see ``livingcircle.publish.web.map.write_map``);
    the value of city.toml by default."""
    started: datetime.datetime | None = None
    """When the run began; now if not given."""
    progress: Callable[[str], None] | None = None
    """Called with the name of each step before it begins."""
    more: Callable[[Path], object] | None = None
    """Writes further files into the folder before it is put in place."""


def write_run(
    result: Result,
    folder: str | Path,
    *,
    explained: Explained,
    plans: Sequence[SitePlan],
    options: WriteOptions | None = None,
) -> Path:
    """Write everything that a run gives, whole or not at all.

    Parameters
    ----------
    result
        A ``livingcircle.standards.result.Result``.
    folder
        Where to; missing, empty, or an earlier output, which is replaced at the very end.
    explained
        What ``livingcircle.explain`` found for this result: its reasons are used in
        place of the result's own, its areas and links become layers.
    plans
        Proposed sites.
    options
        How it is written.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        The folder holds something else, or cannot be written.
    """
    options = options or WriteOptions()
    begun = options.started or datetime.datetime.now(datetime.UTC)
    place = Path(folder)
    timings: dict[str, float] = {}
    basemap = options.basemap
    basemap = basemap_layers(result.city.config.map) if basemap is None else basemap
    result = explained.result

    @contextmanager
    def step(name: str) -> Iterator[None]:
        if options.progress is not None:
            options.progress(name)
        start = time.perf_counter()
        give_back()
        yield
        timings[f"write {name}"] = round(time.perf_counter() - start, 3)

    with replaced_run_folder(place) as fresh:
        with step("evidence"):
            evidence = Evidence(result)
        fair = EquityView(result, tuple(f.id for f in shown_findings(result, evidence)))
        with step("equity"):
            write_equity_csv(fair.table, fresh / "equity.csv")
            write_equity_csv(fair.single, fresh / "single_points.csv")
        with step("layers"):
            layers = write_layers(
                result,
                fresh,
                evidence=evidence,
                explained=explained,
                plans=plans,
                formats=options.formats,
            )
        with step("tables"):
            write_scorecard_csv(result, fresh / "scorecard.csv")
            hours = hours_frame(result)
            write_scorecard_xlsx(result, fresh / "scorecard.xlsx", fair, hours)
            if len(hours):
                write_hours_csv(hours, fresh / "hours.csv")
            all_gaps = write_gap_lists(result, fresh)
            if explained.uncertainty is not None:
                write_checks_csv(explained.uncertainty.checks, fresh / "field_checks.csv")
            if plans:
                write_sites_csv(plans, fresh / "sites.csv")
        with step("map.html"):
            links = explained.links
            write_map(
                result,
                fresh / "map.html",
                evidence=evidence,
                links=links,
                plans=plans,
                basemap=basemap,
                uncertainty=explained.uncertainty,
            )
        with step("report.html"):
            write_report(
                result,
                fresh / "report.html",
                evidence=evidence,
                plans=plans,
                fair=fair,
                uncertainty=explained.uncertainty,
                hours=hours,
            )
        with step("proof"):
            write_proof(result, plans, fresh)
        if options.more is not None:
            options.more(fresh)
        record = provenance(result, begun, timings, layers)
        if explained.uncertainty is not None:
            record["draws"] = cast("dict[str, Json]", _plain(_dump(explained.uncertainty.terms)))
        record["plans"] = [_plan(option) for plan in plans for option in plan.options]
        record["all_gaps"], record["gap_count"] = all_gaps, gap_lists(result).total
        record["outputs"] = _outputs(fresh)
        text = json_text(record, indent=1)
        (fresh / RECORD).write_text(text + "\n", encoding="utf-8", newline="\n")
    return place


def provenance(
    result: Result,
    started: datetime.datetime,
    timings: Mapping[str, float],
    layers: Mapping[str, int],
) -> RunRecord:
    """Return run.json: what was read and how, with which software, and that no row was lost.

    A note says what was understood in English (``text``) and in Chinese (``text_zh``).
    """
    city = result.city
    credit = osm_credit(city)
    findings = pd.Series([f.status for f in result.findings], dtype=object)
    # "program" comes first: by it the folder is known as one that may be replaced.
    record: RunRecord = {
        "program": "livingcircle",
        "version": _version("livingcircle"),
        "schema": 1,
        "city": {"name": city.name, "name_en": city.name_en, "synthetic": bool(city.synthetic)},
        "credit": {"zh": credit.zh, "en": credit.en} if credit else {},
        "started": started.astimezone().isoformat(timespec="seconds"),
        "finished": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "as_of": result.as_of,
        "packs": [_pack(pack) for pack in result.packs],
        "parameters": {
            "walker": city.walker,
            "max_access_m": city.max_access_m,
            "config": cast("Mapping[str, Json]", _plain(_dump(city.config))),
        },
        "inputs": [cast("InputRecord", _plain(_dump(entry))) for entry in city.inputs],
        "rows": _row_counts(result, layers),
        "network": {
            "nodes": city.network.node_count,
            "edges": city.network.edge_count,
            "pieces": int(city.network.piece.max()) + 1 if city.network.node_count else 0,
            "notes": _plain(dict(city.network.notes)),
        },
        "findings": {str(k): int(v) for k, v in findings.value_counts().sort_index().items()},
        "undecided": result.undecided(),
        "uncounted": result.uncounted(),
        "layers": dict(layers),
        "notes": [_plain(_note(note)) for note in city.notes],
        "timings_s": {**{k: round(float(v), 3) for k, v in result.timings.items()}, **timings},
        "software": {
            "python": platform.python_version(),
            "platform": f"{sys.platform} {platform.machine()}",
            "gdal": ".".join(map(str, pyogrio.__gdal_version__)),
            **{name: _version(name) for name in _SOFTWARE},
        },
    }
    return public_names(record, city.folder, _dump(city.config))


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _pack(pack: Pack) -> PackRecord:
    """Return which plan was tested, and a hash of its requirements as they were."""
    # Packs without vocabulary of their own keep the hash that they had.
    own = ("categories", "walkers", "walking")
    without = {name for name in own if not getattr(pack, name)}
    content = pack.model_dump_json(exclude=without).encode()
    return {
        "id": pack.id,
        "document": cast("Mapping[str, Json]", _plain(pack.document.model_dump(mode="json"))),
        "requirements": len(pack.requirements),
        "outside": len(pack.outside),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _plan(plan: SitePlan) -> dict[str, Json]:
    """Return what is proposed and how good it is; the solver's seconds are no result."""
    figures = {k: _plain(v) for k, v in plan.statistics().items() if k != "seconds"}
    return {**figures, "note_zh": plan.note_zh, "note_en": plan.note_en}


def _note(note: Note) -> dict[str, str]:
    """Return what was understood of an input, in both languages, and how to overrule it."""
    return {
        "file": note.file,
        "field": note.field,
        "text": note.text.en,
        "text_zh": note.text.zh,
        "overrule": note.overrule,
    }


def _dump(value: object) -> object:
    """Return a model or dataclass as a dictionary."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_none=True)
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return value


def _plain(value: object) -> Json:
    """Return a value as JSON can hold it; what it cannot is written as text."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        # run.json is handed on and published.
        return masked(value)
    if value is None or isinstance(value, int | bool):
        return value
    if isinstance(value, datetime.date | datetime.datetime):
        return value.isoformat()
    return str(value)


def _row_counts(result: Result, layers: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """Return rows read and rows written of every table; they must be the same."""
    city = result.city
    tables = {
        "facilities": len(city.facilities.table),
        "demand": len(city.demand),
        **{f"units_{level}": len(units) for level, units in city.units.items() if len(units)},
    }
    if len(city.urban_villages):
        tables["urban_villages"] = len(city.urban_villages)
    return {name: {"in": rows, "out": layers.get(name, 0)} for name, rows in tables.items()}


def _outputs(folder: Path) -> list[FileRecord]:
    """Return every file written, with its size and hash."""
    return [
        {
            "file": name,
            "bytes": (folder / name).stat().st_size,
            "sha256": sha256_of(folder / name),
        }
        for name in files_below(folder)
        if name != OWNED_LIST
    ]
