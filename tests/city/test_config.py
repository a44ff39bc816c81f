"""city.toml: what is understood, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders.square_city import make_city
from livingcircle.city.city_file import input_path, read_config
from livingcircle.city.model import read_city
from livingcircle.errors import ConfigError, MissingFileError

GOOD = """
[city]
name = "样例市"

[network]
source = "walk.osm.pbf"

[[facilities]]
source = "a.csv"
category = "类别"

[[facilities]]
source = "b.csv"
category = "library"
columns = { "设施全称" = "name" }

[[units]]
source = "units.gpkg"
level = "community"

[assess]
packs = ["xiamen-2025"]

[assess.districts]
"甲区" = "思明区"

[categories]
"社区服务大厅" = "service_centre"
"其他" = []
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "city.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_is_read_with_its_defaults(tmp_path: Path) -> None:
    config = read_config(write(tmp_path, GOOD))
    assert config.city.name == "样例市"
    assert not config.city.synthetic
    assert [f.category for f in config.facilities] == ["类别", "library"]
    assert config.facilities[1].columns == {"设施全称": "name"}
    assert config.assess.max_access_m == 300
    assert config.assess.districts == {"甲区": "思明区"}
    assert config.categories["其他"] == []
    assert config.demand.source is None


def test_windows_notepad_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert read_config(path).city.name == "样例市"


