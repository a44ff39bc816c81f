"""What is taken back when a run ends: how often Python looks for objects that hold each other."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from livingcircle._memory import collected_seldom


def test_the_settings_of_the_caller_come_back_after_an_error_too():
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    with collected_seldom():
        assert gc.get_threshold()[0] > 10 * max(before[0], 700)
        assert gc.get_freeze_count() > frozen
    with pytest.raises(ValueError, match="inside"):
        _fail()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def _fail():
    with collected_seldom():
        raise ValueError("inside")


class _Ring:
    """Holds itself, as what a run works out does."""

    def __init__(self):
        self.own = self


def test_what_a_run_left_is_gone_when_the_next_begins():
    with collected_seldom():
        left = weakref.ref(_Ring())
        assert left() is not None
    with collected_seldom():
        assert left() is None


def test_runs_of_two_threads_leave_the_settings_as_they_were():
    before, inside, on = gc.get_threshold(), threading.Event(), threading.Event()

    def other():
        with collected_seldom():
            inside.set()
            on.wait(10)

    thread = threading.Thread(target=other)
    with collected_seldom():
        thread.start()
        assert inside.wait(10)
    assert gc.get_threshold() != before  # the other one is still under way
    on.set()
    thread.join(10)
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_what_the_caller_has_frozen_stays_so():
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with collected_seldom():
            pass
        assert gc.get_freeze_count() == frozen > 0
    finally:
        gc.unfreeze()
