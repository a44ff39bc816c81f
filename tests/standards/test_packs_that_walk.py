"""Packs that state walkers of their own and what crossings cost; city.toml wins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import livingcircle as lc
from builders.street_city import config, little_city
from livingcircle.city.config import CityConfig
from livingcircle.errors import ConfigError
from livingcircle.vocab.walkers import walker

PACK = """
id = "{name}"
{top}
[document]
title_zh = "规划"
title_en = "Plan"
issuer_zh = "市"
issuer_en = "City"
{more}
[[requirement]]
id = "{name}-1"
clause = "一"
statement_zh = "15 分钟"
statement_en = "15 minutes"
force = "must"
kind = "circle"
categories = ["service_centre"]
minutes = 15
"""
DELAYS = "[walking]\nsignals_s = {}\n"
CHILD = '[walkers.child]\nzh = "儿童"\nen = "child"\nspeed_m_s = 0.5\n'
SLOW = """
[walkers.slow]
zh = "慢行者"
en = "slow walker"
speed_m_s = {}
"""


def street(**said):
    """The second 500 m of the street are one crossing with lights."""
    stated = CityConfig.model_validate({**config().model_dump(exclude_none=True), **said})
    city = little_city([{"x": 0, "of": "service_centre"}], config=stated)
    crossing = np.arange(city.network.edge_count) == 1
    tags = replace(city.network.tags, crossing=crossing, signals=crossing)
    return replace(city, network=replace(city.network, tags=tags))


def pack(folder, name="a", more="", top=""):
    path = folder / f"{name}.toml"
    path.write_text(PACK.format(name=name, more=more, top=top), "utf-8")
    return path


def seconds(result, home=1100):
    demand = result.findings[0].demand.set_index("demand_id")
    return float(demand.loc[f"d{home}", "seconds"])


@pytest.mark.slow
def test_a_pack_says_what_a_crossing_costs(tmp_path):
    city = street()
    plain = lc.assess(city, pack(tmp_path))
    result = lc.assess(city, pack(tmp_path, more=DELAYS.format(100)))
    assert seconds(result) == pytest.approx(seconds(plain) + 100, abs=0.01)
    assert result.findings[0].demand["metres"].equals(plain.findings[0].demand["metres"])
    assert result.city.config.walking.signals_s == 100
    (note,) = [note for note in result.city.notes if note.field == "delays"]
    assert "(100 s a crossing)" in note.text.en
    assert city.network.delays is None  # what was given stays as it is


@pytest.mark.slow
def test_what_the_city_states_wins(tmp_path):
    theirs = pack(tmp_path, more=DELAYS.format(100))
    for said in ({"walking": {"delays": False}}, {"walking": {"signals_s": 7.0}}):
        # A city that counts has it in its network, as reading puts it there.
        city = street(**said)
        if "signals_s" in said["walking"]:
            city = replace(city, network=lc.with_delays(city.network, signals_s=7.0))
        result = lc.assess(city, theirs)
        assert result.city.network.delays == city.network.delays
        assert result.city.config.walking == city.config.walking


@pytest.mark.slow
def test_a_pack_has_walkers_of_its_own(tmp_path):
    own = pack(tmp_path, more=SLOW.format(0.5), top='walker = "slow"')
    result = lc.assess(street(), own)
    assert seconds(result) == pytest.approx(1100 / 0.5, abs=0.1)
    mine = {"vocabulary": {"walkers": {"slow": {"zh": "慢", "en": "slow", "speed_m_s": 0.25}}}}
    assert seconds(lc.assess(street(**mine), own)) == pytest.approx(1100 / 0.25, abs=0.1)


@pytest.mark.slow
def test_two_packs_that_differ_in_delays_are_refused_and_a_city_settles_it(tmp_path):
    both = [pack(tmp_path, name, DELAYS.format(n)) for n, name in enumerate("ab", 1)]
    with pytest.raises(ConfigError, match=r"city\.toml"):
        lc.assess(street(), *both)
    assert len(lc.assess(street(walking={"delays": False}), *both).findings) == 2
    alike = [pack(tmp_path, name, DELAYS.format(1)) for name in "ab"]
    assert len(lc.assess(street(), *alike).findings) == 2


def home_seconds(result, home="d1100"):
    return [
        round(float(f.demand.set_index("demand_id").at[home, "seconds"])) for f in result.findings
    ]


@pytest.mark.slow
def test_each_pack_has_its_own_walker_of_a_name(tmp_path):
    top = 'walker = "slow"'
    both = [pack(tmp_path, name, SLOW.format(n), top) for n, name in enumerate("ab", 1)]
    result = lc.assess(street(), *both)
    assert home_seconds(result) == [1100, 550]
    told = [(n.file, n.text.en) for n in result.city.notes if n.field == "walkers"]
    assert told == [
        (f"{name}.toml", "'slow' (slow walker) is as this plan has it, for this plan alone: others"
         " have whom they mean by it")
        for name in "ab"
    ]  # fmt: skip
    for finding in result.findings:
        table = finding.readings.table.query("axis == 'walker' and chosen")
        assert table["option_en"].tolist() == ["walker: slow walker"]
        assert table["option_zh"].tolist() == ["步行者为慢行者"]
    alike = [pack(tmp_path, name, SLOW.format(1), top) for name in "ab"]
    assert home_seconds(lc.assess(street(), *alike)) == [1100, 1100]
    settles = {"walkers": {"slow": {"zh": "慢", "en": "slow", "speed_m_s": 0.25}}}
    settled = lc.assess(street(vocabulary=settles), *both)
    assert home_seconds(settled) == [4400, 4400]
    assert not [note for note in settled.city.notes if note.field == "walkers"]


def test_a_walker_that_a_requirement_is_read_by_is_its_own_packs(tmp_path):
    both = [pack(tmp_path, name, CHILD) for name in "ab"]
    for path, speed in zip(both, ("0.5", "1.1"), strict=True):
        text = path.read_text("utf-8").replace("0.5", speed)
        path.write_text(text + 'read_as = { walker = "child" }\n', "utf-8")
    result = lc.assess(street(), *both)
    assert home_seconds(result) == [2200, 1000]
    assert [finding.status for finding in result.findings] == ["short", "short"]


@pytest.mark.slow
def test_sites_are_sought_on_the_terms_of_the_pack(tmp_path):
    city = street()
    plain = lc.suggest_sites(city, "a-1", packs=[pack(tmp_path)], max_sites=1)
    own = pack(tmp_path, more=DELAYS.format(600))
    slow = lc.suggest_sites(city, "a-1", packs=[own], max_sites=1)
    assert slow.statistics() != plain.statistics()


def test_a_wrong_figure_names_the_pack(tmp_path):
    with pytest.raises(ConfigError, match="signal_s"):
        lc.assess(street(), pack(tmp_path, more="[walking]\nsignal_s = 3\n"))


SECOND = """
[[requirement]]
id = "a-2"
clause = "二"
statement_zh = "500 米"
statement_en = "500 m"
force = "must"
kind = "circle"
categories = ["service_centre"]
metres = 500
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "said", [{"readings": {"a-1": {"path": "straight"}}}, {"targets": {"a-1": 0.9}}]
)
def test_a_claim_is_told_of_a_pack_whatever_the_city_says_of_its_other_requirements(tmp_path, said):
    own = pack(tmp_path)
    own.write_text(own.read_text("utf-8") + SECOND, "utf-8")
    city = street(assess=said)
    assert lc.claim(city, "a-2", "50 %", packs=[own]).finding.id == "a-2"
    wrong = {name: {"a-3": of["a-1"]} for name, of in said.items()}
    with pytest.raises(ConfigError, match="a-3"):
        lc.claim(street(assess=wrong), "a-2", "50 %", packs=[own])


