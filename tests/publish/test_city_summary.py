"""What ``check`` prints: everything in the language that was asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from builders.square_city import units, write_city, write_facilities, write_units
from livingcircle.cli.main import app
from livingcircle.cli.run import run_and_print
from livingcircle.errors import InputError

pytestmark = pytest.mark.slow

ROWS = [
    (105, 104, "甲中心", "社区党群服务中心"),
    (705, 304, "乙中心", "社区党群服务中心"),
    (None, None, "无坐标点", "药店"),
    (205, 504, "怪东西", "火锅店"),
]
# LocalizedText of the code that a planner writes into city.toml, and so reads in any language.
CODE = re.compile(
    r"\[.*\]|[a-z]+ = \"[^\"]*\"|（[a-z_0-9]+）"
    r"|[\w.-]+\.(csv|gpkg|geojson|toml)|WGS 84|wgs84|bd09|gcj02|utf-8"
)


@pytest.fixture(scope="module")
def city_toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("city")
    tables = write_units(folder, units())
    facilities = write_facilities(folder, ROWS, "名称,类别")
    return write_city(folder, tables, facilities)


def check(city_toml: Path, lang: str) -> str:
    done = CliRunner().invoke(app, ["check", str(city_toml), "--lang", lang])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_chinese_is_chinese_throughout(city_toml: Path) -> None:
    lines = check(city_toml, "zh").splitlines()
    assert "如何理解这些数据" in lines
    assert any("坐标系：未注明坐标系，按 WGS 84 处理" in line for line in lines)
    assert any("名称：理解为“名称”（name） [columns" in line for line in lines)
    assert any(line.startswith("  ! 没有坐标") for line in lines)
    # What is written in a table of its own has its brackets, and no others.
    assert any(line.endswith('：药店 × 1 [categories] "药店" = "..."') for line in lines)
    assert any(line.startswith("  社区 ") for line in lines)
    left = [line for line in lines[1:] if re.search(r"[A-Za-z]{2,}", CODE.sub("", line))]
    assert left == []


def test_english_is_english(city_toml: Path) -> None:
    text = check(city_toml, "en")
    assert "How the data were understood" in text
    assert "datum: no datum is stated; the coordinates are taken as WGS 84" in text
    assert "名称: read as name [columns" in text
    assert "  ! no coordinates" in text
    assert "理解为" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_stand_in_one_column_whatever_the_letters(city_toml: Path, lang: str) -> None:
    lines = check(city_toml, lang).splitlines()
    first = lines.index("")
    rows = lines[first + 2 : lines.index("", first + 1)]
    assert len(rows) > 5
    assert len({cell_len(row) for row in rows}) == 1


def test_a_run_tells_what_it_proposes(sample_dir, tmp_path, capsys) -> None:
    result = run_and_print(sample_dir / "city.toml", ["xiamen-2025"], tmp_path / "out", lang="zh")
    told = capsys.readouterr().out
    assert result.finding("XM-3a").value == 4
    assert "选址建议 XM-3a：从" in told
    assert "新设 4 处" in told


def test_a_foreign_folder_is_refused_before_the_city_is_read(sample_dir, tmp_path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="did not write"):
        run_and_print(sample_dir / "no-such.toml", (), tmp_path)
