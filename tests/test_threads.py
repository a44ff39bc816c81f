"""Work in threads, also where the system gives few or none."""

from __future__ import annotations

import threading

import pytest

from livingcircle._threads import in_threads, thread_count


@pytest.mark.parametrize("given", [0, 1, 2, 99])
def test_all_parts_are_done_in_order(monkeypatch: pytest.MonkeyPatch, given: int) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    started = 0
    real = threading.Thread.start
    gate = threading.Event()

    def start(self: threading.Thread) -> None:
        nonlocal started
        if started == given:
            gate.set()
            raise RuntimeError("can't start new thread")
        started += 1
        real(self)

    monkeypatch.setattr(threading.Thread, "start", start)

    def work(number: int) -> int:
        # The first threads are busy when more are asked for.
        gate.wait(0.2)
        return number * number

    assert list(in_threads(work, range(20))) == [n * n for n in range(20)]
    assert started == min(given, 4)


def test_what_the_work_raises_is_raised() -> None:
    def fails(number: int) -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(in_threads(fails, [1, 2]))


def test_the_environment_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert thread_count() == 3
    for said in ("", "0", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        assert thread_count() >= 1
