"""The packs that ship: every requirement of the plans has an entry, and a wrong pack says why."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from livingcircle.errors import ConfigError, MissingFileError
from livingcircle.publish.text.pack_list import list_text
from livingcircle.publish.text.pack_text import pack_as_text
from livingcircle.standards.catalogue import list_packs
from livingcircle.standards.kinds import kinds
from livingcircle.standards.loader import load_pack, read_pack

PLANS = {
    "zhuhai-2025": (
        "ZH-1a 2a 3a 3b 4a 5a 5b 5c 5d 5e 5f 5g 7a 7b 7c 7d 7e 7f 7g 8a 8b 9a 9b 12a 12b 13a 18a"
        " 19a 20a"
    ),
    "xiamen-2025": (
        "XM-1a 1b 1c 2a 2b 2c 2d 2e 2f 2g 2h 2i 2j 2k 2m 2n 2p 3a 3b 3c 3d 3e 3f 3g 3h 3i 3j 3k"
        " 4a 4b 4c 4d 4e 5a 5b 5c 5d 6a 6b"
    ),
    "yangzhou-2025": ("YZ-1a 1b 1c 2a 2b 2c 2d 2e 2f 2g 2h 2i 3a 3b 3c 3d 3e 3f 3g 3h 3i 3j 3k"),
    "shenyang-2025": "SY-1a 7a 8a 8b 8c 8d 9a 10a 10b 11a 11b 11c 11d 11e 11f 11g 12a 16a",
    "panyu-2020": "PY-1a 3a 3b 3c 5a 5b",
}
NATIONAL = ("complete-community", "convenience-circle", "urban-checkup")
KINDS = """
ZH-1a provision   ZH-2a provision   ZH-3a provision   ZH-4a provision   ZH-5a circle
ZH-5b provision   ZH-5c floor_area  ZH-5d capacity    ZH-5e provision   ZH-7a provision
ZH-7b provision   ZH-7c provision+share  ZH-7d capacity  ZH-7e circle   ZH-8a colocation
ZH-8b provision   ZH-12a share      ZH-13a share      ZH-18a share      ZH-19a provision
ZH-20a capacity   XM-1a circle      XM-1b floor_area  XM-1c floor_area  XM-2a provision
XM-2b provision   XM-2c provision   XM-2d circle      XM-2e provision   XM-2f capacity
XM-2g provision   XM-2h circle      XM-2i circle      XM-2j provision   XM-2k circle
XM-3a substation  XM-3b provision   XM-3c provision   XM-3d share       XM-3e provision
XM-3f provision   XM-3g provision   XM-4a circle      XM-4b circle      XM-4c provision
XM-4d provision   XM-5a provision   XM-5b share       XM-5c provision   XM-6a capacity
XM-6b provision   YZ-1a provision   YZ-1b provision   YZ-1c share       YZ-2a floor_area
YZ-2b share       YZ-2c floor_area  YZ-2d share       YZ-2e provision   YZ-2f circle
YZ-2g circle      YZ-2h capacity    YZ-3a circle      YZ-3b circle      YZ-3c provision
YZ-3d floor_area  YZ-3e provision   YZ-3f circle      YZ-3g provision   YZ-3h provision
SY-8a provision   SY-8b provision   SY-9a circle      SY-10a capacity   SY-11a floor_area
SY-11b floor_area SY-11c circle     SY-11d colocation SY-11e provision  SY-11f provision
SY-11g provision  SY-12a share      SY-16a share      PY-1a provision   PY-3a provision
ZH-3b provision   ZH-5f provision   ZH-5g provision   ZH-7f share       ZH-7g share
ZH-9a share       ZH-9b share       ZH-12b provision  XM-2m provision   XM-2n provision
XM-2p growth      XM-3h provision   XM-3i provision   XM-3j share       XM-3k share
XM-4e colocation  XM-5d share       YZ-2i provision   YZ-3i provision   YZ-3j provision
YZ-3k share       SY-1a provision   SY-7a provision   SY-8c provision   SY-10b share
SY-8d provision
PY-3c share       PY-3b provision+circle  PY-5a floor_area  PY-5b circle
"""


def ids(text: str) -> list[str]:
    plan, _, rest = text.partition("-")
    return [f"{plan}-{number}" for number in rest.split()]


@pytest.mark.parametrize("pack", PLANS)
def test_every_requirement_of_the_plan_has_an_entry_in_its_order(pack):
    assert [entry.id for entry in load_pack(pack).requirements] == ids(PLANS[pack])


def test_every_entry_is_of_the_kind_that_the_plan_asks_for():
    words = KINDS.split()
    wanted = dict(zip(words[::2], words[1::2], strict=True))
    found = {entry.id: entry.kind for pack in PLANS for entry in load_pack(pack).requirements}
    assert found == wanted


def test_the_packs_that_ship():
    assert set(list_packs()) == {*PLANS, "gb50180-2018", *NATIONAL}


@pytest.mark.parametrize("pack", list_packs())
def test_a_pack_says_what_a_reader_needs(pack):
    found = load_pack(pack)
    assert found.id == pack
    assert found.outside, "what no map can test is listed with its reason"
    for entry in found.requirements:
        assert entry.pack == pack
        assert entry.needs.categories or entry.needs.columns
        for part in entry.parts:
            zh, en = part.measured()
            assert re.search("[一-鿿]", zh)
            assert not re.search("[一-鿿]", en.replace("e政务", ""))
            if len(entry.parts) > 1:
                assert part.label_zh
                assert part.label_en
    for item in found.outside:
        assert item.reason_zh
        assert item.reason_en


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("pack", list_packs())
def test_a_pack_reads_in_both_languages(pack, language):
    text = pack_as_text(pack, language)
    found = load_pack(pack)
    assert all(entry.id in text for entry in found.requirements)
    assert all(entry.statement.pick(language) in text for entry in found.requirements)
    reasons = [i.reason_zh if language == "zh" else i.reason_en for i in found.outside]
    assert all(reason in text for reason in reasons)
    assert "None" not in text


def test_the_1000_metre_rule_reads_like_this():
    block = next(
        b for b in pack_as_text("xiamen-2025", "en").split("\n\n") if b.startswith("XM-3a")
    )
    assert "may · due 2025" in block
    assert "1,000 m or more is a candidate" in block
    assert "reading: The plan does not say from where to measure" in block


def test_there_are_two_languages():
    with pytest.raises(ConfigError, match="Expected 'zh' or 'en'"):
        pack_as_text("xiamen-2025", "fr")
    with pytest.raises(ConfigError, match="Expected 'zh' or 'en'"):
        list_text("fr")


def test_the_list_of_packs():
    assert "xiamen-2025" in list_text("en")
    assert "厦府办〔2023〕14号" in list_text("zh")


def test_statements_are_not_the_plans_sentences(real_data):
    plans = real_data.parent / "plans"
    if not plans.is_dir():
        pytest.skip(f"the plans' texts are not at {plans}")
    squeeze = str.maketrans("", "", " ，。；、：“”()（）\n\u3000")
    copied = []
    for pack in PLANS:
        text = (plans / f"{pack.partition('-')[0]}.txt").read_text(encoding="utf-8")
        text = text.translate(squeeze)
        for entry in load_pack(pack).requirements:
            statement = entry.statement_zh.translate(squeeze)
            if statement in text:
                copied.append(entry.id)
    assert copied == []


# -- what is wrong with a pack ------------------------------------------------------------------

OWN = """\
id = "own"
[document]
title_zh = "方案"
title_en = "a plan"
issuer_zh = "某市"
issuer_en = "a city"

