"""Readings that a pack or the city chooses: value, homes, gaps and words follow the choice."""

from __future__ import annotations

import dataclasses
import itertools

import pandas as pd
import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network
from builders.street_city import STEPS, find, little_city, requirement
from livingcircle.city.config import AssessConfig
from livingcircle.errors import ConfigError
from livingcircle.publish.evidence import Evidence
from livingcircle.publish.text.city_summary import city_summary
from livingcircle.publish.web.first_page import first_page
from livingcircle.standards.assess import assess_requirement
from livingcircle.standards.chosen import with_readings
from livingcircle.standards.context import Context
from livingcircle.standards.model import Pack, Requirement
from livingcircle.standards.result import Result

CIRCLE = {"kind": "circle", "metres": 510, "categories": ["service_centre"], "also_metres": [410]}
CENTRES = [{"x": x, "of": "service_centre"} for x in (0, 2000)]
OFFICES = [{"x": x, "of": "police_room"} for x in (0, 100)] + [{"x": 3900, "of": "police_station"}]
KINDS = {
    "circle": (CENTRES, CIRCLE | {"target": 0.3}),
    "minutes": (CENTRES, {"kind": "circle", "minutes": 5, "categories": ["service_centre"]}),
    "provision": (
        OFFICES,
        {"kind": "provision", "level": "leaf", "categories": ["police_room"], "at_least": 2}
        | {"target": 0.5},
    ),
    "colocation": (
        [*OFFICES, {"x": 160, "of": "service_centre"}],
        {"kind": "colocation", "categories": ["police_room"], "within_m": 100, "target": 0.5}
        | {"with_categories": ["service_centre"]},
    ),
}


def entry(asked: dict[str, object], **more: object) -> Requirement:
    plain = {"id": "T-1", "pack": "test", "clause": "1", "force": "must"}
    words = {"statement_zh": "测试", "statement_en": "a test"}
    return Requirement.model_validate(plain | words | asked | more)


def options(name: str) -> list[tuple[str, str]]:
    places, asked = KINDS[name]
    table = find(little_city(places), **asked).readings.table
    able = table[~table["chosen"] & (table["status"] != "unknown")]
    return list(able[["axis", "option"]].itertuples(index=False, name=None))


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_whatever_is_chosen_is_what_the_readings_said_it_would_be(name):
    places, asked = KINDS[name]
    city = little_city(places)
    plain = find(city, **asked).readings.table.set_index(["axis", "option"])
    tried = options(name)
    assert len(tried) >= 3
    for axis, option in tried:
        found = find(city, **asked, read_as={axis: option})
        row = plain.loc[(axis, option)]
        assert found.value == pytest.approx(row["value"]), (axis, option)
        assert found.status == row["status"], (axis, option)
        table = found.readings.table
        chosen = table[table["chosen"]].set_index("axis")["option"]
        assert chosen[axis] == option


