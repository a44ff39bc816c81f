"""Links, closed streets and guesses of the datum that were found before are taken as they were."""

from __future__ import annotations

import logging
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import livingcircle as lc
from livingcircle.gaps import kept_links as module
from livingcircle.gaps.kept_links import Link, kept_links
from livingcircle.gaps.single_points import single_points
from livingcircle.network.edit import EdgePoints


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("LIVINGCIRCLE_CACHE", str(tmp_path / "kept"))


def place(edge):
    return EdgePoints(np.array([edge]), np.array([edge / 3.0]), np.array([[113.5 + edge, 22.1]]))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_links_come_back_to_the_last_bit(kept, monkeypatch, count):
    monkeypatch.setattr(module, "search_digest", lambda found: "streets")
    links = [
        Link(place(k), place(k + 7), 0.1 + k, np.inf if k else 1 / 3, np.arange(2 * k, 5 * k))
        for k in range(count)
    ]
    made = []
    first, again = (kept_links(lambda: made.append(1) or links, None, (1.5,)) for _ in range(2))
    assert len(made) == 1
    for found in (first, again):
        assert len(found) == count
        for one, other in zip(found, links, strict=True):
            assert (one.length_m, one.saves_m) == (other.length_m, other.saves_m)
            np.testing.assert_array_equal(one.regains, other.regains)
            for side in ("begin", "end"):
                for name in ("edge", "offset_m", "lonlat"):
                    mine, its = (
                        getattr(getattr(one, side), name),
                        getattr(getattr(other, side), name),
                    )
                    np.testing.assert_array_equal(mine, its)
    kept_links(lambda: made.append(1) or links, None, (1.6,))
    assert len(made) == 2, "another limit is another question"


@pytest.mark.slow
def test_a_city_that_did_not_change_is_explained_from_what_was_kept(kept, caplog):
    caplog.set_level(logging.DEBUG, logger="livingcircle.kept")
    answers, told = [], []
    for cache in (True, True, False):
        caplog.clear()
        city = lc.read_city("data/sample/city.toml", cache=cache)
        result = lc.assess(city, "zhuhai-2025")
        links = lc.explain(result).links
        standard = links["standard"].iloc[0]
        answers.append((links, single_points(result, standard), city.issues))
        told.append(Counter(record.getMessage() for record in caplog.records))
    assert told[0]["links made"] >= 1
    assert told[0]["streets made"] >= 1
    assert told[0]["datums made"] >= 1
    assert not any(word.endswith("made") for word in told[1]), told[1]
    assert not told[2]
    for tables in answers[1:]:
        for one, other in zip(answers[0], tables, strict=True):
            assert len(one) > 0
            pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True)
