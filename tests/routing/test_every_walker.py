"""What holds of hills, of the exact second and of deviations holds for each walker and pace."""

from __future__ import annotations

import pytest

from builders.dem import write_dem
from builders.drawing import PLAN, walk_network
from builders.street_city import config, little_city, requirement
from livingcircle.city.config import CityConfig
from livingcircle.gaps.draws.uncertainty import uncertainty
from livingcircle.network.geodesy import GEOD
from livingcircle.network.terrain import with_terrain
from livingcircle.routing.engine import reach
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.context import Context
from livingcircle.standards.result import Result
from livingcircle.vocab.walkers import walker, walker_names
from routing.test_slopes import LAWS, NORTH

SLOPE = 0.08  # nobody who ships is kept from it
METRES = 800.0


@pytest.fixture(scope="module", params=sorted(LAWS))
def hill(request, tmp_path_factory):
    """A street that climbs from south to north, under one of the laws."""
    path = write_dem(tmp_path_factory.mktemp("dem") / "dem.tif", lambda x, y: 100 + SLOPE * y)
    return request.param, with_terrain(walk_network(NORTH), path, pace=request.param)


@pytest.mark.parametrize("name", walker_names())
def test_an_even_slope_has_known_minutes(hill, name):
    pace, network = hill
    who = walker(name)
    for home, shop, slope in ((100, 900, SLOPE), (900, 100, -SLOPE)):
        found = reach(network, PLAN.facilities([(0, shop)]), walker=who).to(
            PLAN.points([(0, home)])
        )
        assert found["metres"].iloc[0] == pytest.approx(METRES, abs=0.01)
        right = METRES * LAWS[pace](slope) / who.speed_m_s
        assert found["seconds"].iloc[0] == pytest.approx(right, rel=2e-4)


@pytest.mark.parametrize("name", walker_names())
def test_a_limit_ends_at_the_exact_second(hill, name):
    _, network = hill
    found = reach(network, PLAN.facilities([(0, 900)]), walker=name)
    homes = PLAN.points([(0, y) for y in range(100, 900, 50)])
    seconds = found.to(homes)["seconds"].to_numpy()
    limit = seconds[5] / 60.0
    for minutes, within in ((limit, 11), (limit - 1e-4, 10), (limit + 1e-4, 11)):
        status = found.to(homes, minutes=minutes)["status"]
        assert (status == "covered").sum() == within
        # The drawn circle ends there too: as many metres of street as seconds are left.
        pieces = found.edges(minutes=minutes)
        reached = GEOD.geometry_length(pieces.union_all())
        assert reached == pytest.approx(100 + METRES - 50 * 5, abs=0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in walker_names() if not walker(n).speeds])
def test_without_deviation_all_is_as_ever_to_the_last_digit(name):
    """The same walker as a city's own, with a deviation of nought, and under draws of nothing."""
    who = walker(name)
    told = {"zh": who.zh, "en": who.en, "speed_m_s": who.speed_m_s, "stairs": who.stairs}
    told |= {"limited": who.limited, "pram": who.pram}
    for key in ("max_slope", "max_kerb_m", "min_width_m"):
        if getattr(who, key) is not None:
            told[key] = getattr(who, key)
    one = requirement(kind="circle", categories=["service_centre"], minutes=15)

    def found(own, walks):
        stated = {**config().model_dump(), "vocabulary": {"walkers": own}}
        city = little_city(
            [{"x": 0, "of": "service_centre"}],
            config=CityConfig.model_validate(stated),
            walker=walks,
        )
        ctx = Context(city, 2025)
        return Result(city, (assess_requirement(one, ctx),), (), 2025, {}, ctx)

    (plain,) = found({}, name).findings
    even = found({"own": told | {"deviation_m_s": 0.0}}, "own")
    sure = uncertainty(
        even, draws=3, speed=0, facility_m=0, missing_paths=0, shut_paths=0, people=0
    )
    (drawn,), (own,) = sure.findings.to_dict("records"), even.findings
    assert {drawn[end] for end in ("share_drawn", "band_low", "band_high")} == {plain.value}
    assert own.measures == plain.measures
    assert (own.value, own.note_en, own.note_zh) == (plain.value, plain.note_en, plain.note_zh)
    assert own.demand.equals(plain.demand)
    assert own.units.equals(plain.units)