FAR = [600, 900, 1100, 1400, 2600, 2900]
OF_D = [3100, 3400, 3600, 3900]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("choice", "left_out"),
    [
        # By straight lines as by the street, since it is straight; from the middles of A, B and C
        # (500 m from a centre) nobody but D is out; of their own B and D have no centre.
        ({"path": "straight"}, [*FAR, *OF_D]),
        ({"from": "community_middle"}, OF_D),
        ({"to": "own_community"}, sorted([*FAR, *OF_D, 1600, 1900])),
        ({"level": "village"}, OF_D),
        ({"limit": "410_m"}, [*FAR, *OF_D]),
    ],
)
def test_homes_and_gaps_of_a_circle_are_those_of_the_reading(choice, left_out):
    city = little_city(CENTRES)
    found = find(city, **CIRCLE, read_as=choice, target=0.99)
    out = found.demand.index[found.demand["status"] != "covered"]
    place = city.demand.index.get_indexer(out)
    assert [1000 * (k // 4) + STEPS[k % 4] for k in place] == left_out
    assert found.people_left_out == 100 * len(left_out)
    assert found.gaps["people"].sum() == 100 * len(left_out)


@pytest.mark.slow
def test_a_circle_that_is_no_walk_asks_no_walk_of_others():
    city = little_city(CENTRES)
    ctx = Context(city, 2025)
    for choice, tests in (({"path": "straight"}, 0), ({"to": "own_community"}, 0), ({}, 1)):
        one = entry(CIRCLE, read_as=choice)
        found = assess_requirement(one, ctx)
        assert len(one.parts[0].access_tests(ctx, found.parts[0])) == tests


def test_a_wide_reading_widens_the_walk_that_sites_and_proofs_ask_of():
    ctx = Context(little_city([{"x": 0, "of": "sub_station"}]), 2025)
    one = entry(CIRCLE, read_as={"facilities": "wide"})
    (test,) = one.parts[0].access_tests(ctx, assess_requirement(one, ctx).parts[0])
    assert "sub_station" in test.trips[0].categories
    assert (test.points["status"] == "covered").sum() == 2


@pytest.mark.slow
def test_a_sub_station_rule_is_judged_by_the_centre_of_ones_own_community(sample_city):
    asked = {"kind": "substation", "categories": ["service_centre"], "metres": 1000}
    ctx = Context(sample_city, 2025)
    plain = assess_requirement(entry(asked, target="report"), ctx)
    rows = plain.readings.table.set_index(["axis", "option"])
    for choice in (("to", "own_community"), ("path", "straight"), ("measure", "centre")):
        found = assess_requirement(entry(asked, target="report", read_as=dict([choice])), ctx)
        assert found.value == rows.loc[choice, "value"] == len(found.gaps)
    own = assess_requirement(entry(asked, target="report", read_as={"to": "own_community"}), ctx)
    assert "塘尾村" in set(own.gaps["unit_name"])
    assert "塘尾村" not in set(plain.gaps["unit_name"])


# -- what is wrong in a pack ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ({"pth": "straight"}, "a circle has no reading 'pth'. Did you mean 'path'"),
        ({"path": "strait"}, "'path' has no option 'strait'. Did you mean 'straight'"),
    ],
)
def test_a_reading_that_there_is_not_is_told_where_the_pack_is_read(choice, said):
    with pytest.raises(ValueError, match=r"read_as: ") as caught:
        entry(CIRCLE, read_as=choice)
    assert said in str(caught.value)


def test_a_pack_gives_its_reason_for_the_option_it_chooses():
    why = [{"axis": "path", "zh": "条文写“服务半径”", "en": "the clause says service radius"}]
    found = find(little_city(CENTRES), **CIRCLE, read_as={"path": "straight"}, why=why)
    row = found.readings.table.query("axis == 'path' and chosen").iloc[0]
    assert (row["option"], row["why_en"]) == ("straight", "the clause says service radius")
    assert "chosen by the city" not in found.note_en


# -- what the city chooses ------------------------------------------------------------------------


def city_that_reads(readings: dict[str, dict[str, str]]) -> lc.City:
    corners = [(0, 0), (0, 1500), (300, 1500), (300, 0)]
    network = walk_network([PLAN.line(*pair) for pair in itertools.pairwise(corners)])
    homes = PLAN.points([(0, 0), (300, 100)]).assign(residents=[95, 5], households=[30, 10])
    centre = PLAN.points([(300, 0)]).assign(category="service_centre", name="中心")
    city = lc.City.from_frames(network, demand=homes, facilities=centre)
    said = city.config.assess.model_copy(update={"readings": readings, "packs": ["xiamen-2025"]})
    own = city.config.model_copy(update={"assess": said})
    return dataclasses.replace(city, config=own)


@pytest.mark.slow
def test_the_city_overrules_the_pack_and_every_text_says_so():
    # 300 m as the crow flies, 3,300 m on foot.
    plain = lc.assess(city_that_reads({}), "xiamen-2025", as_of=2025).finding("XM-1a")
    city = city_that_reads({"XM-1a": {"path": "straight"}})
    result = lc.assess(city, as_of=2025)
    found = result.finding("XM-1a")
    assert (plain.value, found.value) == (0.05, 1.0)
    told = "the reading is chosen by the city: in a straight line (by default: along the streets,"
    assert told in found.note_en
    assert "口径由本市选定：按直线距离（默认口径：沿路网，5%）" in found.note_zh
    card = result.scorecard.set_index("id")
    assert told in card.at["XM-1a", "note_en"]
    assert result.finding("XM-2d").note_en.count("chosen by the city") == 0
    row = found.readings.table.query("axis == 'path' and chosen").iloc[0]
    assert (row["option"], row["why_zh"]) == ("straight", "由本市选定")
    assert "XM-1a: chosen by the city: in a straight line" in city_summary(city, "en")
    sentence = first_page(result, ()).sentences[1]
    assert "100 % (as the city reads it: in a straight line)" in sentence.en
    status = Evidence(result).point_status(found)
    assert status is not None
    assert list(status) == ["covered", "covered"]
    for held in (lc.claim(result, "XM-1a", 0.9), lc.claim(city, "XM-1a", 0.9)):
        said = "By the reading that the city has chosen (in a straight line) it is 100 %."
        assert said in held.text("en")
        assert held.nearest["changes"] == 0


