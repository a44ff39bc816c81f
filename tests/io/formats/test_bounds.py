"""What would wait for ever, or fill the memory, is refused at once."""

from __future__ import annotations

import bz2
import gzip
import os
import random
import socket
import time
import zipfile
from contextlib import suppress

import openpyxl
import pytest

from livingcircle.city.city_file import input_path, read_config
from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.formats import bounds
from livingcircle.io.formats.raster import read_population
from livingcircle.io.table.read import read_points, read_table
from livingcircle.network.read import read_network
from livingcircle.osm.objects import read_objects
from livingcircle.scenario.model import read_scenario
from livingcircle.standards.loader import load_pack

SECONDS = 10
"""Of processors, which a busy machine does not lengthen; what waits for ever never ends."""


@pytest.fixture(autouse=True)
def in_time():
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS


READERS = {
    "table": (read_table, "a.csv"),
    "points": (read_points, "a.csv"),
    "layer": (read_table, "a.gpkg"),
    "folder": (read_table, "a.gdb"),
    "network": (read_network, "a.geojson"),
    "osm": (read_network, "a.osm.pbf"),
    "gz": (read_network, "a.osm.gz"),
    "graph": (read_network, "a.graphml"),
    "objects": (lambda path: read_objects(path, {"x": ["amenity=clinic"]}), "a.osm.pbf"),
    "raster": (lambda path: read_population(path, (0, 0, 1, 1)), "a.tif"),
    "scenario": (read_scenario, "a.toml"),
    "city": (read_config, "city.toml"),
    "pack": (load_pack, "plan.toml"),
    "input": (lambda p: input_path(p.parent, p.name, file=p, field="x"), "a.csv"),
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_refused(tmp_path, reader, kind, monkeypatch):
    read, name = READERS[reader]
    path = tmp_path / name
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        # The path of a socket may have 107 characters: it is bound from its own folder.
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(name)
    with pytest.raises(LivingCircleError, match="a pipe, a socket or a device"):
        read(path)


@pytest.mark.parametrize("reader", sorted(set(READERS) - {"folder", "input", "pack"}))
def test_a_folder_is_no_file(tmp_path, reader):
    read, name = READERS[reader]
    (tmp_path / name).mkdir()
    with pytest.raises(LivingCircleError):
        read(tmp_path / name)


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress)])
@pytest.mark.parametrize("head", [0, 3_000_000])
def test_a_bomb_is_refused_also_behind_a_harmless_head(tmp_path, ending, pack, head):
    path = tmp_path / f"a.osm{ending}"
    noise = random.Random(1).randbytes(head // 2).hex().encode()
    path.write_bytes(pack(noise) + pack(b" " * 70_000_000))
    with pytest.raises(InputError, match="more than 100 times as much"):
        read_network(path)
    with pytest.raises(InputError, match="more than 100 times as much"):
        read_objects(path, {"x": ["amenity=clinic"]})


def test_an_honest_extract_passes(tmp_path):
    path = tmp_path / "a.osm.gz"
    dice = random.Random(2)
    nodes = "".join(
        f'<node id="{n}" version="1" lat="{dice.uniform(22, 23):.7f}"'
        f' lon="{dice.uniform(113, 114):.7f}"/>\n'
        for n in range(600_000)
    )
    path.write_bytes(gzip.compress(f"<osm>{nodes}</osm>".encode(), 1))
    bounds.check_compressed(path)


@pytest.mark.parametrize(
    "text",
    [
        "x," * 500_000,
        "name,lon,lat\na,113,23" + "," * 1_000_000,
        ",".join(f"c{i}" for i in range(20_000)) + "\n" + ",".join(["1"] * 20_000),
        ";".join(f"c{i}" for i in range(2_001)) + "\n",
    ],
)
@pytest.mark.parametrize("reader", [read_table, read_points])
def test_too_many_columns_are_refused(tmp_path, text, reader):
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="columns, more than the 2,000"):
        reader(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "name,lon,lat," + "h" * 1_000_000 + "\na,113,23,1\n", "社区" * 500_000],
)
@pytest.mark.parametrize("reader", [read_table, read_points])
def test_one_endless_line_ends(tmp_path, text, reader):
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    with suppress(LivingCircleError):  # anything else is no error of the user
        reader(path)


def test_a_polygon_of_many_corners_is_one_cell(tmp_path):
    ring = [f"113.{i:05d} 23" for i in range(5_000)]
    ring += [f"113.{i:05d} 23.5" for i in reversed(range(5_000))]
    path = tmp_path / "a.csv"
    path.write_text(f'name,WKT\na,"POLYGON(({",".join([*ring, ring[0]])}))"\n')
    assert read_table(path).frame.geometry.iloc[0].area > 0


@pytest.mark.parametrize("far", ["XFD40000", "XFD1048576", "XFD2", "CAA2"])
def test_a_cell_far_out_does_not_fill_the_memory(tmp_path, far):
    book = openpyxl.Workbook()
    book.active["A1"], book.active[far] = "name", " "
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(InputError, match="reaches to column"):
        read_table(tmp_path / "a.xlsx")


def test_neither_does_one_between_two_pieces_of_the_stream(tmp_path, monkeypatch):
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1048576"] = "name", "x"
    book.save(tmp_path / "a.xlsx")
    for chunk in (17, 64, 301):
        monkeypatch.setattr(bounds, "_CHUNK", chunk)
        with pytest.raises(InputError, match="reaches to column"):
            bounds.check_sheets(tmp_path / "a.xlsx", "a.xlsx")


def test_a_repeated_cell_of_a_text_document_neither(tmp_path):
    path = tmp_path / "a.ods"
    cell = '<table:table-cell office:value-type="string" table:number-columns-repeated="16384">'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<table:table-row>{cell}<text:p>a</text:p></x>")
    with pytest.raises(InputError, match="reaches to column"):
        read_table(path)


def test_styled_cells_without_content_are_nothing(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [("name", "lon", "lat"), ("a", 113.0, 23.0)]:
        sheet.append(row)
    sheet["XFD900000"].font = openpyxl.styles.Font(bold=True)
    book.save(tmp_path / "a.xlsx")
    assert read_table(tmp_path / "a.xlsx").frame["name"].tolist() == ["a"]


def test_a_file_of_two_gigabytes_is_not_read_whole(tmp_path):
    path = tmp_path / "a.csv"
    with path.open("wb") as stream:
        stream.truncate(bounds.MAX_TABLE_BYTES + 1)
    with pytest.raises(InputError, match="more than the 2,147,483,648"):
        read_table(path)