@pytest.mark.slow
def test_who_means_the_walker_that_ships_has_that_one(tmp_path):
    def told(result):
        return [note for note in result.city.notes if note.field == "walkers"]

    theirs = pack(tmp_path, more=CHILD, top='walker = "child"')
    other = pack(tmp_path, "b", top='walker = "child"')
    result = lc.assess(street(), theirs, other)
    assert home_seconds(result) == [2200, round(1100 / walker("child").speed_m_s)]
    (note,) = told(result)
    assert note.file == "a.toml"
    assert note.text.en == (
        "'child' (child) is as this plan has it, not as it ships,"
        " for this plan alone: others have whom they mean by it"
    )
    assert note.about.zh == "步行者"
    (alone,) = told(lc.assess(street(), theirs))
    assert "this plan alone" not in alone.text.en
    assert not told(lc.assess(street(), other))
    mine = {"vocabulary": {"walkers": {"child": {"zh": "童", "en": "child", "speed_m_s": 0.9}}}}
    assert not told(lc.assess(street(**mine), theirs, other))


@pytest.mark.slow
def test_a_city_that_was_assessed_before_has_the_walkers_of_the_next_pack(tmp_path):
    top = 'walker = "slow"'
    a, b = (pack(tmp_path, name, SLOW.format(n), top) for n, name in enumerate("ab", 1))
    city = street()
    first = lc.assess(city, a)
    again = lc.assess(first.city, b)
    assert [home_seconds(one) for one in (first, again)] == [[1100], [550]]
    claims = [lc.claim(of, "b-1", "50 %", packs=[b]) for of in (city, first.city)]
    assert claims[0].default["value"] == claims[1].default["value"]
    assert [note.file for note in again.city.notes if note.field == "walkers"] == ["b.toml"]
    assert home_seconds(lc.assess(lc.assess(city, a, b).city, b)) == [550]
    plain = lc.assess(first.city, pack(tmp_path, "c"))
    assert not plain.city.config.vocabulary.walkers
    unknown = pack(tmp_path, "d", top=top)
    with pytest.raises(ConfigError, match="slow"):
        lc.assess(first.city, unknown)


