from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import livingcircle as lc
from livingcircle.errors import InputError
from livingcircle.pipeline import write_result as write_run
from livingcircle.publish import write as run
from livingcircle.publish.folder import replaced_run_folder
from livingcircle.standards.loader import load_pack

FILES = {
    "equity.csv", "single_points.csv",
    "格子镇.gpkg", "scorecard.csv", "scorecard.xlsx", "gaps.csv", "map.html", "report.html",
    "run.json", "sites.csv", ".livingcircle.json",
}  # fmt: skip


@pytest.fixture(scope="module")
def record(written: Path) -> dict:
    return json.loads((written / "run.json").read_text("utf-8"))


def test_a_run_writes_every_file_and_nothing_else(written: Path) -> None:
    assert {p.name for p in written.iterdir()} == FILES | {"proof"}
    assert {"proof.json", "claims.parquet", "edges_n0.parquet", "costs_n0.parquet"} <= {
        p.name for p in (written / "proof").iterdir()
    }
    assert {p.name for p in written.parent.iterdir()} == {written.name}


def test_provenance_names_inputs_with_hashes(record: dict, town: lc.City) -> None:
    files = {entry["source"]: entry for entry in record["inputs"]}
    for name in ("walk.geojson", "facilities.csv", "homes.geojson", "villages.geojson"):
        content = (town.folder / name).read_bytes()
        assert files[name]["sha256"] == hashlib.sha256(content).hexdigest()
        assert files[name]["size"] == len(content)
        assert files[name]["modified"].startswith("20")
    assert record["parameters"]["walker"] == "adult"
    assert record["parameters"]["config"]["assess"]["packs"] == ["xiamen-2025", "zhuhai-2025"]
    assert [p["id"] for p in record["packs"]] == ["xiamen-2025", "zhuhai-2025"]
    assert record["version"]
    assert record["software"]["shapely"]
    assert record["notes"]
    for note in record["notes"]:
        assert set(note) == {"file", "field", "text", "text_zh", "overrule"}
    said = {note["text"]: note["text_zh"] for note in record["notes"]}
    assert said["the file says wgs84"] == "文件写明为 wgs84"


def test_provenance_counts_rows_and_hashes_outputs(record: dict, written: Path) -> None:
    assert record["rows"]["facilities"] == {"in": 7, "out": 7}
    assert all(entry["in"] == entry["out"] for entry in record["rows"].values())
    named = {entry["file"] for entry in record["outputs"]}
    assert {name for name in named if "/" not in name} == FILES - {"run.json", ".livingcircle.json"}
    proofs = {f"proof/{path.name}" for path in (written / "proof").iterdir()}
    assert {name for name in named if "/" in name} == proofs
    for entry in record["outputs"]:
        content = (written / entry["file"]).read_bytes()
        assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    entries = [len(load_pack(name).requirement) for name in ("xiamen-2025", "zhuhai-2025")]
    assert sum(record["findings"].values()) == sum(entries)
    assert set(record["timings_s"]) >= {"XM-1a", "write layers"}


def test_a_run_proposes_sub_stations(record: dict, written: Path) -> None:
    plan = record["plans"][0]
    assert (plan["standard"], plan["status"], plan["gap"]) == ("XM-3a", "optimal", 0.0)
    table = pd.read_csv(written / "sites.csv", encoding="utf-8-sig")
    first = table[table["option"] == 1]
    assert (
        len(first)
        == plan["sites"]
        == record["layers"]["sites"]
        - len(table[(table["option"] == 2) & (table["what"] == "site")])
    )
    assert (first["farthest_m"] <= 1000).all()
    assert first["staff_high"].tolist() == [2.0] * len(first)
    layer = gpd.read_file(written / "格子镇.gpkg", layer="sites")
    assert layer["option"].isin([1, 2]).all()
    assert layer.crs.to_epsg() == 4326


def test_every_home_says_why_and_how_sure(result: lc.Result, written: Path) -> None:
    homes = gpd.read_file(written / "格子镇.gpkg", layer="demand")
    told = homes["XM_1a_reason"].notna()
    assert (told == (homes["XM_1a_status"] != "covered")).all()
    low, high = (0.9 * 15 * 60 * 1.33, 1.1 * 15 * 60 * 1.33)
    between = (homes["XM_1a_metres"] > low) & (homes["XM_1a_metres"] <= high)
    assert (homes["XM_1a_depends"].astype(bool) == between).all()
    assert between.any()


@pytest.mark.slow
def test_two_runs_differ_in_their_times_only(
    result: lc.Result, written: Path, record: dict, tmp_path: Path
) -> None:
    again = write_run(result, tmp_path / "again")
    other = json.loads((again / "run.json").read_text("utf-8"))
    assert other["outputs"] == record["outputs"]
    differing = {k for k in record if record[k] != other[k]}
    assert differing <= {"started", "finished", "timings_s"}


@pytest.mark.slow
def test_a_failure_in_any_step_keeps_the_earlier_run(
    result: lc.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "city"
    with replaced_run_folder(place) as fresh:
        (fresh / "run.json").write_text("earlier")
        (fresh / "map.html").write_text("yesterday")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(run, "write_report", fail)
    with pytest.raises(RuntimeError):
        write_run(result, place)
    assert (place / "map.html").read_text() == "yesterday"
    assert (place / "run.json").read_text() == "earlier"
    assert {p.name for p in tmp_path.iterdir()} == {"city"}


def test_a_foreign_folder_is_refused_before_any_work(result: lc.Result, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    steps: list[str] = []
    with pytest.raises(InputError, match="did not write"):
        write_run(result, tmp_path, progress=steps.append)
    assert not steps


@pytest.mark.slow
def test_result_writes_itself(result: lc.Result, tmp_path: Path) -> None:
    place = result.write(tmp_path / "r", formats=["geojson"])
    assert (place / "geojson" / "gaps.geojson").is_file()
    files = {e["file"] for e in json.loads((place / "run.json").read_text("utf-8"))["outputs"]}
    assert "geojson/gaps.geojson" in files
