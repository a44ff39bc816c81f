"""A night after a change of one list works out anew what depends on it, and nothing else."""

from __future__ import annotations

import logging
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

import livingcircle as lc
from builders.square_city import (
    CENTRE,
    HOMES,
    PHARMACIES,
    units,
    write_city,
    write_facilities,
    write_plan,
    write_points,
    write_units,
)
from livingcircle.standards.context import Context
from livingcircle.standards.travel import Trip
from livingcircle.vocab.walkers import walker

CENTRES, CHEMISTS = Trip(("service_centre",), walker("adult")), Trip(("pharmacy",), walker("adult"))


def city_file(folder: Path, shops: list[tuple[object, ...]]) -> Path:
    folder.mkdir(exist_ok=True)
    facilities = write_facilities(folder, shops, "名称,类别")
    write_plan(folder)
    homes = [{"x": x, "y": y, "residents": n} for x, y, n in HOMES]
    write_points(folder, "homes.gpkg", homes)
    demand = '[demand]\nsource = "homes.gpkg"\n'
    return write_city(folder, write_units(folder, units()), facilities, demand)


def asked(file: Path, cache: bool = True) -> tuple[dict[str, pd.DataFrame], dict[str, object]]:
    """Walks and circles to the centre and to the pharmacies."""
    travel = Context(lc.read_city(file, cache=cache), 2026).travel
    trips = {"centres": CENTRES, "chemists": CHEMISTS}
    walks = {name: travel.cost(trip) for name, trip in trips.items()}
    return walks, {name: travel.circle((trip, 400.0, "metres")) for name, trip in trips.items()}


@pytest.fixture
def counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> pytest.LogCaptureFixture:
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))
    caplog.set_level(logging.DEBUG, logger="livingcircle.kept")
    return caplog


def count(caplog: pytest.LogCaptureFixture) -> Counter[str]:
    told = Counter(r.getMessage() for r in caplog.records if r.name == "livingcircle.kept")
    caplog.clear()
    return told


@pytest.mark.slow
def test_only_what_depends_on_a_list_is_worked_out_anew(
    tmp_path: Path, counted: pytest.LogCaptureFixture
) -> None:
    file = city_file(tmp_path / "city", [CENTRE, *PHARMACIES])
    first = asked(file)
    told = count(counted)
    assert (told["walks made"], told["circles made"]) == (2, 2)
    assert told["walks taken"] == told["circles taken"] == 0

    again = asked(file)
    told = count(counted)
    assert not any(word.endswith("made") for word in told), told
    same(first, again)

    city_file(tmp_path / "city", [CENTRE, *PHARMACIES, (900, 100, "药店三", "药店")])
    changed = asked(file)
    told = count(counted)
    assert (told["walks made"], told["walks taken"]) == (1, 1)
    assert (told["circles made"], told["circles taken"]) == (1, 1)
    # The doors of homes are where they were; those of the three pharmacies are asked for.
    assert told["anchors made"] >= 1
    assert told["anchors taken"] >= 1
    same(changed, asked(file, cache=False))
    assert not first[0]["chemists"].equals(changed[0]["chemists"])
    pd.testing.assert_frame_equal(first[0]["centres"], changed[0]["centres"])


@pytest.mark.slow
def test_without_the_cache_everything_is_worked_out(
    tmp_path: Path, counted: pytest.LogCaptureFixture
) -> None:
    file = city_file(tmp_path / "city", [CENTRE, *PHARMACIES])
    asked(file, cache=False)
    assert not count(counted)
    assert not (tmp_path / "kept").exists()


def same(
    one: tuple[dict[str, pd.DataFrame], dict[str, object]],
    other: tuple[dict[str, pd.DataFrame], dict[str, object]],
) -> None:
    for name, table in one[0].items():
        pd.testing.assert_frame_equal(table, other[0][name], check_exact=True)
    for name, area in one[1].items():
        twin = other[1][name]
        assert area.shape.equals(twin.shape)
        assert area.shape.wkb == twin.shape.wkb
        assert (area.false_share, area.missed_share) == (twin.false_share, twin.missed_share)