@pytest.mark.slow
def test_a_city_that_was_assessed_before_has_the_delays_of_the_next_pack(tmp_path):
    city = street()
    plain = seconds(lc.assess(city, pack(tmp_path)))
    a, b = (pack(tmp_path, name, DELAYS.format(n)) for name, n in (("a", 100), ("b", 30)))
    first = lc.assess(city, a)
    again = lc.assess(first.city, b)
    assert seconds(again) == pytest.approx(plain + 30, abs=0.01)
    (note,) = [note for note in again.city.notes if note.field == "delays"]
    assert note.file == "b.toml"
    none = lc.assess(first.city, pack(tmp_path, "c"))
    assert seconds(none) == pytest.approx(plain, abs=0.01)
    assert none.city.notes == city.notes
    # What was found on a network is kept where it stays as it is.
    assert lc.assess(first.city, a).city.network is first.city.network


@pytest.mark.slow
def test_a_pack_of_a_joint_result_is_assessed_alone(tmp_path):
    top = 'walker = "slow"'
    both = [pack(tmp_path, name, SLOW.format(n), top) for n, name in enumerate("ab", 1)]
    joint = lc.assess(street(), *both)
    assert [home_seconds(lc.assess(street(), one)) for one in joint.packs] == [[1100], [550]]
    assert home_seconds(lc.assess(street(), *joint.packs)) == [1100, 550]
    assert home_seconds(lc.assess(joint.city, joint.packs[1])) == [550]
    alone = lc.assess(street(), joint.packs[0])
    assert alone.packs == lc.assess(street(), both[0]).packs
    settles = {"walkers": {"slow": {"zh": "慢", "en": "slow", "speed_m_s": 0.25}}}
    assert home_seconds(lc.assess(street(vocabulary=settles), joint.packs[0])) == [4400]
