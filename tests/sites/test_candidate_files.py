"""Files of candidates: every column that limits a plan is understood, or refused with its row."""

from __future__ import annotations

import numpy as np
import pytest

import livingcircle as lc
from builders.drawing import PLAN
from builders.street_files import write_street
from livingcircle.errors import DatumError, InputError
from livingcircle.io.datum.convert import from_wgs84
from livingcircle.publish.text.plan_summary import plan_summary

PACK = """
id = "p"
[document]
title_zh = "试"
title_en = "Try"
issuer_zh = "甲"
issuer_en = "A"
date = 2025-01-31
[[requirement]]
id = "P-1"
clause = "1"
statement_zh = "五百米"
statement_en = "500 m"
force = "must"
kind = "circle"
categories = ["service_centre"]
metres = 500
"""
PLACES = [(x, -3) for x in range(200, 2000, 200)]


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Twenty homes of 100 people along 2 km, the first five served by a centre in the west."""
    homes = [{"x": x, "y": 2, "residents": 100} for x in range(50, 2000, 100)]
    where = tmp_path_factory.mktemp("town")
    return lc.read_city(write_street(where, PACK, [(50, -2, 1, "甲", "社区服务中心")], homes=homes))


def candidates(tmp_path, header, row, *, datum="wgs84", name="点.csv", coding="gbk"):
    lon, lat = np.array([PLAN.at(*place) for place in PLACES]).T
    rows = [
        f"{a:.7f},{b:.7f},{row(i)}"
        for i, (a, b) in enumerate(zip(*from_wgs84(lon, lat, datum), strict=True))
    ]
    file = tmp_path / name
    file.write_text("\n".join([header, *rows]) + "\n", coding)
    return file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("lon,lat,capacity", "600"),
        ("经度,纬度,容量", "600"),
        ("经度,纬度,容量（人）", "６００人"),
        ("经度,纬度,可服务人数", '"600"'),
    ],
)
def test_a_capacity_limits_a_site_whatever_its_header(town, tmp_path, header, cell):
    plan = lc.suggest_sites(town, "P-1", candidates=candidates(tmp_path, header, lambda i: cell))
    assert plan.sites["capacity"].tolist() == [600.0] * len(plan.sites)
    assert plan.sites["load"].max() <= 600
    # 1,500 people are left out: three sites of 600, where two would do without the limit.
    assert len(plan.sites) == 3


def test_a_cost_and_what_is_decided_are_read(town, tmp_path):
    file = candidates(
        tmp_path,
        "经度,纬度,名称,造价（万元）,必选",
        lambda i: f'点{i},"1,{i}00",{"是" if i == 4 else "否"}',
    )
    plan = lc.suggest_sites(town, "P-1", candidates=file)
    assert "点4" in set(plan.sites["name"])
    # In the unit of the column, which is that of a budget.
    assert plan.sites.set_index("name").loc["点4", "cost"] == 1400
    total = plan.sites["cost"].sum()
    assert total > 1400
    assert f"（造价合计 {total:,.0f}）" in plan.note_zh
    assert f" (cost {total:,.0f} in all)" in plan.note_en
    plain = candidates(tmp_path, "经度,纬度,名称", lambda i: f"点{i}")
    assert "造价" not in lc.suggest_sites(town, "P-1", candidates=plain).note_zh


@pytest.mark.parametrize("cell", ["-5", "许多"])
def test_a_figure_that_is_none_is_refused_with_its_row(town, tmp_path, cell):
    file = candidates(tmp_path, "经度,纬度,容量", lambda i: cell if i == 2 else "600")
    with pytest.raises(InputError, match="capacity") as refused:
        lc.suggest_sites(town, "P-1", candidates=file)
    assert "第 4 行" in refused.value.line("zh")


def test_a_plan_tells_how_its_candidates_were_understood(town, tmp_path):
    plan = lc.suggest_sites(
        town, "P-1", candidates=candidates(tmp_path, "经度,纬度,床位,备注", lambda i: "600,空置")
    )
    told = {lang: plan_summary(plan, tmp_path, lang) for lang in ("zh", "en")}
    # Places are the facility's own: they limit nobody, and the plan says what the column was.
    assert len(plan.sites) == 2
    assert "床位: read as places" in told["en"]
    assert "备注" in told["zh"]
    assert "未注明坐标系，按 wgs84 读取" in told["zh"]


def test_the_datum_is_that_of_the_header_or_stated_and_else_doubted(town, tmp_path):
    def plan(header, **stated):
        file = candidates(tmp_path, header, lambda i: "600", datum="gcj02")
        return lc.suggest_sites(town, "P-1", candidates=file, **stated)

    said = plan("经度(GCJ02),纬度(GCJ02),容量")
    stated = plan("lng,lat,容量", candidates_datum="gcj02")
    for found in (said, stated):
        metres = [lon - town.network.node_lonlat[:, 0].min() for lon in found.sites["lon"]]
        assert min(metres) > 0
        assert found.sites["farthest_m"].max() <= 500
    assert said.sites["lon"].tolist() == pytest.approx(stated.sites["lon"].tolist(), abs=1e-7)
    with pytest.raises(DatumError):
        plan("lng,lat,容量", candidates_datum="gjc02")
    with pytest.raises(lc.LivingCircleError, match="file of candidates"):
        lc.suggest_sites(town, "P-1", candidates_datum="gcj02")


def test_candidates_of_another_city_are_refused(town, tmp_path):
    file = tmp_path / "far.csv"
    file.write_text("lon,lat\n121.4,31.2\n")
    with pytest.raises(InputError, match="far from the streets"):
        lc.suggest_sites(town, "P-1", candidates=file)
