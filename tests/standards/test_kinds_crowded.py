"""Crowding of a capacity, by hand: who shares what on a street of 4,000 m."""

from __future__ import annotations

import pytest

from builders.street_city import at, demand, find, little_city

# 100 residents each at 100, 400, 600 and 900 m of every kilometre; a minute is 79.8 m.
PLACES = {
    "kind": "capacity",
    "categories": ["nursery"],
    "figure": "places",
    "per": 1000,
    "at_least": 50,
}


def nurseries(*rows: tuple[float, float | None]) -> list[dict]:
    return [{"x": x, "of": "nursery", "places": places} for x, places in rows]


def test_a_full_centre_counts_as_crowded_beside_an_empty_one() -> None:
    # 10 minutes are 798 m: 1,100 reaches 400 to 1,900 (six homes), 3,500 reaches 2,900 to 3,900
    # (five homes).
    found = find(
        little_city(nurseries((1100, 12.0), (3500, 100.0))), catchment_minutes=10, **PLACES
    )
    assert found.value == pytest.approx(112 / 1600 * 1000)
    assert found.status == "met"
    # 12 places for 600 people are 20 per 1,000; 100 for 500 are 200. Nobody else has any.
    measures = found.measures
    assert measures["catchment_m"] == pytest.approx(798.0)
    assert measures["unreached"] == 1600 - 600 - 500
    assert measures["crowded"] == 1600 - 500
    assert "1,100 residents" in found.note_en
    assert "and 500 of them none within their walk" in found.note_en
    assert "设施 0（20 个托位/千人）" in found.note_zh
    # A: 400, 600 and 900 of four homes have 20; D: all four have 200.
    assert at(found, "A")["within_reach"] == pytest.approx(0.75 * 20)
    assert at(found, "B")["within_reach"] == pytest.approx(0.75 * 20)
    assert at(found, "D")["within_reach"] == pytest.approx(200.0)


def test_whoever_shares_is_counted_in_their_own_words() -> None:
    homes = demand().assign(households=40.0)
    asked = PLACES | {"group": "households", "per": 100, "at_least": 30}
    note = find(little_city(nurseries((1100, 12.0)), demand=homes), **asked).note_zh
    assert "户所在之处不足每 100 户 30 个托位，其中" in note
    assert "户步行范围内一处也没有" in note
    assert "个托位/百户）" in note
    assert " 人" not in note


def test_the_near_weigh_more_in_the_enhanced_form() -> None:
    # Zones end at 266, 532 and 798 m; weights 1, 0.316..., 0.01 (Gaussian to 0.01 at the middle of
    # the last zone). One home of 100 in each zone: at 100, 400 and 600 m from the nursery at 0.
    city = little_city(nurseries((0, 10.0)), demand=demand().iloc[[0, 1, 2]])
    found = find(city, catchment_minutes=10, **(PLACES | {"at_least": 30}))
    # Plain: 10 places for 300 people are 33 per 1,000, enough for all.
    assert found.measures["crowded"] == 0.0
    # Enhanced: the ratio is 10 / (100 + 31.6 + 1) = 75 per 1,000; 75 × 0.316 = 24 is too few.
    assert found.measures["crowded_e2sfca"] == 200.0


@pytest.mark.slow
def test_nothing_is_told_where_nobody_knows() -> None:
    for city in (
        little_city(nurseries((500, 10.0)), demand=demand().drop(columns="residents")),
        little_city(nurseries((500, 10.0)), demand=demand().assign(residents=0.0)),
    ):
        assert "crowded" not in find(city, **PLACES).measures
    units = find(little_city(), kind="capacity", figure="community_workers", at_least=18, per=10000)
    assert "crowded" not in units.measures
    # A nursery of unknown places takes no part, and is counted as unknown by the capacity.
    some = find(little_city(nurseries((500, 10.0), (3500, None))), **PLACES)
    assert some.measures["holders_without_figure"] == 1.0
    assert some.measures["crowded"] > 0