[[requirement]]
id = "A-1"
clause = "1"
statement_zh = "步行可到"
statement_en = "within a walk"
force = "must"
kind = "circle"
minutes = 15
categories = ["service_centre"]
applies = { urban_rural = "urban" }

[[requirement]]
id = "A-2"
clause = "2"
statement_zh = "都有"
statement_en = "everywhere"
force = "should"
due = 2025
[[requirement.parts]]
kind = "provision"
level = "town"
categories = ["library"]
[[requirement.parts]]
kind = "provision"
level = "district"
categories = ["公共图书馆"]
target = 0.5
schedule = [{ year = 2023, target = 0.2 }]
"""


def test_a_pack_of_ones_own():
    pack = read_pack(OWN, file="own.toml")
    assert [entry.id for entry in pack.requirements] == ["A-1", "A-2"]
    assert pack["A-2"].parts[1].categories == ("library",)
    assert pack["A-2"].parts[0].due == 2025
    assert pack["A-2"].target == "all"


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("minutes =", "minuts =", "row 15, field 'minuts': entry 'A-1': unknown key 'minuts'."),
        ("minutes =", "minuts =", "Did you mean 'minutes'?"),
        ("minutes = 15", "minutes = -1", "row 15, field 'minutes': entry 'A-1': Input should be"),
        ("minutes = 15", "minutes = -1", "greater than 0, not -1"),
        ("minutes = 15", "", "row 9: entry 'A-1': state either minutes or metres"),
        (
            "minutes = 15",
            "minutes = 15\nwalker = 'elderlyy'",
            "row 16, field 'walker': entry 'A-1'",
        ),
        ("minutes = 15", "minutes = 15\nwalker = 'elderlyy'", "Did you mean 'elderly'?"),
        ("service_centre", "service_center", "row 16, field 'categories': entry 'A-1'"),
        ("service_centre", "service_center", "Did you mean 'service_centre'"),
        ('"circle"', '"circel"', "row 14, field 'kind': entry 'A-1': no kind is called 'circel'."),
        ('"circle"', '"circel"', "Did you mean 'circle'?"),
        ('kind = "circle"\n', "", "row 9, field 'kind': entry 'A-1': 'kind' is missing. Kinds are"),
        ("urban_rural =", "urban_rual =", "row 17, field 'applies.urban_rual': entry 'A-1'"),
        ("urban_rural =", "urban_rual =", "Did you mean 'urban_rural'?"),
        ("target = 0.5", "target = 50", "row 34, field 'target': entry 'A-2': must be a share"),
        ("target = 0.2", "targt = 0.2", "row 35, field 'schedule.targt': entry 'A-2': unknown"),
        ('"district"', '"distrikt"', "field 'level': entry 'A-2': Input should be 'leaf'"),
        ("due = 2025", 'due = 2025\nlevel = "town"', "entry 'A-2': 'level' stands beside parts."),
        ('statement_zh = "都有"\n', "", "row 20, field 'statement_zh': entry 'A-2'"),
        ('issuer_zh = "某市"\n', "", "field 'document.issuer_zh': 'issuer_zh' is missing"),
        ("issuer_zh", "isuer_zh", "row 5, field 'document.isuer_zh': unknown key 'isuer_zh'"),
        ('id = "A-2"', 'id = "A-1"', "two entries have the id 'A-1'"),
        ("[[requirement]]", "[[requirment]]", "unknown key 'requirment'. Did you mean 'requirem"),
        ("minutes = 15", "minutes = = 15", "row 15: this is not valid TOML"),
        ("year = 2023", "year = 2023 }, { year = 2022", "schedule: the years must not go down"),
    ],
)
def test_a_wrong_pack_gives_one_line_with_file_entry_and_field(written, instead, said):
    assert written in OWN
    with pytest.raises(ConfigError) as caught:
        read_pack(OWN.replace(written, instead, 1), file="own.toml")
    line = str(caught.value)
    assert line.startswith("own.toml")
    assert said in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ('kind = "circle"\nminutes = 5\nmetres = 9\ncategories = ["park"]', "minutes or metres"),
        ('kind = "circle"\nminutes = 5', "categories (any of them) or all_of"),
        ('kind = "floor_area"\ncategories = ["park"]', "state floor, per_100_households or"),
        ('kind = "floor_area"\ncategories = ["park"]\nshare_of = "area_m2"', "belong together"),
        ('kind = "share"\nattribute = "upgraded"', "categories belong to of = 'facilities'"),
        ('kind = "share"\ncategories = ["park"]\nattribute = "upgrade"', "Did you mean 'upgraded'"),
        ('kind = "share"\nof = "units"\nattribute = "households"\npooled = true', "needs over"),
        ('kind = "capacity"\nfigure = "places"\nat_least = 1\ntarget = 0.5', "judged by at_least"),
        ('kind = "substation"\nmetres = 9\ncategories = ["park"]', "target = 'report'"),
    ],
)
def test_a_part_that_makes_no_sense_says_why(part, said):
    head = OWN[: OWN.index('kind = "circle"')]
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_pack(head + part, file="own.toml")


def test_a_pack_from_a_file_and_from_nowhere(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text(OWN, encoding="utf-8")
    assert load_pack(path).id == "own"
    assert load_pack(str(path)).id == "own"
    with pytest.raises(ConfigError, match="Did you mean 'xiamen-2025'"):
        load_pack("xiamen-2024")
    with pytest.raises(MissingFileError):
        load_pack(tmp_path / "other.toml")
    path.write_bytes(OWN.encode("gbk"))
    with pytest.raises(ConfigError, match="UTF-8"):
        load_pack(path)


def test_every_kind_has_a_model_and_an_assessing_function():
    assert len(kinds()) == 10
    for name, model in kinds().items():
        assert "assess" in vars(model), name


def test_the_documented_examples_are_understood():
    docs = Path(__file__).resolve().parents[2] / "docs" / "packs.md"
    blocks = re.findall(r"```toml\n(.*?)```", docs.read_text(encoding="utf-8"), re.DOTALL)
    head = OWN[: OWN.index('kind = "circle"')]
    seen = []
    for block in blocks:
        if block.startswith("kind ="):
            pack = read_pack(head + block, file="docs/packs.md")
            seen.append(pack.requirements[0].kind)
        elif block.startswith("id ="):
            assert read_pack(block, file="docs/packs.md").outside
    assert set(seen) == set(kinds())


@pytest.mark.parametrize("twin", ["t-1", "T_1", "T.1"])
def test_ids_that_would_be_one_column_are_refused(twin: str):
    head, entry = OWN.split("[[requirement]]")[:2]
    first = re.search(r'^id = "(.*)"', entry, flags=re.M)[1]
    both = (entry.replace(f'"{first}"', f'"{name}"') for name in ("T-1", twin))
    text = "[[requirement]]".join([head, *both])
    with pytest.raises(ConfigError, match="would be one column of the layers"):
        read_pack(text, file="pack.toml")


@pytest.mark.parametrize(
    ("table", "key", "near"),
    [
        ("walking", "signals", "signals_s"),
        ("walkers.slow", "max_slop", "max_slope"),
        ("columns.places", "aliass", "aliases"),
        ("categories.own_kiosk", "alias", "aliases"),
    ],
)
def test_an_unknown_key_beside_the_requirements_is_told_with_its_like(table, key, near):
    text = f'{OWN}\n[{table}]\n{key} = "b"\n'
    with pytest.raises(ConfigError, match=f"unknown key '{key}'. Did you mean '{near}'") as caught:
        read_pack(text, file="own.toml")
    assert f"field '{table}.{key}'" in str(caught.value)
