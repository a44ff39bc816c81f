"""Tables of a real PostGIS, started for the test in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from livingcircle.errors import InputError
from livingcircle.io.datum import convert as datum
from livingcircle.io.formats.database import _parsed, is_database
from livingcircle.io.table.read import read_points, read_table


def _server_programs():
    """Return the folder of initdb and postgres, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).resolve().parent if path else None


def _as_nobody():
    """Return what makes a child process run as an ordinary user: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    pytest.skip("the tests run as root, and there is no ordinary user to run PostgreSQL as")


@pytest.fixture(scope="module")
def server():
    """URL of a PostGIS database in a temporary folder."""
    pytest.importorskip("sqlalchemy", reason="needs the extra livingcircle[postgis]")
    pytest.importorskip("pg8000", reason="needs the extra livingcircle[postgis]")
    programs = _server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql-15-postgis-3)")
    user = _as_nobody()
    # Short: the path of a socket may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="lc-pg-", dir="/tmp"))
    if user:
        os.chown(folder, user["user"], user["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}

    def run(*words):
        done = subprocess.run(
            [str(word) for word in words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **user,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    data = folder / "data"
    try:
        (folder / "password").write_text("sec:r@t/1")
        (folder / "password").chmod(0o644)
        run(
            programs / "initdb", "-D", data, "-U", "lc", "-E", "UTF8", "-A", "scram-sha-256",
            "--pwfile", folder / "password", "--no-sync",
        )  # fmt: skip
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "-o", options, "start")
        try:
            url = f"postgresql://lc:sec%3Ar%40t%2F1@127.0.0.1:{port}/postgres"
            _fill(url)
            yield url
        finally:
            run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(url):
    import sqlalchemy

    x, y = datum.from_wgs84(113.2, 22.2, "cgcs2000-3:114")
    engine = sqlalchemy.create_engine(url.replace("postgresql://", "postgresql+pg8000://"))
    with engine.begin() as connection:
        try:
            connection.exec_driver_sql("CREATE EXTENSION postgis")
        except sqlalchemy.exc.DBAPIError as error:
            pytest.skip(f"PostGIS is not installed ({error})")
        for statement in (
            'CREATE TABLE 设施 (编号 text, 名称 text, "建筑面积(㎡)" numeric,'
            " geom geometry(Point, 4326))",
            "INSERT INTO 设施 VALUES"
            " ('1', '甲中心', 650.5, ST_SetSRID(ST_MakePoint(113.1, 22.1), 4326)),"
            " ('2', '乙中心', NULL, NULL)",
            "CREATE SCHEMA 规划",
            "CREATE TABLE 规划.社区 (社区编码 text, 社区 text, 户数 int,"
            " shape geometry(Polygon, 4547))",
            "INSERT INTO 规划.社区 VALUES ('440', '丙社区', 1200,"
            f" ST_MakeEnvelope({x}, {y}, {x} + 100, {y} + 100, 4547))",
            "CREATE TABLE 名册 (名称 text, 经度 double precision, 纬度 double precision)",
            "INSERT INTO 名册 VALUES ('丁', 113.3, 22.3)",
            "CREATE VIEW 大设施 AS SELECT * FROM 设施 WHERE 名称 = '甲中心'",
        ):
            connection.exec_driver_sql(statement)


@pytest.mark.slow
@pytest.mark.postgis
def test_a_table_with_geometry(server):
    table = read_table(server, layer="设施", kind="facilities")
    frame = table.frame
    assert list(frame["name"]) == ["甲中心", "乙中心"]
    assert list(frame["facility_id"]) == ["1", "2"]
    assert frame["area_m2"].iloc[0] == 650.5
    assert list(frame["status"]) == ["ok", "no_coordinates"]
    assert frame.geometry.iloc[0] == shapely.Point(113.1, 22.1)
    assert (table.datum, table.datum_from) == ("wgs84", "file")
    assert "r@t" not in str(table.notes)
    assert "***" in table.file


@pytest.mark.postgis
def test_a_schema_and_another_system(server):
    frame = read_table(server, layer="规划.社区", kind="units").frame
    assert frame.loc[0, ["name", "households", "unit_id"]].tolist() == ["丙社区", 1200, "440"]
    low = frame.geometry.iloc[0].bounds[:2]
    assert low == pytest.approx((113.2, 22.2), abs=1e-5)


@pytest.mark.postgis
def test_a_view_a_plain_table_and_points(server):
    assert list(read_table(server, layer="大设施").frame["name"]) == ["甲中心"]
    frame = read_table(server, layer="名册").frame
    assert frame.geometry.iloc[0] == shapely.Point(113.3, 22.3)
    driver = server.replace("postgresql://", "postgresql+pg8000://")
    assert isinstance(read_table(driver, layer="名册").frame, gpd.GeoDataFrame)


@pytest.mark.postgis
@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (None, r'3 spatial tables. State one: layer = "schema.table" of public.大设施, '),
        ("没有", r"no table '没有'"),
        ('设施"; DROP TABLE 名册; --', "no table"),
        ("规划.没有", "no table"),
    ],
)
def test_wrong_tables_are_refused(server, layer, says):
    with pytest.raises(InputError, match=says) as caught:
        read_table(server, layer=layer)
    assert "r@t" not in str(caught.value)
    assert "sec" not in str(caught.value)
    assert len(read_table(server, layer="名册").frame) == 1


@pytest.mark.postgis
def test_a_wrong_password_or_no_server(server):
    for url in (server.replace("sec%3Ar", "wrong"), "postgresql://lc:sec@127.0.0.1:1/postgres"):
        with pytest.raises(InputError, match="database cannot be read") as caught:
            read_table(url, layer="设施")
        assert "sec" not in str(caught.value)
        assert "wrong" not in str(caught.value)


@pytest.mark.postgis
def test_one_spatial_table_needs_no_name(server):
    with pytest.raises(InputError, match="3 spatial tables"):
        read_points(server)


def test_a_password_may_hold_any_character():
    pytest.importorskip("sqlalchemy")
    for url, user, password, host, query in [
        ("POSTGRESQL://me:se@cr:e/t 1@host:5/db", "me", "se@cr:e/t 1", "host", {}),
        ("postgis://me:a%40b@host/db", "me", "a@b", "host", {}),
        ("postgresql://:x@host/db", "", "x", "host", {}),
        ("postgresql://host/db?password=a@b", None, None, "host", {"password": "a@b"}),
    ]:
        parts = _parsed(url)
        assert parts.drivername == "postgresql+pg8000"
        assert (parts.username, parts.password, parts.host) == (user, password, host)
        assert (dict(parts.query), parts.database) == (query, "db")


def test_databases_are_told_from_files():
    assert is_database("POSTGRESQL://h/d")
    assert is_database("postgresql+pg8000://h/d")
    assert not is_database("a.gpkg")
    assert not is_database(Path("postgresql:/x"))
