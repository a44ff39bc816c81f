"""Columns that look like people by age: shares, ranges of other things, units, and two alike."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from livingcircle.city.age_columns import with_ages
from livingcircle.city.own_columns import age_roles
from livingcircle.io.table.read import read_table
from livingcircle.vocab.gait import strata

DECADES = [one.column for one in strata()]


def read(columns, alone=()):
    """The table of some columns, and what is told of ages."""
    stated = dict.fromkeys(alone)
    table = read_table(
        pd.DataFrame(columns),
        kind="demand",
        require_geometry=False,
        own=age_roles(),
        columns=stated or None,
    )
    done = with_ages(table, alone)
    return done.frame, done.notes


def ages(notes):
    return [note.text for note in notes if note.field == "ages"]


SHARES = {
    "per cent": {"0-19岁": [20.5], "20-59岁": [60.0], "60岁以上": [19.5]},
    "whole": {"0-14岁": [20, 15], "15-64岁": [60, 70], "65岁以上": [20, 15]},
    "of 1": {"0-14岁": [0.2, 0.15], "15-64岁": [0.6, 0.7], "65+": [0.2, 0.151]},
    "signs": {"0-14岁": ["20%", "15%"], "15-64岁": ["60%", "70.5%"], "65岁及以上人": ["20%", "9%"]},
    "headed": {"0-14岁占比(%)": [20, 15], "65岁以上（%）": [18, 15]},
    "by sex": {"0-59岁男": [40.0], "60岁以上男": [10.5], "0-59岁女": [39.0], "60岁以上女": [10.5]},
    "of each sex": {
        "0-59岁男": [80.0, 70], "60岁以上男": [20.1, 30], "0-59岁女": [79.5, 9],
        "60岁以上女": [20.5, 91],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SHARES)
def test_shares_are_no_people(name):
    frame, notes = read(SHARES[name])
    made = {"residents", "age65", "children", "under3", *DECADES} & set(frame.columns)
    assert not any((frame[column] > 0).any() for column in made)
    (said,) = ages(notes)
    assert "占比而不是人数" in said.zh
    assert "not people" in said.en


def test_shares_beside_residents_are_multiplied_and_told():
    frame, notes = read(SHARES["whole"] | {"常住人口": [1000, 200]})
    assert frame["age65"].tolist() == [200, 30]
    assert frame["children"].tolist() == [200, 30]
    assert frame["residents"].tolist() == [1000, 200]
    assert "乘以各行常住人口" in ages(notes)[0].zh


@pytest.mark.parametrize("name", ["per cent", "of 1", "headed"])
def test_residents_of_shares_stay_what_they_are(name):
    rows = len(next(iter(SHARES[name].values())))
    frame, _ = read(SHARES[name] | {"常住人口": [1000] * rows})
    assert frame["residents"].tolist() == [1000] * rows
    if name != "per cent":
        assert frame["age65"].iloc[0] == pytest.approx(180 if name == "headed" else 200)


@pytest.mark.parametrize("more", [{}, {"常住人口": [100, 100, 100]}])
def test_people_are_people(more):
    counts = {"0-14岁": [20, 15, 9], "15-64岁": [60, 70, 71], "65岁以上": [20, 15, 20]}
    if not more:
        counts["0-14岁"] = [2, 15, 40]  # homes of 82, 100 and 131
    frame, _ = read(counts | more)
    assert frame["residents"].tolist() == list(more.get("常住人口", [82, 100, 131]))
    assert frame["age65"].tolist() == [20, 15, 20]
    one_each = {"0-14岁": [0, 1, 0], "15-64岁": [1, 0, 0], "65岁以上": [0, 0, 1]}
    assert read(one_each)[0]["residents"].tolist() == [1, 1, 1]


def test_people_win_over_their_shares():
    table = {"65岁以上(%)": [20.0, 30], "65岁以上": [200, 60], "0-64岁": [800, 140]}
    frame, _ = read(table)
    assert frame["age65"].tolist() == [200, 60]
    assert frame["residents"].tolist() == [1000, 200]


@pytest.mark.parametrize(
    "headers",
    [
        ("0-2", "3-5", "6-8"),
        ("0-2", "3-5", "6-8", "9+"),
        ("1-3F", "4-6F", "7-9F"),
        ("20-29", "30-39", "40-49", "50+"),
    ],
)
def test_bare_ranges_that_are_no_whole_life_are_not_taken_and_told(headers):
    frame, notes = read({header: [20, 3] for header in headers})
    assert not {"residents", "under3", "children", "age65", *DECADES} & set(frame.columns)
    (said,) = ages(notes)
    assert "岁" in said.zh
    assert all(header in said.zh for header in headers)


def test_bare_ranges_from_birth_to_old_age_are_ages():
    frame, _ = read({"0-14": [2, 3], "15-59": [5, 9], "60-64": [1, 1], "65+": [4, 3]})
    assert frame["residents"].tolist() == [12, 16]


HEADERS = {
    "unit": lambda s, a, b: f"{a}-{b}岁{s}(人)" if b else f"{a}岁及以上{s}(人)",
    "myriads": lambda s, a, b: f"{a}-{b}岁{s}（万人）" if b else f"{a}岁及以上{s}（万人）",
    "first": lambda s, a, b: f"{'m' if s == '男' else 'f'}_{a}",
    "total first": lambda s, a, b: f"T_{'M' if s == '男' else 'F'}_{a}" + (f"_{b}" if b else "+"),
    "census": lambda s, a, b: (
        f"{'Male' if s == '男' else 'Female'}: "
        + (f"{a} to {b} years" if b else f"{a} years and over")
    ),
}


@pytest.mark.parametrize("style", HEADERS)
def test_common_headers_are_recognised(style):
    classes = [(0, 0), (1, 4), *((low, low + 4) for low in range(5, 80, 5)), (80, None)]
    if style != "first":
        classes = [(0, 4), *classes[2:]]
    table = {HEADERS[style](sex, *one): [3.0, 1.0] for one in classes for sex in "男女"}
    frame, _ = read(table)
    factor = 10_000 if style == "myriads" else 1
    assert frame["men_20_29"].tolist() == [6 * factor, 2 * factor]
    assert frame["women_80_99"].tolist() == [3 * factor, 1 * factor]
    assert frame["residents"].tolist() == [n * 2 * len(classes) * factor for n in (3, 1)]


def test_classes_that_overlap_are_tiled_where_they_can_be():
    frame, _ = read({"0-17岁": [9], "0-14岁": [7], "15-59岁": [20], "60岁以上": [5]})
    assert frame["residents"].tolist() == [32]


def test_of_two_columns_of_one_age_the_first_is_taken_and_told():
    table = {"0-19岁": [7, 1], "0~19岁人口": [8, 8], "20岁以上": [2, 2]}
    frame, notes = read(table)
    assert frame["residents"].tolist() == [9, 3]
    (said,) = [note for note in notes if "同一年龄段" in note.text.zh]
    assert said.field == "0~19岁人口"
    assert said.overrule == 'columns = { "0-19岁" = "" }'
    assert read(table, ["0-19岁"])[0]["residents"].tolist() == [10, 10]


def test_halves_of_both_sexes_are_told_in_both_languages_without_code_names():
    frame, notes = read({"20-29岁": [100], "30岁以上": [np.nan]})
    assert frame["men_20_29"].tolist() == frame["women_20_29"].tolist() == [50]
    (said,) = ages(notes)
    assert "各半" in said.zh
    assert "taken as half" in said.en
    assert not re.search("[A-Za-z]", said.zh)


def test_decades_are_called_by_their_names_in_chinese():
    _, notes = read({"20-29岁男": [5], "80岁及以上女": [2]})
    said = [note.text.zh for note in notes]
    for name in ("男性20–29岁", "女性80–99岁"):
        assert any(text.startswith(f"理解为“{name}”") for text in said)


def test_columns_of_places_are_not_told_as_unused():
    _, notes = read(SHARES["whole"] | {"lon": [118.1, 118.2], "lat": [24.5, 24.6]})
    (unused,) = [note.text.zh for note in notes if note.field == "other columns"]
    assert "lon" not in unused
