"""Results of many cities and nights as one dataset, read by those who would read it."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import duckdb
import fsspec
import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from builders.square_city import make_city
from livingcircle.errors import ConfigError, InputError
from livingcircle.nightly.dataset import DATASET_TABLES, partition, write_partitions
from livingcircle.nightly.find import CityFile
from livingcircle.nightly.job import NIGHT_DONE, _add_to, _check_dataset, run_nightly
from livingcircle.nightly.night_context import CityProgress, NightContext
from livingcircle.pipeline import run_city


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A city, and one whose plan has another requirement and whose gaps lie nowhere known."""
    root = tmp_path_factory.mktemp("runs")
    made = {}
    for name, standard in (("甲市", "LP-1"), ("b=c", "OTHER-1")):
        path = make_city(root / name / "city", name)
        plan = path.parent / "plan.toml"
        text = plan.read_text("utf-8").replace("LP-1", standard)
        assert standard in text
        plan.write_text(text, "utf-8")
        made[name] = root / name / "out"
        run_city(path, (), made[name])
    return made


@pytest.fixture
def dataset(runs: dict[str, Path], tmp_path: Path) -> Path:
    """Both cities on one day, one of them on another day as well."""
    place = tmp_path / "dataset"
    for city, data in runs.items():
        write_partitions(str(place), city, data)
    later = shutil.copytree(runs["甲市"], tmp_path / "later")
    run = json.loads((later / "run.json").read_text("utf-8"))
    run["finished"] = "2031-02-03T04:05:06+08:00"
    (later / "run.json").write_text(json.dumps(run), "utf-8")
    write_partitions(str(place), "甲市", later)
    return place


