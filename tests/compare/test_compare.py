"""compare: what moved between two output folders, and because of which input."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from builders.run_folder import gap, run_json, standard, with_input, write_output
from livingcircle.cli.compare import run_compare
from livingcircle.compare import compare
from livingcircle.compare.attribute import CAUSES, attributed
from livingcircle.compare.causes import inputs_of, kinds_moved, moved_inputs
from livingcircle.compare.tables import Tables, differences
from livingcircle.errors import ConfigError, InputError, MissingFileError


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return write_output(
        tmp_path / "a",
        [standard("XM-1a", "met", value=1.0, people_left_out=0.0), standard("XM-2i", value=0.5)],
        [gap("XM-2i", "东", 900.0), gap("XM-2i", "西", 300.0)],
    )


def test_a_folder_and_its_copy_are_identical(before: Path, tmp_path: Path) -> None:
    later = run_json(started="2026-11-21T18:00:00+00:00", finished="2026-11-21T18:00:09+00:00")
    same = write_output(
        tmp_path / "b",
        [standard("XM-1a", "met", value=1.0, people_left_out=0.0), standard("XM-2i", value=0.5)],
        [gap("XM-2i", "东", 900.0), gap("XM-2i", "西", 300.0)],
        later,
    )
    found = compare(before, same)
    assert found.identical
    assert len(found.changes) == 0
    assert "No difference" in found.text()
    assert "完全相同" in found.text("zh")


def test_one_input_that_differs_is_the_cause_for_certain(before: Path, tmp_path: Path) -> None:
    after = write_output(
        tmp_path / "b",
        [standard("XM-1a", value=0.9, people_left_out=800.0), standard("XM-2i", value=0.5)],
        [gap("XM-1a", "北", 800.0), gap("XM-2i", "东", 950.0, metres=1600.0)],
        with_input(run_json(), "facilities.1", "f2"),
    )
    found = compare(before, after)
    assert found.kinds == ("facilities",)
    assert ": 800 人\n" in found.text("zh")
    rows = found.changes[["change", "standard", "gap_id", "field"]]
    assert list(rows.itertuples(index=False, name=None)) == [
        ("moved", "XM-1a", "", "status"),
        ("moved", "XM-1a", "", "value"),
        ("moved", "XM-1a", "", "people_left_out"),
        ("opened", "XM-1a", "XM-1a:北", "people"),
        ("closed", "XM-2i", "XM-2i:西", "people"),
        ("moved", "XM-2i", "XM-2i:东", "people"),
        ("moved", "XM-2i", "XM-2i:东", "households"),
        ("moved", "XM-2i", "XM-2i:东", "metres"),
    ]
    assert (found.changes["cause"] == "facilities").all()
    assert found.changes["certain"].all()
    value = found.changes[found.changes["field"] == "value"].iloc[0]
    assert (value["before"], value["after"]) == (1.0, 0.9)
    assert value["by_facilities"] == pytest.approx(-0.1)
    text = found.text()
    assert "Every change below comes from: facilities" in text
    assert "status met → not met" in text
    assert "value 100 % → 90 %" in text
    assert "北社区 (community): 800 people" in text
    assert "people 900 → 950" in text


def test_several_inputs_that_differ_are_candidates(before: Path, tmp_path: Path) -> None:
    run = with_input(with_input(run_json(), "network", "n2"), "demand", "d2")
    after = write_output(tmp_path / "b", [standard("XM-1a"), standard("XM-2i", value=0.5)], (), run)
    found = compare(before, after)
    assert found.kinds == ("network", "population")
    assert set(found.changes["cause"]) == {"network;population"}
    assert not found.changes["certain"].any()
    assert found.changes[[f"by_{c}" for c in CAUSES]].isna().all(axis=None)
    assert "one or several of: network, population and units" in found.text()


def test_inputs_that_differ_without_effect(before: Path, tmp_path: Path) -> None:
    after = write_output(
        tmp_path / "b",
        [standard("XM-1a", "met", value=1.0, people_left_out=0.0), standard("XM-2i", value=0.5)],
        [gap("XM-2i", "东", 900.0), gap("XM-2i", "西", 300.0)],
        run_json(version="0.2.0"),
        {"map.html": b"another look"},
    )
    found = compare(before, after)
    assert not found.identical
    assert found.kinds == ("software",)
    assert found.files == ("map.html",)
    assert "livingcircle: 0.1.0 → 0.2.0" in found.text()
    assert "No result moved" in found.text()
    assert "map.html" in found.text()


def test_results_that_moved_for_no_recorded_reason(before: Path, tmp_path: Path) -> None:
    after = write_output(tmp_path / "b", [standard("XM-1a"), standard("XM-2i", value=0.5)])
    text = compare(before, after).text()
    assert "the cause is unknown" in text


@pytest.mark.parametrize(
    ("run", "kinds"),
    [
        (run_json(as_of=2027), ("standard",)),
        (run_json(packs=[{"id": "xiamen-2025", "sha256": "p2"}]), ("standard",)),
        (run_json(packs=[]), ("standard",)),
        (run_json(software={"python": "3.11.9", "shapely": "2.3"}), ("software",)),
        (run_json(parameters={"config": {"assess": {"walker": "elderly"}}}), ("standard",)),
        (
            run_json(
                parameters={"config": {"assess": {"walker": "adult"}, "categories": {"卡拉OK": []}}}
            ),
            ("facilities",),
        ),
        (
            run_json(parameters={"config": {"city": {"name": "B"}, "assess": {"walker": "adult"}}}),
            (),
        ),
        (with_input(run_json(), "city", "c2"), ()),
        (with_input(run_json(), "units.1", "u2"), ("population",)),
        (run_json(inputs=run_json()["inputs"][:3]), ("population",)),
    ],
)
def test_the_kind_of_what_differs(run: dict[str, object], kinds: tuple[str, ...]) -> None:
    found = moved_inputs(inputs_of(run_json()), inputs_of(run))
    assert kinds_moved(found) == kinds


def test_standards_that_come_and_go(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("A-1"), standard("A-2")], [gap("A-2", "东", 5.0)])
    other = write_output(
        tmp_path / "b",
        [standard("A-1"), standard("B-1", pack="panyu-2020")],
        [gap("B-1", "东", 7.0)],
    )
    changes = compare(one, other).changes
    cards = changes[changes["about"] == "standard"]
    assert list(zip(cards["pack"], cards["standard"], cards["change"], strict=True)) == [
        ("panyu-2020", "B-1", "added"),
        ("xiamen-2025", "A-2", "removed"),
    ]
    gaps = changes[changes["about"] == "gap"]
    assert list(zip(gaps["pack"], gaps["gap_id"], gaps["change"], gaps["people"], strict=True)) == [
        ("panyu-2020", "B-1:东", "opened", 7.0),
        ("xiamen-2025", "A-2:东", "closed", 5.0),
    ]


def test_gaps_are_listed_by_standard_then_people(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("B-1"), standard("A-1")])
    gaps = [gap("A-1", "甲", 10.0), gap("A-1", "乙", 90.0), gap("B-1", "丙", 1.0)]
    other = write_output(tmp_path / "b", [standard("B-1"), standard("A-1")], gaps)
    found = compare(one, other).changes
    opened = found[found["change"] == "opened"]
    assert list(opened["gap_id"]) == ["B-1:丙", "A-1:乙", "A-1:甲"]


def test_a_text_that_looks_like_no_value_stays_text(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("A-1")], [gap("A-1", "NA", 5.0, unit_name="NA")])
    other = write_output(tmp_path / "b", [standard("A-1")])
    closed = compare(one, other).changes
    assert list(closed["unit_name"]) == ["NA"]


def test_a_gap_id_that_repeats_is_matched_one_to_one(tmp_path: Path) -> None:
    twice = [gap("A-1", "东", 5.0), gap("A-1", "东", 6.0)]
    one = write_output(tmp_path / "a", [standard("A-1")], twice)
    other = write_output(tmp_path / "b", [standard("A-1")], [*twice, gap("A-1", "东", 7.0)])
    changes = compare(one, other).changes
    assert list(changes["change"]) == ["opened"]
    assert list(changes["people"]) == [7.0]


def test_digits_of_float_sums_are_no_change(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("A-1", value=0.1 + 0.2)])
    other = write_output(tmp_path / "b", [standard("A-1", value=0.3)])
    assert len(compare(one, other).changes) == 0


def test_fractions_that_earlier_versions_wrote_are_no_change(tmp_path: Path) -> None:
    old = gap("A-1", "东", 1234.37, households=411.6, metres=1530.44)
    new = gap("A-1", "东", 1234, households=412, metres=1530.5)
    one = write_output(tmp_path / "a", [standard("A-1")], [old])
    other = write_output(tmp_path / "b", [standard("A-1")], [new])
    assert len(compare(one, other).changes) == 0
    # A person more is one.
    other = write_output(tmp_path / "c", [standard("A-1")], [new | {"people": 1235}])
    assert list(compare(one, other).changes["after"]) == [1235]


def test_values_that_round_alike_are_told_apart(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("A-1", value=0.96012)])
    other = write_output(tmp_path / "b", [standard("A-1", value=0.96014)])
    assert "0.96012 → 0.96014" in compare(one, other).text()


def test_the_csv_opens_in_excel(before: Path, tmp_path: Path) -> None:
    evil = gap("XM-1a", "x", 5.0, unit_name="=cmd()")
    after = write_output(tmp_path / "b", [standard("XM-1a"), standard("XM-2i", value=0.5)], [evil])
    out = tmp_path / "changes.csv"
    assert "Gaps opened (1)" in run_compare(before, after, out=out)
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(compare(before, after).changes)
    assert [r["unit_name"] for r in rows if r["change"] == "opened"] == ["'=cmd()"]


def test_long_lists_are_cut_and_say_so(tmp_path: Path) -> None:
    one = write_output(tmp_path / "a", [standard("A-1")])
    many = [gap("A-1", f"u{k}", float(k)) for k in range(30)]
    other = write_output(tmp_path / "b", [standard("A-1")], many)
    text = compare(one, other).text()
    assert "Gaps opened (30)" in text
    assert "and 10 more" in text
    assert len(compare(one, other).text(limit=None).splitlines()) == len(text.splitlines()) + 9


def test_what_is_no_output_folder(before: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no such folder"):
        compare(before, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFileError, match="no output folder"):
        compare(before, tmp_path / "empty")
    broken = write_output(tmp_path / "b", [standard("A-1")])
    (broken / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="not JSON"):
        compare(before, broken)
    (broken / "gaps.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="no column 'standard'"):
        compare(before, broken)
    with pytest.raises(ConfigError, match="no texts in 'fr'"):
        run_compare(before, before, lang="fr")


def _tables(**values: float) -> Tables:
    """Return tables with one standard per value, and a gap wherever the value is below 1."""
    cards = [standard(name, value=value, people_left_out=0.0) for name, value in values.items()]
    gaps = [gap(name, "东", 100.0) for name, value in values.items() if value < 1]
    columns = list(gap("x", "x", 0.0))
    return Tables(pd.DataFrame(cards), pd.DataFrame(gaps, columns=columns))


def test_attribution_by_swapping_one_input_at_a_time() -> None:
    before = _tables(F=1.0, N=0.9, BOTH=0.5, ONLY=1.0)
    after = _tables(F=0.8, N=0.7, BOTH=0.9, ONLY=0.4)
    changes = attributed(
        before,
        after,
        {
            "facilities": _tables(F=0.8, N=0.9, BOTH=0.6, ONLY=1.0),
            "network": _tables(F=1.0, N=0.7, BOTH=0.7, ONLY=1.0),
        },
    )
    values = changes[changes["field"] == "value"].set_index("standard")
    assert values.loc["F", "cause"] == "facilities"
    assert values.loc["F", "by_facilities"] == pytest.approx(-0.2)
    assert values.loc["F", "by_network"] == 0.0
    assert values.loc["N", "cause"] == "network"
    assert values.loc["BOTH", "cause"] == "facilities;network;together"
    assert values.loc["BOTH", "by_together"] == pytest.approx(0.1)
    assert values.loc["ONLY", "cause"] == "together"
    shares = values[[f"by_{c}" for c in CAUSES]].sum(axis=1)
    assert shares.to_numpy() == pytest.approx(values["difference"].to_numpy(dtype=float))
    gaps = changes[changes["about"] == "gap"].set_index("standard")
    assert gaps.loc["F", "change"] == "opened"
    assert gaps.loc["F", "cause"] == "facilities"
    assert gaps.loc["ONLY", "cause"] == "together"


def test_attribution_tells_the_software_from_the_inputs() -> None:
    before, base, after = _tables(A=0.5, B=0.5), _tables(A=0.6, B=0.5), _tables(A=0.9, B=0.5)
    changes = attributed(before, after, {"network": after}, base=base)
    row = changes.iloc[0]
    assert len(changes) == 1
    assert row["cause"] == "network;software"
    assert row["by_software"] == pytest.approx(0.1)
    assert row["by_network"] == pytest.approx(0.3)
    assert row["by_together"] == 0.0


def test_differences_of_equal_tables_have_all_columns() -> None:
    empty = differences(_tables(A=0.5), _tables(A=0.5))
    assert len(empty) == 0
    assert "people" in empty
