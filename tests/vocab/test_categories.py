"""Category texts as planners write them → vocabulary ids; nothing is dropped."""

from __future__ import annotations

import pandas as pd
import pytest

from livingcircle.errors import ConfigError
from livingcircle.vocab.categories import (
    categories,
    categories_in,
    category_ids,
    map_categories,
    near_categories,
    normalise,
)


def ids(text: str) -> tuple[str, ...]:
    return map_categories(pd.Series([text])).ids.iloc[0]  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("社区党群服务中心", ("service_centre",)),
        (" 社区 党群服务中心 ", ("service_centre",)),
        ("社区综合服务设施", ("service_centre",)),
        ("Ｅ政务", ("egov_terminal",)),
        ("“粤智助”自助机", ("yuezhizhu_terminal",)),
        ("居（村）委会", ("committee_office",)),
        ("library", ("library",)),
        ("Public Library", ("library",)),
        ("社区党群服务中心;图书馆", ("service_centre", "library")),
        (
            "社区党群服务中心；图书馆、药店｜便利店",
            ("service_centre", "library", "pharmacy", "convenience_store"),
        ),
        ("药店;药房", ("pharmacy",)),
        ("九年一贯制学校", ("primary_school", "middle_school")),
        (
            "医疗保健服务;综合医院;卫生院|购物服务;超级市场;家乐福",
            ("community_health_centre", "supermarket"),
        ),
        ("幼儿园（公办）", ("kindergarten",)),
    ],
)
def test_what_planners_write_is_understood(text: str, expected: tuple[str, ...]) -> None:
    assert ids(text) == expected


def test_every_zh_en_and_id_of_the_vocabulary_maps_to_itself() -> None:
    for category in categories().values():
        for text in (category.id, category.zh, category.en, *category.aliases):
            assert category.id in ids(text), text


def test_no_alias_stands_for_two_categories_by_accident() -> None:
    meant = {"九年一贯制学校", "九年制学校"}
    seen: dict[str, str] = {}
    for category in categories().values():
        for text in {
            normalise(t) for t in (category.id, category.zh, category.en, *category.aliases)
        }:
            assert text in meant or seen.setdefault(text, category.id) == category.id, text


def test_the_unmapped_are_listed_with_counts_and_near_matches() -> None:
    texts = pd.Series(["居家养老服战", "药店;火锅店", "火锅店", "餐饮服务;中餐厅;火锅店", None, ""])
    mapping = map_categories(texts)
    assert mapping.ids.tolist() == [(), ("pharmacy",), (), (), (), ()]
    listed = mapping.unmapped.set_index("value")
    assert listed["count"].to_dict() == {
        "火锅店": 2,
        "居家养老服战": 1,
        "餐饮服务;中餐厅;火锅店": 1,
    }
    assert listed.loc["居家养老服战", "near"][0] == "elderly_station"


@pytest.mark.parametrize(
    ("text", "ids", "unmapped"),
    [
        ("医疗;药店", ("pharmacy",), ()),
        ("医疗；药店；", ("pharmacy",), ()),
        ("医疗:诊所:药店", ("pharmacy",), ()),
        ("医疗;不知道", (), ("医疗;不知道",)),
        ("酒店;药店;卫生站", ("pharmacy", "clinic"), ("酒店",)),
        ("教育培训;幼儿园;小学", ("kindergarten", "primary_school"), ("教育培训",)),
        ("医疗:药店;购物:便利店", ("pharmacy", "convenience_store"), ()),
        ("医疗;药店、购物:不知道", ("pharmacy",), ("购物:不知道",)),
    ],
)
def test_a_list_that_begins_as_a_type_of_a_map_service_is_a_list(text, ids, unmapped) -> None:
    assert categories_in(text)[:2] == (ids, unmapped)


def test_a_remark_in_brackets_is_left_out_and_told() -> None:
    mapping = map_categories(pd.Series(["幼儿园（公办）"]))
    assert mapping.remarks == ("幼儿园(公办) → kindergarten",)


def test_the_city_overrules_the_vocabulary() -> None:
    texts = pd.Series(["社区服务大厅", "诊所", "其他", "驿站"])
    mapping = map_categories(
        texts,
        {
            "社区服务大厅": "service_centre",
            "诊所": "village_clinic",
            "其他": [],
            "驿站": ["快递点", "elderly_station"],
        },
    )
    assert mapping.ids.tolist() == [
        ("service_centre",),
        ("village_clinic",),
        (),
        ("express", "elderly_station"),
    ]
    assert mapping.unmapped.empty


def test_an_overrule_to_nowhere_says_what_was_meant() -> None:
    with pytest.raises(ConfigError, match="service_centre"):
        map_categories(pd.Series(["x"]), {"x": "service_center"})


def test_index_and_length_are_kept() -> None:
    texts = pd.Series(["药店", None, "x"], index=[7, 3, 9])
    assert map_categories(texts).ids.index.tolist() == [7, 3, 9]
    assert len(map_categories(pd.Series([], dtype=object)).ids) == 0


def test_chinese_names_and_lists_stand_for_ids() -> None:
    assert category_ids(["公共图书馆", "park"]) == ("library", "park")
    assert near_categories("第三实验幼儿园")[0] == "kindergarten"


@pytest.mark.parametrize(
    "text",
    [
        "医疗保健服务;专科医院;口腔医院",
        "医疗保健服务;诊所;诊所",
        "口腔诊所",
        "诊所",
        "生活服务;婴儿服务场所;婴儿游泳馆",
        "体育休闲服务;运动场馆;台球厅",
        "体育休闲服务;运动场馆;保龄球馆",
        "科教文化服务;文艺团体;京剧团",
        "购物服务;综合市场;小商品城",
        "购物服务;综合市场;旧货市场",
        "生活服务;丧葬设施;殡仪服务部",
        "政府机构及社会团体;公检法机构;公安警察;交警大队",
        "政府机构及社会团体;公检法机构;公安警察",
        "科教文化服务;图书馆;大学图书馆",
        "养老院",
        "城市书房",
        "党群服务站",
    ],
)
def test_what_only_resembles_a_category_is_left_to_the_planner(text: str) -> None:
    assert ids(text) == ()
