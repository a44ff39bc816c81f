"""Rasters of people by age: which ages, how many people, and none of them lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import pytest
import rasterio
from affine import Affine
from rasterio.crs import CRS
from rasterio.transform import from_origin
from rasterio.warp import transform

from livingcircle.errors import InputError
from livingcircle.io.formats.age_rasters import ages_named, read_age_rasters
from livingcircle.io.formats.raster import read_population

INF = float("inf")
WEST, NORTH = 113.5, 30.25
BOUNDS = (WEST - 1, NORTH - 1, WEST + 1, NORTH + 1)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("chn_f_0_2020", ("f", 0, None)),
        ("chn_m_80_2020_constrained", ("m", 80, None)),
        ("chn_t_65_2025_CN_100m_R2024B_v1", ("t", 65, None)),
        ("f_0", ("f", 0, None)),
        ("chn_f_15_64_2020", ("f", 15, 65)),
        ("m_0_14", ("m", 0, 15)),
        ("t_65_1", ("t", 65, None)),
        ("ASPECT_2020_0_14", ("t", 0, 15)),
        ("aspect_age_15-64_2015", ("t", 15, 65)),
        ("pop_65plus_2020", ("t", 65, INF)),
        ("65岁以上", ("t", 65, INF)),
        ("female_0_4", ("f", 0, 5)),
        ("male_60plus", ("m", 60, INF)),
        ("age_80", ("t", 80, None)),
        ("settlement_2020", None),
        ("chn_ppp_2020", None),
    ],
)
def test_ages_are_read_from_names(name: str, wanted: tuple | None) -> None:
    assert ages_named(name) == wanted


def write(path: Path, people: np.ndarray, crs: str = "EPSG:4326", origin=(WEST, NORTH)) -> Path:
    size = 1e-3 if crs == "EPSG:4326" else 100.0
    options = {"height": people.shape[-2], "width": people.shape[-1], "dtype": "float32"}
    bands = people if people.ndim == 3 else people[None]
    with rasterio.open(
        path, "w", driver="GTiff", crs=crs, nodata=-9999, count=len(bands),
        transform=from_origin(*origin, size, size), **options,
    ) as file:  # fmt: skip
        file.write(bands.astype(np.float32))
    return path


def test_classes_of_both_sexes_become_residents_and_groups(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    classes = (0, 1, *range(5, 85, 5))
    people = {(s, a): rng.integers(0, 9, (6, 7)).astype(float) for s in "fm" for a in classes}
    people["f", 0][0, 0] = -9999
    paths = [write(tmp_path / f"chn_{s}_{a}_2020.tif", cells) for (s, a), cells in people.items()]
    table, notes = read_age_rasters(paths, BOUNDS)
    assert not any("these ages only" in note.text.en for note in notes)
    clean = {key: np.where(cells < 0, 0, cells) for key, cells in people.items()}
    whole = {a: clean["f", a] + clean["m", a] for a in classes}
    assert table["residents"].sum() == sum(cells.sum() for cells in whole.values())
    by_cell = table.set_index("source_row")["residents"]
    summed = sum(whole.values()).ravel()
    assert by_cell.to_dict() == {i: n for i, n in enumerate(summed) if n > 0}
    assert table["age65"].sum() == (whole[65] + whole[70] + whole[75] + whole[80]).sum()
    assert table["children"].sum() == sum(whole[a].sum() for a in (0, 1, 5, 10))
    # Decades of each sex, as walking speeds were measured; who is over 80 is one of them.
    assert table["men_20_29"].sum() == (clean["m", 20] + clean["m", 25]).sum()
    assert table["women_60_69"].sum() == (clean["f", 60] + clean["f", 65]).sum()
    assert table["women_80_99"].sum() == clean["f", 80].sum()
    grown = sum(whole[a].sum() for a in classes if a >= 20)
    assert table.filter(regex="men_").to_numpy().sum() == grown
    # Of the four years from 1 on two are below three.
    assert table["under3"].sum() == whole[0].sum() + whole[1].sum() / 2


def test_who_is_over_80_is_not_guessed(tmp_path: Path) -> None:
    names = [f"{s}_{ages}" for s in ("male", "female") for ages in ("0_14", "15_64", "65plus")]
    table, _ = read_age_rasters(
        [write(tmp_path / f"{n}.tif", np.ones((2, 2))) for n in names], BOUNDS
    )
    assert table["age65"].sum() == 8
    assert not len(table.filter(regex="men_").columns)


def test_bands_that_name_their_ages_are_classes(tmp_path: Path) -> None:
    people = np.arange(12.0).reshape(3, 2, 2)
    path = write(tmp_path / "aspect_2020.tif", people)
    with rasterio.open(path, "r+") as file:
        file.descriptions = ("age_0_14", "age_15_64", "age_65plus")
    table, _ = read_age_rasters([path], BOUNDS)
    assert table["residents"].sum() == people.sum()
    assert table["children"].sum() == people[0].sum()
    assert table["age65"].sum() == people[2].sum()


def test_what_makes_no_population_is_refused(tmp_path: Path) -> None:
    one = np.ones((2, 2))
    f, m = (write(tmp_path / f"chn_{s}_0_2020.tif", one) for s in "fm")
    other = write(tmp_path / "chn_m_5_2020.tif", np.ones((3, 2)))
    named = write(tmp_path / "pop.tif", one)
    again = write(tmp_path / "b_f_0_2020.tif", one)
    for paths, why in (
        ([f], "the other sex is missing"),
        ([f, m, write(tmp_path / "chn_f_5_2020.tif", one), other], "grid differs"),
        ([named], "which ages"),
        ([f, again, m, write(tmp_path / "b_m_0_2020.tif", one)], "another raster"),
    ):
        with pytest.raises(InputError, match=why):
            read_age_rasters(paths, BOUNDS)


OLD, YOUNG = (65, 70, 75, 80), (0, 1, 5, 10)


@pytest.mark.parametrize(
    ("names", "why", "file"),
    [
        ([f"chn_{s}_{a}" for s in "fm" for a in YOUNG + OLD], "between 10 and 64 are miss", "_10."),
        ([f"chn_t_{a}" for a in (0, 1, 5, 10, 15, 80)], "between 15 and 79 are missing", "_15."),
        (["chn_f_65", "chn_m_65", "chn_t_0"], "all people hold no ages from 65 on", "_65."),
        (["t_0_14", "65plus", "male_15_64", "female_15_64"], "hold no ages from 15 on", "_15_64."),
    ],
)
def test_ages_that_are_missing_between_are_refused(tmp_path, names, why, file) -> None:
    paths = [write(tmp_path / f"{name}.tif", np.ones((2, 2))) for name in names]
    with pytest.raises(InputError, match=why) as told:
        read_age_rasters(paths, BOUNDS)
    assert file in told.value.line("en")
    assert "年龄段" in told.value.line("zh")
    assert "Give" not in told.value.line("zh")


@pytest.mark.parametrize(
    ("names", "ages"),
    [
        ([f"chn_{s}_{a}" for s in "fm" for a in OLD], "65+"),
        (["0_14", "65plus"], "0-14, 65+"),
        (["0_14", "15_64"], "0-64"),
        (["0_14", "15_64", "65plus"], None),
        (["0_14", "15_64", "65_100"], None),
        # Those of each sex stand in those of all.
        (["t_0_14", "15_64", "65plus", "chn_f_5", "chn_m_5", "chn_f_80", "chn_m_80"], None),
    ],
)
def test_residents_of_some_ages_only_are_told(tmp_path, names, ages) -> None:
    paths = [write(tmp_path / f"{name}.tif", np.ones((2, 2))) for name in names]
    table, notes = read_age_rasters(paths, BOUNDS)
    told = [note.text.en for note in notes if "these ages only" in note.text.en]
    assert [text.split(": ")[1] for text in told] == ([] if ages is None else [ages])
    classes = len([n for n in names if ages == "65+" or "chn" not in n])
    assert table["residents"].sum() == 4 * classes


@pytest.mark.parametrize("crs", ["EPSG:4547", "EPSG:3857", "EPSG:32649", "ESRI:54009", "EPSG:4490"])
def test_people_are_the_same_in_any_projection(tmp_path: Path, crs: str) -> None:
    people = np.random.default_rng(5).random((40, 50)) * 7
    [x], [y] = transform(CRS.from_epsg(4326), CRS.from_string(crs), [WEST], [NORTH])
    path = (
        write(tmp_path / "pop.tif", people, crs, (x, y))
        if crs != "EPSG:4490"
        else write(tmp_path / "pop.tif", people)
    )
    table, _ = read_population(path, BOUNDS)
    assert len(table) == people.size
    assert table["residents"].sum() == people.astype(np.float32).astype(float).sum()


ASPECT = ("age0_14", "age15_59", "age60_64", "age65above")


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32649", "EPSG:3857"])
def test_densities_are_counted_by_the_ground_of_their_cells(tmp_path: Path, crs: str) -> None:
    """As ASPECT publishes them: persons per hectare, in cells of any system."""
    [x], [y] = transform(CRS.from_epsg(4326), CRS.from_string(crs), [WEST], [NORTH])
    rows, columns, density = 40, 50, (20.0, 60.0, 5.0, 15.0)
    paths = [
        write(tmp_path / f"population_{ages}.tif", np.full((rows, columns), value), crs, (x, y))
        for ages, value in zip(ASPECT, density, strict=True)
    ]
    step = 1e-3 if crs == "EPSG:4326" else 100.0
    # The outline of the whole, with every corner of a cell on it, on the ellipsoid.
    across, down = np.arange(columns) * step, np.arange(rows) * step
    east, south = x + columns * step, y - rows * step
    ring_x = np.concatenate([x + across, np.full(rows, east), east - across, np.full(rows, x)])
    ring_y = np.concatenate([np.full(columns, y), y - down, np.full(columns, south), south + down])
    lon, lat = transform(CRS.from_string(crs), CRS.from_epsg(4326), ring_x, ring_y)
    area, _ = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(lon, lat)
    hectares = abs(area) / 10_000
    table, notes = read_age_rasters(paths, BOUNDS)
    assert table["residents"].sum() == pytest.approx(100 * hectares, rel=1e-6)
    assert table["age65"].sum() == pytest.approx(15 * hectares, rel=1e-6)
    assert table["children"].sum() == pytest.approx(20 * hectares, rel=1e-6)
    assert any("people per hectare" in note.text.en for note in notes)
    whole = write(
        tmp_path / "population_total_pop.tif", np.full((rows, columns), 100.0), crs, (x, y)
    )
    assert read_population(whole, BOUNDS)[0]["residents"].sum() == pytest.approx(100 * hectares)
    stated = read_population(whole, BOUNDS, "km2")[0]["residents"].sum()
    assert stated == pytest.approx(hectares)
    assert read_population(whole, BOUNDS, "cell")[0]["residents"].sum() == 100 * rows * columns


def test_shares_of_people_are_no_people(tmp_path: Path) -> None:
    path = write(tmp_path / "proportion_age65above.tif", np.full((3, 3), 12.0))
    for read in (lambda: read_population(path, BOUNDS), lambda: read_age_rasters([path], BOUNDS)):
        with pytest.raises(InputError, match="shares of people"):
            read()
    assert read_population(path, BOUNDS, "cell")[0]["residents"].sum() == 9 * 12


@pytest.mark.parametrize("turn", ["north_up", "south_up", "mirrored", "turned"])
def test_a_grid_is_read_whichever_way_its_rows_run(tmp_path, turn):
    """The same 6 × 4 cells, stored four ways: the same people at the same places."""
    people = np.arange(1.0, 25.0).reshape(4, 6)
    north_up = Affine(0.001, 0, 118.0, 0, -0.001, 24.5)
    grid, values = {
        "north_up": (north_up, people),
        "south_up": (Affine(0.001, 0, 118.0, 0, 0.001, 24.496), people[::-1]),
        "mirrored": (Affine(-0.001, 0, 118.006, 0, -0.001, 24.5), people[:, ::-1]),
        "turned": (Affine(0, 0.001, 118.0, -0.001, 0, 24.5), people.T),
    }[turn]
    rows, columns = values.shape
    with rasterio.open(
        tmp_path / "a.tif", "w", driver="GTiff", width=columns, height=rows, count=1,
        dtype="float64", crs=4326, transform=grid,
    ) as file:  # fmt: skip
        file.write(np.ascontiguousarray(values), 1)
    found, _ = read_population(tmp_path / "a.tif", (118.0, 24.497, 118.003, 24.5))
    at = {
        (round(p.x, 6), round(p.y, 6)): n
        for p, n in zip(found.geometry, found["residents"], strict=True)
    }
    wanted = {
        (round(118.0005 + 0.001 * j, 6), round(24.4995 - 0.001 * i, 6)): people[i, j]
        for i in range(3)
        for j in range(3)
    }
    assert at == wanted
