"""Bands of few draws: a further one lies within in nine cases of ten."""

from __future__ import annotations

import numpy as np
import pytest

from livingcircle.gaps.draws.missing_paths import MissingPathRates, _of_all_paths
from livingcircle.gaps.draws.uncertainty import _band


@pytest.mark.slow
@pytest.mark.parametrize("draws", [20, 50, 100, 200])
def test_a_further_draw_lies_within_in_nine_cases_of_ten(draws):
    rng = np.random.default_rng(draws)
    seen, further = rng.gamma(2.0, size=(20_000, draws)), rng.gamma(2.0, size=20_000)
    _, low, high = _band(seen)
    assert ((low <= further) & (further <= high)).mean() == pytest.approx(0.9, abs=0.01)


def test_of_equal_draws_the_band_is_the_draw_to_the_last_digit():
    share = 0.1 + 0.2
    for draws in (1, 2, 3, 200):
        assert [float(end[0]) for end in _band(np.full((1, draws), share))] == [share] * 3


@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "draws"), [(20, 200), (50, 200), (50, 100)])
def test_a_further_pair_of_maps_lies_within_what_few_pairs_give(pairs, draws):
    """Drawn again and again from fifty pairs of maps, a band would hold 86 % of further ones."""
    rng = np.random.default_rng(pairs)
    held = []
    for _ in range(1500):
        lost = rng.gamma(1.5, size=pairs + 1)
        rates = MissingPathRates(np.full((1, 1), 1e-6), lost[1:])
        share = [float(rates.of(d, u)[0, 0]) for d, u in enumerate(rng.random(draws))]
        _, low, high = _band(np.array([share]))
        held.append(low[0] <= 1e-6 * lost[0] <= high[0])
    assert np.mean(held) == pytest.approx(0.9, abs=0.025)


def test_draws_are_of_the_pairs_and_never_beyond_them():
    rates = MissingPathRates(np.full((1, 1), 0.5), np.array([0.5, 2.0, 1.0]))
    many = np.array([[rates.of(d, u)[0, 0] for u in (0.0, 0.5, 0.999)] for d in range(3)])
    assert many.min() >= 0.25
    assert many.max() <= 1.0
    assert (np.diff(many, axis=1) >= 0).all()
    assert (many[0] <= many[2]).all()
    assert (many[2] <= many[1]).all()
    one = MissingPathRates(np.full((1, 1), 0.5), np.array([1.0]))
    assert one.of(7, 0.3)[0, 0] == 0.5


@pytest.mark.parametrize(
    ("share", "pairs"),
    [
        (0.2, [0.0, 0.0, 3.0]),
        (0.1, [0.0] * 45 + [10.0] * 5),
        (0.1, [0.5, 1.5]),
        (0.3, [1.0, 1.0, 1.0]),
        (0.01, list(np.random.default_rng(7).gamma(0.5, size=20))),
    ],
)
def test_the_mean_of_draws_is_the_rate_that_was_counted(share, pairs):
    rates = MissingPathRates(np.full((1, 1), share), np.array(pairs) / np.mean(pairs))
    steps = (np.arange(500) + 0.5) / 500
    drawn = np.array([[rates.of(d, u)[0, 0] for u in steps] for d in range(len(pairs))])
    assert drawn.mean() == pytest.approx(share, rel=2e-3)
    assert drawn.max() == pytest.approx(share * rates.pairs.max(), rel=1e-9)
    assert drawn.min() == pytest.approx(share * rates.pairs.min(), abs=1e-9)


@pytest.mark.parametrize(
    ("share", "pairs"),
    [(0.6, [0.2] * 8 + [4.2] * 2), (0.9, [0.5, 1.5]), (0.4, [0.1] * 4 + [4.6]), (1.0, [0.5, 1.5])],
)
def test_the_mean_is_kept_where_a_draw_would_bring_a_share_above_one(share, pairs):
    rates = MissingPathRates(np.full((1, 1), share), np.array(pairs) / np.mean(pairs))
    assert share * rates.pairs.max() > 1
    steps = (np.arange(500) + 0.5) / 500
    drawn = np.array([[rates.of(d, u)[0, 0] for u in steps] for d in range(len(pairs))])
    assert drawn.max() == 1
    assert drawn.mean() == pytest.approx(share, rel=2e-3)
    assert np.minimum(share * rates.pairs, 1).mean() < share - 0.01 or share == 1


def test_what_is_counted_on_the_map_is_carried_over_to_all_paths():
    """Worlds of forty paths, few of which weigh much; a map lacks each with one chance."""
    missing, rng = 0.2, np.random.default_rng(3)
    weight = rng.gamma(0.3, size=40)
    lacks = rng.random((20_000, 40)) < missing
    turned = lacks @ weight
    counted = missing * (~lacks @ weight)
    spread = missing * (1 - missing) * (~lacks @ weight**2)
    factor = _of_all_paths(np.array([0.5, 1.0, 1.5]), missing)
    assert turned.mean() == pytest.approx(counted.mean() * factor[1], rel=0.02)
    off = turned - counted * factor[1]
    wider = np.diff(factor)[0] / 0.5
    assert (off**2).mean() == pytest.approx(spread.mean() * wider**2, rel=0.03)
    assert (_of_all_paths(np.array([0.0, 3.0]), 0.5) >= 0).all()
