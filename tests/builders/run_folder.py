"""Output folders as a run writes them, made by hand: small, and every number known."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SCORECARD = (
    "id", "pack", "clause", "kind", "force", "status", "value", "target", "unit", "due",
    "people_left_out", "households_left_out", "gaps", "sensitivity", "missing",
    "statement_zh", "statement_en", "note_zh", "note_en", "verified",
)  # fmt: skip
GAPS = (
    "standard", "rank", "gap_id", "unit_id", "unit_name", "level", "people", "households",
    "facility_id", "facility_name", "metres", "straight_m", "reason", "barrier", "lon", "lat",
    "reason_zh",
)  # fmt: skip


def standard(name: str, status: str = "short", **more: Any) -> dict[str, Any]:
    """Return a row of the scorecard."""
    row = {
        "id": name, "pack": "xiamen-2025", "clause": "三章", "kind": "circle", "force": "must",
        "status": status, "value": 0.96, "target": 1.0, "unit": "share", "due": 2025,
        "people_left_out": 1200.0, "households_left_out": 400.0, "gaps": 1, "sensitivity": "",
        "missing": "", "statement_zh": f"{name} 十五分钟服务圈",
        "statement_en": f"{name} the 15-minute service circle", "note_zh": "", "note_en": "",
        "verified": True,
    }  # fmt: skip
    return row | more


def gap(name: str, unit: str, people: float, **more: Any) -> dict[str, Any]:
    """Return a row of the gaps."""
    row = {
        "standard": name, "rank": 1, "gap_id": f"{name}:{unit}", "unit_id": unit,
        "unit_name": f"{unit}社区", "level": "community", "people": people,
        "households": people / 3, "facility_id": "f1", "facility_name": "服务中心",
        "metres": 1530.5, "straight_m": 700.0, "reason": "detour", "barrier": "", "lon": 118.1,
        "lat": 24.5, "reason_zh": "绕行",
    }  # fmt: skip
    return row | more


def run_json(**more: Any) -> dict[str, Any]:
    """Return a run.json with the inputs of the sample."""
    run: dict[str, Any] = {
        "program": "livingcircle",
        "version": "0.1.0",
        "city": {"name": "样例市", "name_en": "Sample City", "synthetic": True},
        "started": "2026-11-20T18:00:00+00:00",
        "finished": "2026-11-20T18:00:09+00:00",
        "as_of": 2026,
        "packs": [
            {
                "id": "xiamen-2025",
                "document": {"title_zh": "厦门规划", "title_en": "Plan of Xiamen", "until": 2025},
                "sha256": "p1",
            }
        ],
        "parameters": {"config": {"city": {"name": "样例市"}, "assess": {"walker": "adult"}}},
        "inputs": [
            {"role": "city", "source": "city.toml", "sha256": "c1"},
            {"role": "network", "source": "walk.osm.pbf", "sha256": "n1"},
            {"role": "facilities.1", "source": "facilities.xlsx", "sha256": "f1"},
            {"role": "units.1", "source": "units.gpkg", "sha256": "u1"},
            {"role": "demand", "source": "buildings.gpkg", "sha256": "d1"},
        ],
        "findings": {"short": 1, "met": 1},
        "software": {"python": "3.11.9", "shapely": "2.2"},
    }
    return run | more


def with_input(run: dict[str, Any], role: str, sha256: str) -> dict[str, Any]:
    """Return run.json with another content of one input."""
    inputs = [e | ({"sha256": sha256} if e["role"] == role else {}) for e in run["inputs"]]
    return run | {"inputs": inputs}


def write_output(
    folder: Path,
    standards: Sequence[Mapping[str, Any]],
    gaps: Sequence[Mapping[str, Any]] = (),
    run: dict[str, Any] | None = None,
    files: Mapping[str, bytes] | None = None,
) -> Path:
    """Write an output folder; return it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(folder / "scorecard.csv", SCORECARD, standards)
    write_csv(folder / "gaps.csv", GAPS, gaps)
    for name, content in (files or {}).items():
        (folder / name).write_bytes(content)
    record = dict(run or run_json())
    record["outputs"] = [
        {
            "file": path.name,
            "bytes": path.stat().st_size,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        }
        for path in sorted(folder.iterdir())
        if path.name != "run.json"
    ]
    (folder / "run.json").write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
    return folder


def write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows with a byte-order mark; None is empty."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(rows)
