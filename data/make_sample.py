"""Make the sample city (样例市) in data/sample/: synthetic, deterministic, no real place.

python data/make_sample.py [FOLDER]
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
# GDAL writes the moment into every GeoPackage; this keeps two runs alike to the byte.
MOMENT = "2025-01-01T00:00:00.000Z"
os.environ["OGR_CURRENT_DATE"] = MOMENT

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
from openpyxl.styles import Font
from sample_city import build, hills, lists, parcels, people, planted
from sample_city.place import to_gcj02

from livingcircle.network.read import read_network

ZIP_DATE = (2025, 1, 1, 0, 0, 0)
CITY = """\
# 样例市（合成数据）: a synthetic city, made by data/make_sample.py; no real place, no real people.
[city]
name = "样例市（合成数据）"
name_en = "Sample City (synthetic)"
synthetic = true

[network]
source = "walk.osm.pbf"
drive = "walk.osm.pbf"

[[facilities]]
source = "facilities.xlsx"
datum = "wgs84"
category = "类别"

[[facilities]]
source = "shops.csv"
datum = "gcj02"
category = "类别"

[[units]]
source = "units.gpkg"
layer = "community"
level = "community"

[[units]]
source = "units.gpkg"
layer = "village"
level = "village"

[[units]]
source = "units.gpkg"
layer = "town"
level = "town"

[[units]]
source = "units.gpkg"
layer = "district"
level = "district"

[[units]]
source = "units.gpkg"
layer = "estate"
level = "estate"

[land_use]
source = "land_use.gpkg"

[urban_villages]
source = "villages.gpkg"

[demand]
source = "buildings.gpkg"

[assess]
packs = [
    "zhuhai-2025", "xiamen-2025", "yangzhou-2025", "shenyang-2025", "panyu-2020", "gb50180-2018",
    "complete-community", "convenience-circle", "urban-checkup",
]
walker = "adult"
as_of = 2025

# What the urban check-up leaves to the city; the kindergarten's size is left open on purpose.
[assess.parameters]
elderly_m2_per_100_households = 20
nursery_m2 = 200
activity_ground_m2 = 150

# XM-5c sets years for named districts of Xiamen; these stand in for them.
[assess.districts]
"东城区" = "思明区"
"西城区" = "集美区"
"""


HILLS = """\
# The same city on its ground, where stairs and crossings cost time too: `livingcircle run hills.toml`.
[terrain]
source = "dem.tif"
pace = "tobler"

[walking]
delays = true

"""


def hilly(city: str) -> str:
    """Return city.toml with the ground and with waiting."""
    named = city.replace('（合成数据）"', '·山地（合成数据）"', 1)
    named = named.replace("Sample City (synthetic)", "Sample City on its hills (synthetic)", 1)
    return named.replace("[[facilities]]", HILLS + "[[facilities]]", 1)


def write_layer(table: gpd.GeoDataFrame, path: Path, layer: str, *, append: bool) -> None:
    """Write a layer whose description says that it is synthetic."""
    pyogrio.write_dataframe(
        table, path, layer=layer, driver="GPKG", append=append,
        layer_metadata={"NOTE": build.SYNTHETIC}, layer_options={"DESCRIPTION": build.SYNTHETIC},
    )  # fmt: skip


def write_workbook(table: pd.DataFrame, path: Path) -> None:
    """Write an Excel file that is the same to the byte each time."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = datetime(*ZIP_DATE[:3])
    book.properties.title = book.properties.description = build.SYNTHETIC
    book.properties.creator = "livingcircle"
    sheet = book.active
    sheet.title = "设施清单（合成数据）"
    sheet.append(list(table.columns))
    for row in table.astype(object).where(table.notna(), None).itertuples(index=False):
        sheet.append(list(row))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    raw = io.BytesIO()
    book.save(raw)
    with (
        zipfile.ZipFile(raw) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                # openpyxl stamps the moment of saving over the date that was set.
                start, end = (
                    content.index(b"<dcterms:modified"),
                    content.index(b"</dcterms:modified>"),
                )
                stamp = b'<dcterms:modified xsi:type="dcterms:W3CDTF">2025-01-01T00:00:00Z'
                content = content[:start] + stamp + content[end:]
            target.writestr(zipfile.ZipInfo(name, ZIP_DATE), content, zipfile.ZIP_DEFLATED)


def make(folder: Path) -> None:
    """Write all files of the sample city."""
    folder.mkdir(parents=True, exist_ok=True)
    board = build.build()
    build.write_pbf(board, folder / "walk.osm.pbf")
    homes = people.buildings(board)
    units = people.unit_layers(board, homes)
    villages = build.village_table(board)
    network = read_network(folder / "walk.osm.pbf")
    placer = lists.Placer(build.fronts(board), homes)
    leaves = pd.concat([units["community"], units["village"]], ignore_index=True)
    centres = planted.centre_spots(leaves, homes, villages, placer, network)
    estate = parcels.estates(board, homes)
    bureau, shops = lists.facility_lists(leaves, villages, placer, centres, estate)

    for name in ("units", "villages", "buildings", "land_use"):
        (folder / f"{name}.gpkg").unlink(missing_ok=True)
    for number, (layer, table) in enumerate(units.items()):
        write_layer(table, folder / "units.gpkg", layer, append=number > 0)
    write_layer(estate, folder / "units.gpkg", "estate", append=True)
    land = parcels.parcels(board, estate, villages)
    write_layer(land, folder / "land_use.gpkg", "land_use", append=False)
    write_layer(villages, folder / "villages.gpkg", "villages", append=False)
    write_layer(homes.drop(columns="_leaf"), folder / "buildings.gpkg", "buildings", append=False)
    write_workbook(bureau, folder / "facilities.xlsx")
    shifted = to_gcj02(shops[["经度", "纬度"]].to_numpy())
    shops[["经度", "纬度"]] = np.round(shifted, 6)
    shops.to_csv(folder / "shops.csv", index=False, encoding="gbk", lineterminator="\r\n")
    (folder / "city.toml").write_text(CITY, encoding="utf-8", newline="\n")
    hills.write(folder / "dem.tif")
    (folder / "hills.toml").write_text(hilly(CITY), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent / "sample")
