"""The processes of the night job: what one city does to the others."""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

import pytest

from builders import crashers
from livingcircle.errors import InputError, out_of_memory
from livingcircle.nightly import memory, pool
from livingcircle.nightly.work import CityJob, CityOutcome

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and limits are those of POSIX")


@pytest.fixture(autouse=True)
def work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "compute_city", crashers.compute)


def jobs(*names: str) -> list[CityJob]:
    nowhere = Path("nowhere")
    return [CityJob(n, nowhere, nowhere, None, "", None, {}, 2026, nowhere) for n in names]


def run(names: list[str], processes: int, limit: float | None = None) -> dict[str, CityOutcome]:
    found = list(pool.run_jobs(jobs(*names), processes, limit))
    assert len(found) == len(names)
    return {outcome.slug: outcome for outcome in found}


@pytest.mark.slow
def test_a_city_whose_process_is_killed_fails_alone() -> None:
    names = ["a", "crash-1", "b", "crash-2", "c"]
    found = run(names, 2)
    assert [found[n].error for n in "abc"] == [None, None, None]
    assert all("ended by the system" in str(found[n].error) for n in ("crash-1", "crash-2"))


@pytest.mark.slow
def test_a_city_that_does_not_end_is_ended_and_the_others_go_on() -> None:
    start = time.monotonic()
    found = run(["endless-1", "a", "b", "endless-2", "c"], 2, 12.0)
    assert [found[n].error for n in "abc"] == [None, None, None]
    for name in ("endless-1", "endless-2"):
        error = found[name].error
        assert error is not None
        assert error.en == "not done within 12 s, the time limit for a city"
        assert error.zh == "未能在每座城市的时限 12 秒内完成"
        assert found[name].seconds >= 12.0
    assert time.monotonic() - start < 50
    assert not multiprocessing.active_children()


def test_a_process_computes_one_city_after_another() -> None:
    found = run(["a", "b", "c"], 1)
    assert len({outcome.runs for outcome in found.values()}) == 1


def test_nothing_is_left_when_nobody_waits_any_longer() -> None:
    results = pool.run_jobs(jobs("a", "endless-1", "endless-2"), 2)
    assert next(results).slug == "a"
    assert multiprocessing.active_children()
    results.close()
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_what_runs_out_of_memory_beside_others_is_computed_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # Two processes that may take 1 GiB each.
    monkeypatch.setattr(pool, "available_memory", lambda: 2 << 30)
    found = run(["large-1500", "a", "b"], 2)
    assert {outcome.error for outcome in found.values()} == {None}
    assert "computed again by itself" in caplog.text


def test_short_memory_means_fewer_processes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pool, "available_memory", lambda: 100 << 20)
    found = run(["a", "b", "c"], 3)
    assert len({outcome.runs for outcome in found.values()}) == 1
    assert "memory is short: 1 of 3" in caplog.text


def test_the_libraries_of_a_process_start_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    assert run(["threads"], 1)["threads"].record == {"threads": "1"}
    assert "OPENBLAS_NUM_THREADS" not in os.environ
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    assert run(["threads"], 1)["threads"].record == {"threads": "3"}


def test_a_container_has_what_it_may_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_CGROUP", tmp_path)
    free = memory.available_memory()
    assert free > 0
    (tmp_path / "memory.current").write_text("900\n")
    (tmp_path / "memory.stat").write_text("anon 600\ninactive_file 300\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() > 1000
    (tmp_path / "memory.max").write_text("1000\n")
    assert memory.available_memory() == 400


@pytest.mark.parametrize(
    ("error", "short"),
    [
        (MemoryError(), True),
        (OSError(12, "Cannot allocate memory"), True),
        (RuntimeError("can't start new thread"), True),
        (ImportError("libx.so: failed to map segment from shared object"), True),
        (RuntimeError("std::bad_alloc"), True),
        (ValueError("malloc of size 64 failed"), True),
        (OSError(2, "No such file"), False),
        (InputError("the file is damaged"), False),
    ],
)
def test_want_of_memory_has_many_names(error: Exception, short: bool) -> None:
    assert out_of_memory(error) is short
    wrapped = InputError("the file is damaged")
    wrapped.__cause__ = error
    assert out_of_memory(wrapped) is short