@pytest.mark.slow
def test_duckdb_reads_it_as_one_table(dataset: Path, runs: dict[str, Path]) -> None:
    base = duckdb.connect()
    source = f"read_parquet('{dataset}/gaps/*/*/*.parquet', hive_partitioning = true)"
    rows = base.sql(
        f"SELECT city, CAST(date AS VARCHAR), count(*), sum(people) FROM {source}"
        " GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    want = []
    for city, data in runs.items():
        gaps = pd.read_csv(data / "gaps.csv", encoding="utf-8-sig")
        day = json.loads((data / "run.json").read_text("utf-8"))["finished"][:10]
        want.append((city, day, len(gaps), gaps["people"].sum()))
    want.append(("甲市", "2031-02-03", *want[0][2:]))
    assert rows == sorted(want)
    worst = base.sql(
        "SELECT city, id, value FROM read_parquet("
        f"'{dataset}/findings/*/*/*.parquet', hive_partitioning = true) WHERE date < '2031-01-01'"
    ).fetchall()
    cards = {c: pd.read_csv(d / "scorecard.csv", encoding="utf-8-sig") for c, d in runs.items()}
    assert sorted(worst) == sorted(
        (city, row.id, row.value) for city, card in cards.items() for row in card.itertuples()
    )


def test_geopandas_reads_it_as_one_frame(dataset: Path, runs: dict[str, Path]) -> None:
    gaps = gpd.read_parquet(dataset / "gaps")
    assert gaps.crs == "EPSG:4326"
    assert set(gaps["city"].astype(str)) == set(runs)
    assert (gaps.geometry.geom_type == "Point").all()
    units = gpd.read_parquet(dataset / "units")
    one = units[(units["city"].astype(str) == "甲市") & (units["date"].astype(str) < "2031")]
    base = next(runs["甲市"].glob("*.gpkg"))
    layers = [name for name, _ in pyogrio.list_layers(base) if name.startswith("units_")]
    whole = pd.concat([pyogrio.read_dataframe(base, layer=name) for name in layers])
    assert sorted(one["unit_id"]) == sorted(whole["unit_id"])
    assert one.geometry.union_all().equals_exact(whole.geometry.union_all(), 1e-9) or (
        one.geometry.union_all().equals(whole.geometry.union_all())
    )


def test_every_unit_of_every_standard_is_there(dataset: Path, runs: dict[str, Path]) -> None:
    rows = pd.read_parquet(dataset / "unit_findings")
    rows = rows[rows["date"].astype(str) < "2031"]
    assert dict(rows.groupby(rows["city"].astype(str))["standard"].unique().map(list)) == {
        "甲市": ["LP-1", "LP-2"],
        "b=c": ["OTHER-1", "LP-2"],
    }
    base = next(runs["甲市"].glob("*.gpkg"))
    layer = pyogrio.read_dataframe(base, layer="units_village")
    own = rows[(rows["city"].astype(str) == "甲市") & (rows["level"] == "village")]
    own = own[own["standard"] == "LP-1"]
    assert own["value"].tolist() == layer["LP_1_value"].tolist()


def test_columns_are_alike_in_every_part(dataset: Path) -> None:
    import pyarrow.parquet

    for table in DATASET_TABLES:
        schemas = {
            str(pyarrow.parquet.read_schema(file).remove_metadata())
            for file in (dataset / table).rglob("*.parquet")
        }
        assert len(schemas) == 1, table
    assert {p.name for p in (dataset / "gaps").iterdir()} == {"city=甲市", "city=b%3Dc"}


def test_a_store_takes_it_and_a_day_is_not_written_twice(
    dataset: Path, runs: dict[str, Path]
) -> None:
    fs = fsspec.filesystem("memory")
    fs.store.clear()
    first = write_partitions("memory://results/all", "甲市", runs["甲市"])
    assert len(first) == len(DATASET_TABLES)
    for name in first:
        assert fs.cat_file(f"/results/all/{name}") == (dataset / name).read_bytes()
    assert write_partitions("memory://results/all", "甲市", runs["甲市"], again=False) == []


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not what a run writes"):
        write_partitions(str(tmp_path / "dataset"), "x", tmp_path)
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize("place", ["site", "site/inside", ".", "https://host/x"])
def test_a_dataset_has_a_place_of_its_own(tmp_path: Path, place: str) -> None:
    named = place if "://" in place else str(tmp_path / place)
    with pytest.raises(ConfigError):
        _check_dataset(named, tmp_path / "site", tmp_path / "state")


def test_names_of_partitions() -> None:
    assert partition("gaps", "../x y", "2026-01-01") == (
        "gaps/city=..%2Fx y/date=2026-01-01/part-0.parquet"
    )


@pytest.mark.slow
def test_a_night_adds_to_the_dataset(tmp_path: Path) -> None:
    make_city(tmp_path / "cities" / "one")
    place = tmp_path / "dataset"
    for _ in range(2):
        code = run_nightly(tmp_path / "cities", site=tmp_path / "site", dataset=str(place))
        assert code == NIGHT_DONE
    assert len(list(place.rglob("*.parquet"))) == len(DATASET_TABLES)
    shutil.rmtree(place)
    # Of an unchanged city what is missing is added.
    assert (
        run_nightly(tmp_path / "cities", site=tmp_path / "site", dataset=str(place)) == NIGHT_DONE
    )
    assert set(gpd.read_parquet(place / "gaps")["city"].astype(str)) == {"one"}


def test_a_name_like_a_formula_is_that_of_the_unit(runs: dict[str, Path], tmp_path: Path) -> None:
    data = shutil.copytree(runs["甲市"], tmp_path / "data")
    text = (data / "gaps.csv").read_text("utf-8-sig")
    row = pd.read_csv(data / "gaps.csv", encoding="utf-8-sig").iloc[0]
    (data / "gaps.csv").write_text(text.replace(row["unit_name"], "'=1+1"), "utf-8-sig")
    write_partitions(str(tmp_path / "dataset"), "x", data)
    assert "=1+1" in set(pd.read_parquet(tmp_path / "dataset" / "gaps")["unit_name"])


def test_a_geopackage_that_broke_is_told_in_one_line(runs: dict[str, Path], tmp_path: Path) -> None:
    data = shutil.copytree(runs["甲市"], tmp_path / "data")
    base = next(data.glob("*.gpkg"))
    base.write_bytes(base.read_bytes()[:5000])
    with pytest.raises(InputError, match="results cannot be read") as caught:
        write_partitions(str(tmp_path / "dataset"), "x", data)
    assert "\n" not in caught.value.line("en")
    assert not (tmp_path / "dataset").exists()


@pytest.mark.parametrize("call", ["makedirs", "pipe_file", "exists"])
def test_an_error_of_a_driver_is_told_without_the_login(
    runs: dict[str, Path], monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    class NoLoginError(Exception):
        """No OSError, as those of botocore."""

    def refused(*_: object, **__: object) -> None:
        raise NoLoginError("no login at memory://me:hunter2@results/all")

    monkeypatch.setattr(MemoryFileSystem, call, refused)
    with pytest.raises(InputError, match="takes nothing") as caught:
        write_partitions(
            "memory://me:hunter2@results/all", "x", runs["甲市"], again=call != "exists"
        )
    assert "hunter2" not in caught.value.line("en") + caught.value.line("zh")


def test_the_other_cities_are_added_all_the_same(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    cities = []
    for slug, data in zip("abc", (*runs.values(), runs["甲市"]), strict=True):
        shutil.copytree(data, site / "cities" / slug / "data")
        file = CityFile(slug, tmp_path / slug / "city.toml", slug)
        cities.append(CityProgress(file, state="computed"))
    next((site / "cities" / "b" / "data").glob("*.gpkg")).unlink()
    log = logging.getLogger("test-dataset")
    told: list[str] = []
    monkeypatch.setattr(log, "error", lambda text, **_: told.append(text))
    night = SimpleNamespace(site=site, cities=cities, log=log, lang="en")
    assert not _add_to(str(tmp_path / "dataset"), cast("NightContext", night))
    assert len(told) == 1
    assert {p.name for p in (tmp_path / "dataset" / "gaps").iterdir()} == {"city=a", "city=c"}


def test_a_file_address_is_the_folder(
    runs: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for place in ("site", "site/inside", "state/x"):
        with pytest.raises(ConfigError, match="apart"):
            _check_dataset((tmp_path / place).as_uri(), tmp_path / "site", tmp_path / "state")
    for named, place in (("~/one", "one"), ((tmp_path / "t w").as_uri(), "t w")):
        _check_dataset(named, tmp_path / "site", tmp_path / "state")
        names = write_partitions(named, "x", runs["甲市"])
        assert all((tmp_path / place / name).is_file() for name in names)
        assert write_partitions(named, "x", runs["甲市"], again=False) == []
