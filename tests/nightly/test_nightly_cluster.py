"""A night on a Dask cluster gives the site of a night on one machine, whatever befalls a worker."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from builders.square_city import make_city, write_homes, write_shops
from livingcircle.errors import ConfigError
from livingcircle.nightly.job import run_nightly

distributed = pytest.importorskip("distributed")

TIMES = re.compile(rb'"(?:started|seconds|night|since|data)": ?[^,}\n]+')


def site_of(folder: Path) -> dict[str, bytes]:
    """Every file of the site; of texts that tell of times, what they say besides."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or path.name in (".livingcircle.json", "site.json"):
            continue
        content = path.read_bytes()
        if name.startswith("nights/"):
            name, content = "nights", TIMES.sub(b"", content)
        if path.name == "run.json":
            content = json.dumps(without_times(json.loads(content))).encode()
        if path.name == "index.html":
            content = re.sub(rb"\d{4}-\d\d-\d\d[T ][\d:]+Z?|\d+ [kM]?B", b"", content)
        found[name] = content
    return found


def without_times(value: object) -> object:
    if isinstance(value, dict):
        times = ("started", "finished", "timings_s")
        return {k: without_times(v) for k, v in value.items() if k not in times}
    return [without_times(v) for v in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Workers that are threads of this process; they see no folder but by what is sent to them."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow
def test_the_site_of_a_cluster_is_that_of_one_machine(scheduler: str, tmp_path: Path) -> None:
    cities = tmp_path / "cities"
    for name in ("a", "b"):
        make_city(cities / name)
    (cities / "b" / "facilities.csv").write_text("", encoding="utf-8")
    sites = {"one": {}, "many": {"cluster": scheduler}}
    for name, how in sites.items():
        # A city with a mistake fails in both, and takes no other with it.
        assert run_nightly(cities, site=tmp_path / name, **how) == 2
    assert site_of(tmp_path / "one") == site_of(tmp_path / "many")
    # The night after: two inputs change, so that yesterday's inputs are needed to tell the causes.
    write_shops(cities / "a", [(300, 300, "药店一", "药店")])
    write_homes(cities / "a", people=7)
    for name, how in sites.items():
        run_nightly(cities, site=tmp_path / name, **how)
    one, many = (site_of(tmp_path / name) for name in sites)
    assert one == many
    assert "cities/a/changes.csv" in one


def test_a_call_without_a_scheduler_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_city(tmp_path / "cities" / "a")
    monkeypatch.setattr("livingcircle.io.cluster.CONNECT_S", 0.5)
    for address in ("tcp://127.0.0.1:9", "nowhere", "tcp://me:secret@127.0.0.1:9"):
        with pytest.raises(ConfigError) as caught:
            run_nightly(tmp_path / "cities", site=tmp_path / "site", cluster=address)
        assert caught.value.field == "--cluster"
        assert "secret" not in caught.value.line("en")
    assert not (tmp_path / "site").exists()


@pytest.mark.slow
def test_a_worker_killed_in_the_night_costs_its_tasks_only(tmp_path: Path) -> None:
    cities = tmp_path / "cities"
    for number in range(6):
        make_city(cities / f"c{number}")
    assert run_nightly(cities, site=tmp_path / "one") == 0
    killed = []
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        pid = cluster.workers[0].pid

        def kill() -> None:
            client = distributed.Client(cluster.scheduler_address, set_as_default=False)
            while not any(client.processing().values()):
                time.sleep(0.02)
            time.sleep(0.3)
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)
            client.close()

        thread = threading.Thread(target=kill)
        thread.start()
        code = run_nightly(cities, site=tmp_path / "many", cluster=cluster.scheduler_address)
        thread.join()
    assert killed
    assert code == 0
    assert site_of(tmp_path / "one") == site_of(tmp_path / "many")
