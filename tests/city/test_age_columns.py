"""Tables of people by sex and age, from their headers to the walkers of each home."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest

from builders.drawing import PLAN
from builders.square_city import PLAN_TOML, units, write_city, write_shops, write_units
from livingcircle.city.age_headers import age_band
from livingcircle.city.model import read_city
from livingcircle.standards.assess import assess
from livingcircle.vocab.gait import strata

DECADES = [(low, low + 9) for low in range(0, 80, 10)] + [(80, None)]
PEOPLE = {  # home 0: young men; home 1: old women; home 2: of all ages
    ("男", 20): (70, 0, 5), ("女", 70): (0, 30, 5), ("女", 80): (0, 10, 4), ("男", 0): (9, 0, 6),
    ("女", 60): (0, 0, 3), ("男", 40): (0, 0, 2), ("女", 10): (0, 0, 1), ("男", 10): (1, 0, 0),
}  # fmt: skip
PLACES = [(60, 60), (200, 250), (900, 900)]


def plan(folder):
    text = PLAN_TOML.format(metres=700).replace("metres = 700", "minutes = 10")
    (folder / "plan.toml").write_text(text.replace("{metres} 米", "10 分钟"), "utf-8")
    return '[assess]\npacks = ["plan.toml"]\nas_of = 2026\nwalker = "residents_measured"\n'


def rows_of(header, finer=1):
    """A row per home: header of each sex and decade, each decade in so many classes."""
    table = {}
    for sex in "男女":
        for low, high in DECADES:
            count = PEOPLE.get((sex, low), (0, 0, 0))
            step = 10 // finer
            if high is None:
                table[header(sex, low, None)] = list(count)
                continue
            for k in range(finer):
                first = low + k * step
                table[header(sex, first, first + step - 1)] = [
                    n - (n // finer) * (finer - 1) if k == 0 else n // finer for n in count
                ]
    return table


def written(folder, table, name="homes.csv"):
    lon, lat = np.array([PLAN.at(*xy) for xy in PLACES]).T
    frame = pd.DataFrame({"lon": lon, "lat": lat} | table)
    if name.endswith(".csv"):
        frame.to_csv(folder / name, index=False, encoding="gbk")
    else:
        frame.to_excel(folder / name, index=False)
    return f'[demand]\nsource = "{name}"\n'


def city_of(folder, demand, *more):
    return read_city(write_city(folder, write_shops(folder), demand, *more, plan(folder)))


def expected():
    """What each home has of each stratum."""
    return {
        one.column: np.array(
            PEOPLE.get(("男" if one.sex == "men" else "女", one.ages[0]), (0,) * 3)
        )
        for one in strata()
    }


ZH = {"men": "男", "women": "女"}
EN = {"男": "male", "女": "female"}
HEADERS = {
    "chinese": lambda s, a, b: f"{a}-{b}岁{s}" if b else f"{a}岁及以上{s}",
    "sex first": lambda s, a, b: f"{s}性{a}~{b}岁" if b else f"{s}性{a}岁以上",
    "brackets": lambda s, a, b: f"{a}—{b}岁（{s}）" if b else f"{a}岁及以上（{s}）",
    "bare": lambda s, a, b: f"{s} {a}-{b}" if b else f"{s} {a}+",
    "english": lambda s, a, b: f"{EN[s]} {a}-{b}" if b else f"{EN[s]} {a}+",
    "letters": lambda s, a, b: f"{EN[s][0].upper()}_{a}_{b}" if b else f"{EN[s][0].upper()}_{a}+",
    "count": lambda s, a, b: f"{a}至{b}岁{s}性人口数" if b else f"{a}岁及以上{s}性人口数",
}


@pytest.mark.slow
@pytest.mark.parametrize("finer", [1, 2])
@pytest.mark.parametrize("style", HEADERS)
def test_a_table_by_sex_and_decade_gives_who_lives_in_each_home(tmp_path, style, finer):
    demand = city_of(tmp_path, written(tmp_path, rows_of(HEADERS[style], finer))).demand
    for column, right in expected().items():
        assert demand[column].tolist() == right.tolist(), column
    assert demand["residents"].tolist() == [80, 40, 26]
    if finer == 2:  # classes of five years tell who is 65 and over
        assert demand["age65"].tolist() == [0, 40, 5 + 4 + 1]


def test_the_walkers_are_those_of_the_table(tmp_path):
    city = city_of(tmp_path, written(tmp_path, rows_of(HEADERS["chinese"])))
    (found, *_) = assess(city).findings
    of = {one.column: one for one in strata()}

    def odds(stratum, metres):
        z = (stratum.mean - metres / 600) / stratum.deviation
        return 0.5 * (1 + math.erf(z / math.sqrt(2)))

    metres = found.demand["metres"].to_numpy()
    for home in range(3):
        who = {name: count[home] for name, count in expected().items() if count[home]}
        right = sum(n * odds(of[name], metres[home]) for name, n in who.items())
        got = found.demand["probability"].iloc[home]
        assert got == pytest.approx(right / sum(who.values()), abs=1e-4)
    assert "by the ages at each home" in found.note_en


@pytest.mark.parametrize("below", [("男", "女"), ("合计", "男", "女")])
def test_a_header_of_two_rows_is_read(tmp_path, below):
    """As statistics bureaus print it: the ages above, merged over men and women."""
    book = openpyxl.Workbook()
    sheet = book.active
    table = rows_of(lambda s, a, b: (f"{a}-{b}岁" if b else f"{a}岁及以上", s))
    ages, width = list(dict.fromkeys(age for age, _ in table)), len(below)
    for age in ages:
        table[age, "合计"] = [
            m + w for m, w in zip(table[age, "男"], table[age, "女"], strict=True)
        ]
    sheet.append(["lon", "lat", *(c for age in ages for c in (age, *[None] * (width - 1)))])
    sheet.append([None, None, *below * len(ages)])
    sheet.merge_cells("A1:A2")
    sheet.merge_cells("B1:B2")
    for k in range(len(ages)):
        sheet.merge_cells(
            start_row=1, end_row=1, start_column=3 + width * k, end_column=2 + width * (k + 1)
        )
    for home, xy in enumerate(PLACES):
        sheet.append([*PLAN.at(*xy), *(table[age, s][home] for age in ages for s in below)])
    book.save(tmp_path / "homes.xlsx")
    demand = city_of(tmp_path, '[demand]\nsource = "homes.xlsx"\n').demand
    for column, right in expected().items():
        assert demand[column].tolist() == right.tolist(), column


@pytest.mark.slow
def test_units_that_state_ages_share_them_out(tmp_path):
    """Of the census of a community each of its homes has its part, in proportion to residents."""
    levels = units()
    for row in (*levels["community"], *levels["village"]):
        row.update({"20-29岁男": 100, "80岁及以上女": 50})
        row.update(
            {f"{a}-{b}岁{s}": 0 for a, b in DECADES[2:-1] for s in "男女" if (a, s) != (20, "男")}
        )
        row["80岁及以上男"] = 0
    homes = written(tmp_path, {"常住人口": [300, 700, 501]})
    demand = city_of(tmp_path, homes, write_units(tmp_path, levels)).demand
    assert demand["men_20_29"].tolist() == pytest.approx([30, 70, 100])
    assert demand["women_80_99"].tolist() == pytest.approx([15, 35, 50])
    assert (demand["men_80_99"] == 0).all()


@pytest.mark.slow
def test_a_table_of_figures_without_boundaries_gives_ages_too(tmp_path):
    levels = units()
    rows = {f"{a}-{b}岁{s}": [0, 0] for a, b in DECADES[2:-1] for s in "男女"}
    rows |= {"80岁及以上男": [4, 0], "80岁及以上女": [6, 2]}
    frame = pd.DataFrame({"社区": ["甲社区", "丙社区"]} | rows)
    frame.to_csv(tmp_path / "census.csv", index=False, encoding="utf-8")
    census = '[[units]]\nsource = "census.csv"\nlevel = "community"\n'
    homes = written(tmp_path, {"常住人口": [300, 700, 501]})
    demand = city_of(tmp_path, homes, write_units(tmp_path, levels), census).demand
    assert demand["women_80_99"].iloc[:2].tolist() == pytest.approx([1.8, 4.2])
    assert math.isnan(demand["women_80_99"].iloc[2])


def census(folder, rows, level="community", name="census.csv"):
    """A table of figures by sex and decade of some units: unit → column → people."""
    decades = [f"{one.ages[0]}-{one.ages[1]}岁{ZH[one.sex]}" for one in strata()]
    frame = pd.DataFrame(rows).T.reindex(columns=decades)
    header = {"community": "社区", "town": "街道"}[level]
    frame.rename_axis(header).reset_index().to_csv(folder / name, index=False)
    return f'[[units]]\nsource = "{name}"\nlevel = "{level}"\n'


def all_of(people):
    return {f"{one.ages[0]}-{one.ages[1]}岁{ZH[one.sex]}": people for one in strata()}


def said_of_ages(city):
    return [note.text for note in city.notes if note.field == "ages"]


@pytest.mark.slow
@pytest.mark.parametrize("oldest", [None, 0])
def test_a_decade_that_no_unit_states_is_unknown_and_one_of_nobody_is_nobody(tmp_path, oldest):
    rows = {"甲社区": all_of(10) | {"80-99岁女": oldest}}
    homes = written(tmp_path, {"常住人口": [300, 700, 501]})
    levels = write_units(tmp_path, units())
    demand = city_of(tmp_path, homes, levels, census(tmp_path, rows)).demand
    assert demand["women_70_79"].iloc[:2].tolist() == pytest.approx([3, 7])
    if oldest is None:
        assert "women_80_99" not in demand or demand["women_80_99"].isna().all()
    else:
        assert demand["women_80_99"].iloc[:2].tolist() == [0, 0]
    assert demand["women_70_79"].isna().iloc[2]  # its unit states nothing


@pytest.mark.slow
def test_each_level_that_ages_come_from_is_told(tmp_path):
    levels = units()
    town = levels["town"][0]["name"]
    rows = {"甲社区": all_of(10) | {"80-99岁女": None}}
    fine = census(tmp_path, rows)
    coarse = census(tmp_path, {town: {"80-99岁女": 50}}, "town", "towns.csv")
    homes = written(tmp_path, {"常住人口": [300, 700, 501]})
    city = city_of(tmp_path, homes, write_units(tmp_path, levels), fine, coarse)
    told = [text for text in said_of_ages(city) if "分摊" in text.zh]
    (of_town,) = [text for text in told if "女性80–99岁" in text.zh]
    (of_leaf,) = [text for text in told if "女性70–79岁" in text.zh]
    assert "of each town" in of_town.en
    assert not any(word in of_leaf.zh for word in ("ages", "women", "女性80"))
    shared = [note for note in city.notes if note.field == "ages" and "分摊" in note.text.zh]
    assert not any(note.overrule for note in shared)


@pytest.mark.slow
def test_units_without_homes_say_whom_they_lose(tmp_path):
    rows = {"甲社区": all_of(10), "乙社区": all_of(20)}
    homes = written(tmp_path, {"常住人口": [300, 700, 501]})
    frame = pd.read_csv(tmp_path / "homes.csv", encoding="gbk").iloc[:2]
    frame.to_csv(tmp_path / "homes.csv", index=False, encoding="gbk")
    city = city_of(tmp_path, homes, write_units(tmp_path, units()), census(tmp_path, rows))
    (lost,) = [text for text in said_of_ages(city) if "没有居民点" in text.zh]
    assert "1 unit has people by age but no demand point" in lost.en
    assert "乙社区" in lost.zh


def test_classes_of_both_sexes_are_halved(tmp_path):
    table = {f"{a}-{b}岁" if b else f"{a}岁以上": [2, 4, 6] for a, b in DECADES}
    demand = city_of(tmp_path, written(tmp_path, table)).demand
    assert demand["men_40_49"].tolist() == demand["women_40_49"].tolist() == [1, 2, 3]
    assert demand["residents"].tolist() == [18, 36, 54]


def test_what_straddles_decades_is_not_used_and_said(tmp_path):
    table = {"15-34岁男": [1, 2, 3], "35-59岁男": [1, 2, 3], "60岁以上男": [1, 1, 1], "常住人口": 9}
    city = city_of(tmp_path, written(tmp_path, table))
    assert not any(one.column in city.demand for one in strata())
    assert city.demand["residents"].tolist() == [9, 9, 9]
    left = [note.text.en for note in city.notes if note.field == "other columns"]
    assert any("15-34岁男" in text for text in left)


def test_the_user_may_leave_such_columns_alone(tmp_path):
    table = rows_of(HEADERS["chinese"])
    alone = ", ".join(f'"{name}" = ""' for name in table)
    demand = written(tmp_path, table | {"常住人口": 5}) + f"columns = {{ {alone} }}\n"
    city = city_of(tmp_path, demand)
    assert not any(one.column in city.demand for one in strata())


def test_how_it_was_understood_is_told_once(tmp_path):
    city = city_of(tmp_path, written(tmp_path, rows_of(HEADERS["bare"])))
    (said,) = [note.text for note in city.notes if note.field == "ages"]
    assert said.en.startswith("18 columns of people by age (男 0-9, ")
    assert said.en.endswith("residents")
    assert "列分年龄人口" in said.zh
    assert not any("男 20-29" in n.text.en for n in city.notes if n.field == "other columns")


def test_unknown_people_stay_unknown(tmp_path):
    table = rows_of(HEADERS["chinese"])
    table["20-29岁男"] = ["不详", 0, 5]
    city = city_of(tmp_path, written(tmp_path, table))
    assert math.isnan(city.demand["men_20_29"].iloc[0])
    assert math.isnan(city.demand["residents"].iloc[0])
    assert city.demand["men_20_29"].iloc[2] == 5


@pytest.mark.parametrize(
    "header", ["2020-2025", "人口", "120-130m2", "名称", "8-17时", "电话 0592-123", "m", "男", "65"]
)
def test_other_headers_are_no_ages(header):
    assert age_band(header) is None


def test_frames_give_the_same(tmp_path):
    import livingcircle as lc

    table = rows_of(HEADERS["english"])
    homes = gpd.GeoDataFrame(PLAN.points(PLACES).assign(**table))
    write_city(tmp_path)
    city = lc.City.from_frames(tmp_path / "streets.geojson", demand=homes)
    for column, right in expected().items():
        assert city.demand[column].tolist() == right.tolist(), column
