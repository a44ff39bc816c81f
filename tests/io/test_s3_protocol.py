"""The S3 protocol itself, spoken with a server: inputs, results, and no login in anything written.

Needs ``livingcircle[cloud]`` and ``moto[server]`` (Apache 2.0); skipped where they are absent.
"""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from builders.square_city import make_city
from livingcircle.cli.main import main

s3fs = pytest.importorskip("s3fs")
moto_server = pytest.importorskip("moto.server")

KEY, SECRET = "AKIAHUNTERTWO", "hunter2hunter2"
INPUTS = ("streets.geojson", "facilities.csv", "units.gpkg", "homes.geojson")


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """A bucket of a server on a port of its own; the login stands in the environment, as usual."""
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    s3fs.S3FileSystem.clear_instance_cache()
    fs = s3fs.S3FileSystem()
    # What an earlier test put there is gone: the server keeps it for the whole process.
    urllib.request.urlopen(f"http://{host}:{port}/moto-api/reset", data=b"").close()
    fs.mkdir("bucket")
    yield fs
    s3fs.S3FileSystem.clear_instance_cache()
    server.stop()


def run(*words: str) -> tuple[int, str]:
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["livingcircle", *words])
        with redirect_stdout(said), redirect_stderr(said), pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), said.getvalue()


def test_a_night_of_cities_in_s3_and_its_dataset(tmp_path: Path, bucket: object) -> None:
    pd = pytest.importorskip("pandas")
    plain, stored = tmp_path / "plain", tmp_path / "cities"
    for folder in (plain, stored):
        make_city(folder / "c")
    text = (stored / "c" / "city.toml").read_text("utf-8")
    for name in INPUTS:
        bucket.pipe_file(f"bucket/in/{name}", (stored / "c" / name).read_bytes())  # type: ignore[attr-defined]
        (stored / "c" / name).unlink()
        text = text.replace(f'"{name}"', f'"s3://bucket/in/{name}"')
    (stored / "c" / "city.toml").write_text(text, "utf-8")
    for cities, site in ((plain, "one"), (stored, "two")):
        words = ["--dataset", "s3://bucket/out"] if site == "two" else []
        code, said = run("nightly", str(cities), "--site", str(tmp_path / site), *words)
        assert code == 0, said
    cards = [tmp_path / site / "cities" / "c" / "data" / "scorecard.csv" for site in ("one", "two")]
    assert cards[0].read_bytes() == cards[1].read_bytes()

    written = [name for name in bucket.find("bucket/out") if name.endswith(".parquet")]  # type: ignore[attr-defined]
    assert written
    table = pd.read_parquet(io.BytesIO(bucket.cat_file(written[0])))  # type: ignore[attr-defined]
    assert len(table)
    # Neither the key nor the secret stands in anything that was written here or there.
    here = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = [path.read_bytes() for path in here]
    texts += [bucket.cat_file(name) for name in bucket.find("bucket/out")]  # type: ignore[attr-defined]
    assert len(texts) > 50
    assert not any(word.encode() in text for text in texts for word in (KEY, SECRET))
    record = json.loads((tmp_path / "two/cities/c/data/run.json").read_text("utf-8"))
    assert "s3://bucket/in/streets.geojson" in json.dumps(record)


def test_an_object_that_changed_is_read_anew_and_one_that_is_gone_is_named(
    tmp_path: Path, bucket: object
) -> None:
    path = make_city(tmp_path / "c")
    text = path.read_text("utf-8")
    bucket.pipe_file("bucket/shops.csv", (path.parent / "facilities.csv").read_bytes())  # type: ignore[attr-defined]
    path.write_text(text.replace('"facilities.csv"', '"s3://bucket/shops.csv"'), "utf-8")
    code, said = run("check", str(path))
    assert code == 0, said
    bucket.rm_file("bucket/shops.csv")  # type: ignore[attr-defined]
    code, said = run("check", str(path))
    assert code == 2
    assert "s3://bucket/shops.csv" in said
    assert "Traceback" not in said
    assert KEY not in said
    assert SECRET not in said


def test_a_wrong_login_is_one_line(
    tmp_path: Path, bucket: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_city(tmp_path / "c")
    text = path.read_text("utf-8")
    address = f"s3://{KEY}:{SECRET}@nowhere/shops.csv"
    path.write_text(text.replace('"facilities.csv"', f'"{address}"'), "utf-8")
    code, said = run("check", str(path))
    assert code == 2
    assert said.count("\n") == 1
    assert SECRET not in said
