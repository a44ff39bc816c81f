"""The command line as a whole: version, language, wrong calls, code pages."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest

import livingcircle as lc
from builders.square_city import write_city
from livingcircle.cli.language import language_of_call, pick_language
from livingcircle.cli.main import main
from livingcircle.errors import ConfigError

LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def call(capsys, monkeypatch):
    """Run a command in this process, in a system without a language."""
    for name in LOCALE:
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        with pytest.raises(SystemExit) as stop:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out, said.err

    return run


def test_version(call):
    assert call("--version") == (0, f"livingcircle {lc.__version__}\n", "")


@pytest.mark.parametrize("words", [["sites", "x.toml"], ["run"], ["run", "--no-such"], ["walk"]])
def test_a_wrong_call_is_one_line_in_both_languages(call, words):
    for lang in ("en", "zh"):
        code, out, err = call(*words, "--lang", lang)
        assert (code, out) == (2, "")
        assert err.startswith("livingcircle: ")
        assert err.count("\n") == 1
        chinese = any("一" <= c <= "鿿" for c in err)
        assert chinese == (lang == "zh")
        assert "livingcircle --help" in err


def test_what_is_too_much_is_named(call):
    code, _, said = call("check", "a.toml", "signals_s=50", "b", "--lang", "zh")
    assert code == 2
    assert "多余的参数：signals_s=50 b。" in said
    code, _, said = call("check", "a.toml", "城 (1).toml", "--lang", "zh")
    assert code == 2
    assert "多余的参数：城 (1).toml。" in said


def test_what_is_missing_is_called_as_the_help_calls_it(call):
    for words, what in (
        (["run"], "CITY.toml"),
        (["compare", "a"], "DIR_B"),
        (["reach"], "--network"),
    ):
        for lang in ("en", "zh"):
            _, _, err = call(*words, "--lang", lang)
            assert what in err
            assert "None" not in err


def test_the_language_of_an_error_is_the_calls_then_the_citys_then_the_systems(
    call, tmp_path, monkeypatch
):
    path = tmp_path / "city.toml"
    path.write_text('[city]\nname = "x"\nlanguage = "zh"\nsize = 1\n[network]\nsource = "x.osm"\n')
    _, _, err = call("check", path)
    assert "第 4 行" in err
    assert "size" in err
    _, _, err = call("check", path, "--lang=en")
    assert "row 4" in err
    path.write_text('[city]\nname = "x"\nsize = 1\n[network]\nsource = "x.osm"\n')
    assert "row 3" in call("check", path)[2]
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "第 3 行" in call("check", path)[2]
    monkeypatch.setenv("LC_ALL", "C")  # it wins over LANG
    assert "row 3" in call("check", path)[2]


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ({"LANGUAGE": "zh_CN:en", "LANG": "C.UTF-8"}, "zh"),
        ({"LANGUAGE": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LANGUAGE": "en", "LC_ALL": "zh_CN.UTF-8"}, "en"),
        ({"LANGUAGE": "fr:zh_TW:en", "LANG": "fr_FR.UTF-8"}, "zh"),
        ({"LANGUAGE": "fr", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANGUAGE": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANGUAGE": "zh_CN"}, "zh"),
        ({"LANGUAGE": "zh_CN", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "zh_CN", "LANG": "en_US"}, "zh"),
    ],
)
def test_the_systems_language_in_the_order_of_gettext(system, expected, monkeypatch):
    for name in LOCALE:
        monkeypatch.delenv(name, raising=False)
    for name, value in system.items():
        monkeypatch.setenv(name, value)
    assert pick_language(None) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "--lang", "zh"], "zh"),
        (["run", "--lang=zh", "x.toml"], "zh"),
        (["run", "--lang"], "en"),
        (["run", "--lang", "fr"], "en"),
        ([], "en"),
    ],
)
def test_the_language_of_a_call_that_is_not_understood(words, expected, monkeypatch):
    for name in LOCALE:
        monkeypatch.delenv(name, raising=False)
    assert language_of_call(words) == expected


def test_another_language_is_refused():
    with pytest.raises(ConfigError, match="no texts in 'fr'"):
        pick_language("fr")


def test_standards_list_speaks_the_systems_language(call, monkeypatch):
    assert "Xiamen" in call("standards", "list")[1]
    monkeypatch.setenv("LANG", "zh_CN.GBK")
    assert "厦门市" in call("standards")[1]


def test_what_a_code_page_cannot_write_is_replaced(monkeypatch):
    page = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", page)
    with pytest.raises(SystemExit) as stop:
        main(["standards", "show", "xiamen-2025", "--lang", "zh"])
    assert stop.value.code in (0, None)
    page.flush()
    assert b"XM-3a" in page.buffer.getvalue()


def test_check_refuses_an_unknown_pack_before_it_reads_the_tables(call, tmp_path):
    path = write_city(tmp_path, '[assess]\npacks = ["xiamen-2052"]\n')
    code, out, err = call("check", path)
    assert (code, out) == (2, "")
    assert "Did you mean 'xiamen-2025'?" in err


def test_check_finds_a_pack_beside_the_city(call, tmp_path):
    path = write_city(tmp_path, '[assess]\npacks = ["own.toml"]\n')
    code, _, err = call("check", path)
    assert code == 2
    assert str(tmp_path / "own.toml") in err


@pytest.mark.parametrize(
    ("option", "value", "why"),
    [
        ("--limit-m", "x", "应为数"),
        ("--minutes", "soon", "应为数"),
        ("--snap-m", "-3", "太小，至少为 0"),
        ("--snap-m", "99", "太大，至多为 5"),
    ],
)
def test_a_wrong_value_is_refused_in_chinese(call, option, value, why):
    named = ("--network", "a", "--facilities", "b", "--demand", "c", "--out", "d")
    code, _, err = call("reach", *named, option, value, "--lang", "zh")
    assert code == 2
    assert f"{option} 的值无效：{why}" in err
    assert "should be" not in err


def test_temporary_files_on_a_full_disk_are_told(call, tmp_path, monkeypatch):
    def full(*_, **__):
        raise RuntimeError("sqlite3_exec() failed")

    city = write_city(tmp_path)
    monkeypatch.setattr("livingcircle.pipeline.check_city", full)
    assert "unexpected RuntimeError" in call("check", str(city), "--lang", "en")[2]
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=0))
    assert "no space is left on the disk for temporary files" in call(
        "check", str(city), "--lang", "en"
    )[2]  # fmt: skip


LONG = "x" * 300


@pytest.mark.parametrize(
    "words",
    [
        ["check", f"{LONG}.toml"],
        ["run", "city.toml", "--scenario", f"{LONG}.toml"],
        ["sites", "city.toml", "--standard", "T-1", "--candidates", f"{LONG}.csv"],
        ["compare", LONG, LONG],
        ["verify", LONG],
        ["nightly", LONG, "--site", "site"],
    ],
)
def test_a_name_that_no_disk_takes_is_one_line_with_its_mend(call, tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    write_city(tmp_path, "[assess]\npacks = []\n")
    for lang, mend in (("en", "shorter name"), ("zh", "较短")):
        code, _, err = call(*words, "--lang", lang)
        assert code == 2
        assert err.count("\n") == 1
        assert mend in err
        assert "unexpected" not in err


def test_a_source_with_a_login_that_is_no_file_is_told_in_whole_chinese(call, tmp_path):
    part = '[[facilities]]\nsource = "{}"\ncategory = "clinic"\n'
    for source in ("PG:host=h user=u password=geheim", f"{LONG}.csv"):
        _, _, err = call("check", write_city(tmp_path, part.format(source)), "--lang", "zh")
        assert "没有文件“" in err
        assert "geheim" not in err
