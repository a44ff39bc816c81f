"""Files that point to other files or to servers, whatever their name and whoever reads them."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.formats import gdal
from livingcircle.io.formats.raster import read_population
from livingcircle.io.table.read import read_table
from livingcircle.network.read import read_network
from livingcircle.scenario.model import read_scenario


@pytest.fixture(scope="module")
def server():
    """Address of a server on this machine, and the requests that it got."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{http.server_port}", asked
        http.shutdown()


def pointers(folder: Path, host: str) -> dict[str, str]:
    """Texts that GDAL follows to a secret file or to a server."""
    secret = folder / "secret.csv"
    secret.write_text('name,lon,lat,WKT\nTOPSECRET,113.1,23.1,"LINESTRING(113 23,113.1 23)"\n')
    point = {"type": "Point", "coordinates": [113.1, 23.1]}
    feature = {"type": "Feature", "properties": {"name": "a"}, "geometry": point}
    link = {"type": "link", "properties": {"href": f"http://{host}/crs", "type": "ogcwkt"}}
    return {
        "gdalg": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret}"}
        ),
        "vrt": f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}'
        "</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "vrt behind a comment": f'<?xml version="1.0"?><!--{"x" * 900}--><OGRVRTDataSource>'
        f'<OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>'
        "</OGRVRTDataSource>",
        "vrt to a server": f'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http'
        f"://{host}/a.geojson</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
        "wfs": f"<OGRWFSDataSource><URL>http://{host}/wfs</URL></OGRWFSDataSource>",
        "wfs capabilities": '<?xml version="1.0"?><wfs:WFS_Capabilities version="1.1.0" xmlns:wfs='
        f'"http://www.opengis.net/wfs"><a href="http://{host}/wfs"/></wfs:WFS_Capabilities>',
        "wms": f'<GDAL_WMS><Service name="TMS"><ServerUrl>http://{host}/${{z}}</ServerUrl>'
        "</Service></GDAL_WMS>",
        "raster vrt": '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte"'
        f' band="1"><SimpleSource><SourceFilename>/vsicurl/http://{host}/a.tif</SourceFilename>'
        "</SimpleSource></VRTRasterBand></VRTDataset>",
        "linked crs": json.dumps({"type": "FeatureCollection", "crs": link, "features": [feature]}),
        "gml schema": '<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs='
        '"http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:a="http://a"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://a'
        f' http://{host}/wfs?request=DescribeFeatureType&amp;typeName=a:a"><gml:featureMember>'
        '<a:a><a:n>1</a:n><a:g><gml:Point srsName="EPSG:4326"><gml:pos>23 113</gml:pos>'
        "</gml:Point></a:g></a:a></gml:featureMember></wfs:FeatureCollection>",
        "tab view": f'!table\n!version 300\nOpen Table "{secret}" Hide\nCreate View x As Select *'
        f" From secret\n",
    }


READERS = {
    "table": lambda path: read_table(path).frame.to_json(),
    "network": lambda path: str(read_network(path).notes),
    "raster": lambda path: read_population(path, (113, 23, 114, 24))[0].to_json(),
    "scenario": lambda path: repr(read_scenario(path)),
}
ENDINGS = {
    "table": (".json", ".geojson", ".gpkg", ".shp", ".gml", ".kml", ".csv", ".vrt", ".xml", ".tab"),
    "network": (".geojson", ".gpkg", ".gml", ".vrt", ".xml", ".graphml"),
    "raster": (".tif", ".vrt"),
    "scenario": (".gpkg",),
}


@pytest.mark.parametrize("reader", READERS)
def test_nothing_outside_the_file_is_read_or_asked_for(tmp_path, server, reader):
    host, asked = server
    for name, text in pointers(tmp_path, host).items():
        for ending in ENDINGS[reader]:
            path = tmp_path / f"data{ending}"
            path.write_text(text, "utf-8")
            try:
                said = READERS[reader](path)
            except LivingCircleError as error:
                said = error.line()
            path.unlink()
            for beside in tmp_path.glob("data.*"):
                beside.unlink()
            assert "TOPSECRET" not in said, (name, ending)
            assert not asked, (name, ending, asked)


@pytest.mark.parametrize("reader", ["table", "network"])
def test_nor_out_of_a_zip(tmp_path, server, reader):
    host, asked = server
    for name, text in pointers(tmp_path, host).items():
        for inner in ("a.shp", "a.geojson", "a.gdb/a.gdbtable"):
            path = tmp_path / "data.zip"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(inner, text)
            try:
                said = READERS[reader](path)
            except LivingCircleError as error:
                said = error.line()
            assert "TOPSECRET" not in said, (name, inner)
            assert not asked, (name, inner)


def test_a_database_with_a_window_to_another_file_is_refused(tmp_path):
    path = tmp_path / "a.gpkg"
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(113, 23)], crs=4326)
    pyogrio.write_dataframe(frame, path, layer="a")
    assert read_table(path).frame["name"].tolist() == ["a"]
    # SQLite checks the module when a table is made, not when a schema is written.
    database = sqlite3.connect(path)
    database.execute("PRAGMA writable_schema=ON")
    for name in ("VirtualOGR", '"VirtualText"', "virtualshape"):
        table = "w" + name.strip('"')
        database.execute(
            "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES"
            " ('table', ?, ?, 0, ?)",
            (table, table, f"CREATE VIRTUAL TABLE {table} USING {name}('/etc/passwd')"),
        )
        database.commit()
        with pytest.raises(InputError, match="window to another file"):
            read_table(path)
        database.execute("DELETE FROM sqlite_master WHERE sql LIKE '%/etc/passwd%'")
        database.commit()
    database.close()


def test_the_drivers_and_settings_of_the_process_come_back(tmp_path):
    path = tmp_path / "a.geojson"
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(113, 23)], crs=4326)
    pyogrio.write_dataframe(frame, path)
    before = pyogrio.list_drivers()
    with gdal._only_files():
        assert set(pyogrio.list_drivers()) <= gdal.VECTOR_DRIVERS
    assert pyogrio.list_drivers() == before
    assert pyogrio.get_gdal_config_option("GDAL_HTTP_PROXY") is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a;b", "a!b", "a?b#c", "a,b [c] {d}", "http:", "PG:host=x"])
@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp", ".fgb"])
def test_a_name_of_odd_characters_is_a_name(tmp_path, name, ending):
    frame = gpd.GeoDataFrame(
        {"name": ["路"]}, geometry=[shapely.LineString([(113, 23), (113.1, 23)])], crs=4326
    )
    pyogrio.write_dataframe(frame, tmp_path / f"plain{ending}", encoding="utf-8")
    for file in tmp_path.glob("plain*"):
        file.rename(file.with_name(file.name.replace("plain", name)))
    path = tmp_path / f"{name}{ending}"
    assert read_table(path).frame["name"].tolist() == ["路"]
    assert read_network(path).edge_count == 1