@pytest.mark.parametrize(
    ("old", "new", "row", "field", "says"),
    [
        ('category = "library"', 'categroy = "library"', 14, "facilities.2.categroy", "'category'"),
        ("[[units]]", "[[unit]]", 17, "unit", "'units'"),
        ("packs =", "pack =", 22, "assess.pack", "'packs'"),
        ('level = "community"', 'level = "county"', 19, "units.1.level", "'community'"),
        ('level = "community"', "", 17, "units.1.level", "is missing"),
        ('name = "样例市"', "name = 5", 3, "city.name", "valid string"),
        ("[[units]]", "[units]", 17, "units", "[[units]] with two brackets"),
        ('packs = ["xiamen-2025"]', 'packs = "xiamen-2025"', 22, "assess.packs", "brackets"),
        (
            'packs = ["xiamen-2025"]',
            "max_access_m = -1",
            22,
            "assess.max_access_m",
            "greater than 0, not -1",
        ),
        ('source = "walk.osm.pbf"', "", 5, "network", "either source (a file) or place"),
        (
            '"service_centre"',
            '"service_center"',
            28,
            "categories.社区服务大厅",
            "'service_centre'",
        ),
    ],
)
def test_a_slip_is_named_with_its_line_and_the_mend(
    tmp_path: Path, old: str, new: str, row: int, field: str, says: str
) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    error = caught.value
    assert (error.row, error.field, error.file) == (row, field, str(path))
    assert says in error.line()
    assert "\n" not in error.line()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[city]\nname = "a\n', "not valid TOML"),
        (b'[city]\nname = "C:\\data"\n', "'single quotes'"),
        ('[city]\nname = "样例市"\n'.encode("gbk"), "not UTF-8"),
        (b"", "is missing"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert says in caught.value.line()


def test_gbk_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    path.write_bytes('[city]\nname = "样例市"\n'.encode("gbk"))
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert caught.value.row == 2


def test_a_missing_or_wrong_path_to_the_file_itself(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_config(tmp_path / "nowhere.toml")
    with pytest.raises(ConfigError, match="this is a folder"):
        read_config(tmp_path)


class TestInputPath:
    def test_relative_absolute_and_linked_files_are_found(self, tmp_path: Path) -> None:
        city = tmp_path / "city"
        city.mkdir()
        (city / "sub").mkdir()
        (city / "a.csv").touch()
        outside = tmp_path / "b.csv"
        outside.touch()
        (city / "link.csv").symlink_to(outside)
        for source in ("a.csv", "sub/../a.csv", "link.csv", str(outside)):
            assert input_path(city, source, file=city / "city.toml", field="f").exists()

    @pytest.mark.parametrize("source", ["../b.csv", "sub/../../b.csv", ".."])
    def test_a_path_that_climbs_out_is_refused_though_it_exists(
        self, tmp_path: Path, source: str
    ) -> None:
        city = tmp_path / "city"
        (city / "sub").mkdir(parents=True)
        (tmp_path / "b.csv").touch()
        with pytest.raises(ConfigError, match="climbs out of the folder") as caught:
            input_path(city, source, file=city / "city.toml", field="facilities.1.source")
        assert caught.value.field == "facilities.1.source"

    def test_a_missing_file_names_its_neighbours(self, tmp_path: Path) -> None:
        (tmp_path / "facilities.csv").touch()
        with pytest.raises(MissingFileError, match=r"'facilities\.csv'"):
            input_path(tmp_path, "facilites.csv", file=tmp_path / "city.toml", field="f")
        with pytest.raises(MissingFileError):
            input_path(tmp_path, "no/such/x.csv", file=tmp_path / "city.toml", field="f")

    def test_a_null_character_is_no_path(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match="null"):
            input_path(tmp_path, "a\0.csv", file=tmp_path / "city.toml", field="f")


@pytest.mark.parametrize(
    ("table", "key", "near"),
    [
        ("vocabulary.walkers.w1", "max_slop", "max_slope"),
        ("vocabulary.columns.places", "kinds", "kind"),
        ("vocabulary.categories.clinic_own", "exampels", "examples"),
    ],
)
def test_an_unknown_key_below_a_name_of_ones_own_is_told(tmp_path, table, key, near):
    file = tmp_path / "city.toml"
    head = '[city]\nname = "a"\n[network]\nsource = "x.osm"\n'
    file.write_text(f'{head}[{table}]\nzh = "甲"\nen = "a"\n{key} = "b"\n', "utf-8")
    with pytest.raises(ConfigError, match=f"unknown key '{key}'") as raised:
        read_config(file)
    assert str(raised.value).count("\n") == 0
    assert f"{table}.{key}" in str(raised.value)


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("categories.toml", '[a1]\nzh = "书车"\n', "row 1, field 'a1.en': is missing"),
        (
            "categories.toml",
            '[a1]\nzh = "甲"\nen = "A"\n[a2]\nzh = "书车"\nen = "B"\nalias = ["x"]\n',
            "row 7, field 'a2.alias': unknown key 'alias'. Did you mean 'aliases'",
        ),
        (
            "categories.toml",
            '[clinic]\nzh = "书车"\nen = "B"\n',
            "row 1, field 'clinic': 'clinic'",
        ),
        ("categories.toml", "a1 = 3\n", "must be a table. Write [a1] with keys below it"),
        ("categories.toml", '["A 1"]\nzh = "书车"\nen = "B"\n', "'A 1' is no id: small letters"),
        (
            "columns.toml",
            '[beds]\nzh = "床"\nen = "B"\nkind = "x"\n',
            "row 4, field 'beds.kind'",
        ),
        (
            "columns.toml",
            '[residents]\nzh = "床"\nen = "B"\n',
            "'residents' is a column",
        ),
        (
            "walkers.toml",
            '[hop]\nzh = "跳"\nen = "h"\nspeed_m_s = -1\n',
            "row 4, field 'hop.speed",
        ),
        ("plan.toml", '[categories.a1]\nzh = "书车"\nen = 3\n', "row 3, field 'categories.a1.en'"),
        (
            "plan.toml",
            '[columns.a1]\nzh = "甲"\nen = "A"\n[columns.a2]\nzh = "乙"\nen = 3\n',
            "row 6, field 'columns.a2.en'",
        ),
    ],
)
def test_a_fault_in_a_file_beside_city_toml_is_told_of_that_file(tmp_path, file, text, said):
    path = make_city(tmp_path / "city")
    (path.parent / file).write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_city(path)
    assert caught.value.file == str(path.parent / file)
    assert said in str(caught.value)


def test_a_fault_in_city_toml_itself_is_told_of_it(tmp_path):
    path = make_city(tmp_path / "city")
    (path.parent / "categories.toml").write_text('[a1]\nzh = "甲"\nen = "A"\n', "utf-8")
    own = '\n[vocabulary.categories.a1]\nzh = "乙"\nen = 3\n'
    path.write_text(path.read_text("utf-8") + own, "utf-8")
    with pytest.raises(ConfigError, match=r"vocabulary\.categories\.a1\.en") as caught:
        read_city(path)
    assert caught.value.file == str(path)
