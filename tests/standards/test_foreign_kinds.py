"""A kind or a reader of another package that fails is told by its name, in one line."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import pytest

import livingcircle as lc
from builders.drawing import PLAN, walk_network
from livingcircle.errors import ConfigError
from livingcircle.io.formats.opening import open_source
from livingcircle.standards.loader import load_pack

_NUMBER = count()
FOREIGN = """
from typing import Literal
from livingcircle.io.formats.reader import Reader
from livingcircle.localized import LocalizedText
from livingcircle.standards.base import Needs
from livingcircle.standards.judge import demanded, judge_amount
from livingcircle.standards.kind import Kind
from livingcircle.standards.outcome import Outcome


class Foreign(Kind):
    kind: Literal["foreign"]
    title = LocalizedText("外来", "foreign")

    def measured(self):
        return LocalizedText("外来", "foreign")

    def needs(self):
        return super().needs()

    def assess(self, ctx):
        return Outcome((judge_amount(1.0, 1.0, "number", due=demanded(self, ctx.as_of)),))

{fault}


def sniff(head, suffix):
    raise ZeroDivisionError("no")


READER = Reader("odd", LocalizedText("怪", "odd"), frozenset({{".odd"}}), print, sniff)
"""
FOREIGN_PACK = """
id = "foreign-plan"
[document]
title_zh = "外"
title_en = "Foreign"
issuer_zh = "城"
issuer_en = "City"
[[requirement]]
id = "F-1"
clause = "1"
statement_zh = "外"
statement_en = "foreign"
force = "must"
due = 2025
kind = "foreign"
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, fault: str = "", formats: str = ""):
    """Install a package with a kind of its own, and a method of it that fails."""
    name = f"foreign_{next(_NUMBER)}"
    (folder / f"{name}.py").write_text(FOREIGN.format(fault=fault))
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    points = f"[livingcircle.kinds]\nforeign = {name}:Foreign\n" + formats.format(name=name)
    (info / "entry_points.txt").write_text(points)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])


def ask_everything(pack: Path):
    """Ask a kind what scorecard, gaps, tables and pages ask of it."""
    homes = PLAN.points([(50, 0)]).assign(residents=1)
    city = lc.City.from_frames(walk_network([PLAN.line((0, 0), (1000, 0))]), demand=homes)
    result = lc.assess(city, pack)
    (part,) = load_pack(pack).requirement[0].parts
    part.figures(), part.readings(), part.measured(), part.needs()
    part.access_tests(None, None)
    return result


def written(folder: Path) -> Path:
    path = folder / "foreign.toml"
    path.write_text(FOREIGN_PACK, "utf-8")
    return path


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("    def assess(self, ctx): raise KeyError('x')", "'assess' (KeyError: 'x')"),
        ("    def assess(self, ctx): return None", "'assess' of the kind 'foreign'"),
        ("    assess = Kind.assess", "failed in 'assess'"),
        ("    def needs(self): return None", "returned a NoneType. It has to return Needs"),
        ("    def figures(self): return 1 / 0", "failed in 'figures' (ZeroDivisionError"),
        ("    def readings(self): return None", "It has to return tuple"),
        ("    def access_tests(self, ctx, outcome): return 3", "returned a int"),
        ("    def measured(self): return 'text'", "It has to return LocalizedText"),
    ],
)
def test_a_kind_that_fails_is_named(tmp_path: Path, monkeypatch, fault: str, said: str):
    install(tmp_path, monkeypatch, fault)
    with pytest.raises(ConfigError) as caught:
        ask_everything(written(tmp_path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_kind_that_holds_is_asked_as_it_is(tmp_path: Path, monkeypatch):
    install(tmp_path, monkeypatch)
    card = ask_everything(written(tmp_path)).scorecard
    assert card[["id", "status", "value"]].values.tolist() == [["F-1", "met", 1.0]]


def test_a_reader_that_cannot_tell_its_files_is_named(tmp_path: Path, monkeypatch):
    install(tmp_path, monkeypatch, formats="[livingcircle.formats]\nodd = {name}:READER\n")
    listed = tmp_path / "places.odd"
    listed.write_text("lon,lat\n1,2\n")
    with pytest.raises(ConfigError, match=r"reader 'odd' of a plug-in cannot tell .*ZeroDivision"):
        open_source(listed)


def test_a_plug_in_that_leaves_the_program_is_named(tmp_path: Path, monkeypatch):
    install(tmp_path, monkeypatch, "raise SystemExit(3)")
    with pytest.raises(ConfigError, match=r"the plug-in 'foreign' .* cannot be loaded"):
        load_pack(written(tmp_path))