LINE = {"path": "straight"}


@pytest.mark.slow
@pytest.mark.parametrize("readings", [(LINE, LINE), (LINE, {}), ({}, LINE), ({}, {})])
def test_homes_are_covered_where_every_part_covers_them_however_it_is_read(readings):
    # Up to 2,950 m the centre at 0 is near, from 2,000 m on the clinic at 3,900 m.
    city = little_city([{"x": 0, "of": "service_centre"}, {"x": 3900, "of": "clinic"}])
    asked = (("service_centre", 2950), ("clinic", 1900))
    parts = [
        {"kind": "circle", "metres": metres, "categories": [of], "read_as": reading}
        for (of, metres), reading in zip(asked, readings, strict=True)
    ]
    context = Context(city, 2025)
    found = assess_requirement(requirement(parts=parts), context)
    result = Result(city, (found,), (), 2025, context=context)
    status = Evidence(result).point_status(found)
    covered = city.demand.loc[status == "covered", "demand_id"]
    assert list(covered) == ["d2100", "d2400", "d2600", "d2900"]


def test_the_name_of_the_pack_may_stand_before_the_requirement():
    city = city_that_reads({"xiamen-2025:XM-1a": {"denominator": "households"}})
    found = lc.assess(city, as_of=2025).finding("XM-1a")
    assert (found.value, found.denominator) == (0.25, 40.0)


def test_what_the_data_do_not_answer_is_unknown():
    city = city_that_reads({"XM-1a": {"level": "community"}})
    found = lc.assess(city, as_of=2025).finding("XM-1a")
    assert (found.status, found.value) == ("unknown", None)
    assert "the data do not answer the chosen reading (communities only)" in found.note_en


@pytest.mark.slow
@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ({"XM-1z": {"path": "straight"}}, "no pack has the requirement 'XM-1z'. Did you mean 'XM"),
        ({"XM-1a": {"pth": "straight"}}, "'XM-1a' has no reading 'pth'. Did you mean 'path'"),
        (
            {"XM-1a": {"path": "strait"}},
            "the reading 'path' of 'XM-1a' has no option 'strait'. Did you mean 'straight'",
        ),
    ],
)
def test_a_choice_that_there_is_not_is_one_line_with_what_was_meant(readings, said):
    with pytest.raises(ConfigError) as caught:
        lc.assess(city_that_reads(readings), as_of=2025)
    assert said in str(caught.value)
    assert "assess.readings." in str(caught.value)
    assert caught.value.line("zh") != caught.value.line("en")


def test_parts_without_the_axis_stay_as_they_are():
    parts = [
        {"kind": "provision", "label_zh": "甲", "label_en": "one", "level": "leaf"}
        | {"categories": ["police_room"]},
        CIRCLE | {"label_zh": "乙", "label_en": "two", "categories": ["service_centre"]},
    ]
    words = {"statement_zh": "测试", "statement_en": "a test", "clause": "1", "force": "must"}
    document = dict.fromkeys(("title_zh", "title_en", "issuer_zh", "issuer_en"), "x")
    pack = Pack.model_validate(
        {"id": "own", "document": document, "requirement": [{"id": "T-1", **words, "parts": parts}]}
    )
    (read,) = with_readings([pack], {"T-1": {"path": "straight"}})
    assert [part.chosen for part in read["T-1"].parts] == [{}, {"path": "straight"}]


def test_a_year_may_be_written_as_a_number():
    said = AssessConfig.model_validate({"readings": {"XM-5c": {"as_of": 2023}}})
    assert said.readings == {"XM-5c": {"as_of": "2023"}}


def test_tables_of_readings_hold_the_choice():
    found = find(little_city(CENTRES), **CIRCLE, read_as={"denominator": "units"}, target=0.5)
    table = found.readings.table
    assert isinstance(table, pd.DataFrame)
    assert (found.numerator, found.denominator) == (3, 4)
    assert found.members_met == (3, 4)
