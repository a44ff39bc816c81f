"""What is taken back when a run ends: how often Python looks for objects that hold each other."""

from __future__ import annotations

import gc

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
