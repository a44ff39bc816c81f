"""verify: hold an output folder's proofs to the check that stands alone, and say what fails."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypedDict

import pyarrow.parquet as pq

from livingcircle.arguments import check_path
from livingcircle.errors import InputError, MissingFileError
from livingcircle.localized import LocalizedText
from livingcircle.publish.proof.texts import FAILURE_TEXTS, WHERE
from livingcircle.publish.proof.write import FORMAT, PROOF
from livingcircle.vocab.groups import counted_name

__all__ = ["Asked", "Failure", "Verification", "verify"]


class _Network(TypedDict):
    facilities: str


class _Search(TypedDict):
    categories: list[str]


class _Test(TypedDict):
    standard: str
    part: int
    areas: str | None
    counts: str


class _Part(TypedDict):
    test: str | None
    homes: int | None
    denominator: float | None


class _Finding(TypedDict):
    parts: list[_Part]


class _ProofRecord(TypedDict):
    """What this room reads of proof.json."""

    networks: dict[str, _Network]
    searches: dict[str, _Search]
    tests: dict[str, _Test]
    findings: dict[str, _Finding]


@dataclass(frozen=True)
class Failure:
    """One claim that its proof does not bear out."""

    code: str
    """``hash``, ``edge``, ``anchor``, ``facility``, ``number``, ``improved``, ``floating``,
    ``walk``, ``status``, ``area``, ``part``, ``finding``, ``people``, ``served``, ``sent``,
    ``plan`` or ``spoilt``."""
    at: str
    """The table, network, search, test, finding or plan of proof.json."""
    rows: tuple[int, ...]
    """Up to three of the rows concerned: of edges, nodes, homes, parts."""
    count: int
    """How many rows are concerned."""
    text: LocalizedText
    """What is wrong, with the names of the homes, edges or parts."""


@dataclass(frozen=True)
class Asked:
    """How many homes and people standards ask about: what their shares are shares of."""

    standards: tuple[str, ...]
    homes: int
    weight: float
    """The denominator of the scorecard."""
    group: str
    """Whom ``weight`` counts: ``residents``, ``households``, ``age65``, ``urban_village``, ..."""

    def text(self) -> LocalizedText:
        """Return it in words."""
        if self.group == "urban_village":
            number = LocalizedText(
                f"{self.weight:,.0f}个城中村", f"{self.weight:,.0f} urban villages"
            )
        else:
            noun = counted_name(self.group)
            number = LocalizedText(f"{self.weight:,.0f}{noun.zh}", f"{self.weight:,.0f} {noun.en}")
        return LocalizedText(
            f"{'、'.join(self.standards)}：{self.homes:,} 个居民点，{number.zh}",
            f"{', '.join(self.standards)}: {self.homes:,} homes, {number.en}",
        )


@dataclass(frozen=True)
class Verification:
    """What holding an output folder to its proofs gave."""

    folder: Path
    failures: tuple[Failure, ...]
    findings: int
    """Findings whose verdict was followed back to the walks, with every part of theirs."""
    homes: int
    """Homes whose walks were checked."""
    searches: int
    plans: int
    """Plans of sites that no other plan beats by more than the bound says."""
    not_proven: tuple[LocalizedText, ...]
    """What the folder states without a proof, and why."""
    asked: tuple[Asked, ...]
    """Whom the proven tests ask about. Which homes these are is taken as given."""

    @property
    def ok(self) -> bool:
        """Whether every proof holds."""
        return not self.failures

    def text(self, language: str) -> str:
        """Return what was found in ``"zh"`` or ``"en"``, one line per failure."""
        lines = [failure.text.pick(language) for failure in self.failures]
        asked = [LocalizedText("问及：", "Asked about:").pick(language)] if self.asked else []
        asked += [f"  {one.text().pick(language)}" for one in self.asked]
        zh = (
            f"{self.findings} 项结论、{self.searches} 次搜索、{self.homes:,} 个居民点、"
            f"{self.plans} 个选址方案：" + ("证明全部成立" if self.ok else f"{len(lines)} 处不成立")
        )
        many = "1 proof fails" if len(lines) == 1 else f"{len(lines)} proofs fail"
        en = (
            f"{self.findings} findings, {self.searches} searches, {self.homes:,} homes,"
            f" {self.plans} site plans: " + ("every proof holds" if self.ok else many)
        )
        rest = len(self.not_proven)
        if rest:
            zh += f"；另有 {rest} 项没有证明（原因见 {PROOF}/proof.json 的 not_proven）"
            en += f"; {rest} claims have none (proof.json says why under not_proven)"
        return "\n".join([*lines, *asked, LocalizedText(zh, en).pick(language)])


def verify(folder: str | Path) -> Verification:
    """Check the proofs in an output folder.

    Parameters
    ----------
    folder
        What ``run``, ``nightly``, ``sites`` or ``livingcircle.write`` wrote.

    Returns
    -------
    Verification
        ``ok`` where every cost, walk, status and verdict follows from the tables in ``proof/``.

    Raises
    ------
    MissingFileError
        The folder carries no proof.
    InputError
        Its proof cannot be read at all, or is of another version.
    """
    check_path(folder, "folder")
    place = Path(folder)
    manifest = place / PROOF / "proof.json"
    if not manifest.is_file():
        raise MissingFileError(
            LocalizedText("没有证明", "there is no proof"),
            file=manifest,
            hint=LocalizedText(
                "请给出 run、nightly、sites 或 write 写出的文件夹。",
                "Name a folder that run, nightly, sites or write wrote.",
            ),
        )
    try:
        if (version := json.loads(manifest.read_text(encoding="utf-8"))["format"]) != FORMAT:
            raise _another_format(version, manifest)
        proof = _checker().Proof(place)
        said = proof.said
        unproven = tuple(
            LocalizedText(
                f"{one['standard']}：{one['why_zh']}", f"{one['standard']}: {one['why_en']}"
            )
            for one in said["not_proven"]
        )
        findings = [f for f in said["findings"].values() if all(p["test"] for p in f["parts"])]
        asked = _asked(said)
    except InputError:
        raise
    except (AttributeError, TypeError, ValueError, LookupError, OSError) as error:
        raise InputError(
            LocalizedText("证明无法读取", "the proof cannot be read"),
            file=manifest,
            hint=LocalizedText("请重新运行以写出它。", "Run again to write it anew."),
        ) from error
    names = _Names(place / PROOF, said)
    failures = tuple(
        Failure(code, at, tuple(rows), count, names.text(code, at, rows, count, why))
        for code, at, rows, count, why in proof.fails
    )
    walked = [proof.held[s] for s in said["searches"] if s in proof.held]
    homes = max((len(found[0]) for found in walked), default=0)
    plans = len(said["plans"])
    return Verification(place, failures, len(findings), homes, len(walked), plans, unproven, asked)


def _another_format(version: object, manifest: Path) -> InputError:
    return InputError(
        LocalizedText(f"证明的版本是 {version}", f"the proof is of version {version}"),
        file=manifest,
        hint=LocalizedText("请用写出它的版本核对。", "Check it with the version that wrote it."),
    )


def _asked(said: _ProofRecord) -> tuple[Asked, ...]:
    """Return whom the tests ask about, standards that ask about the same together."""
    together: dict[tuple[int, float, str], list[str]] = {}
    for finding in said["findings"].values():
        for part in finding["parts"]:
            if part["test"] is not None:
                test = said["tests"][part["test"]]
                key = int(part["homes"] or 0), float(part["denominator"] or 0.0), test["counts"]
                together.setdefault(key, []).append(str(test["standard"]))
    return tuple(Asked(tuple(dict.fromkeys(names)), *key) for key, names in together.items())


@cache
def _checker() -> ModuleType:
    """Return the file that checks proofs; it is no part of the package and imports none of it."""
    here = Path(__file__).resolve()
    places = (here.with_name("stand_alone.py"), here.parents[4] / "tools" / "verify.py")
    spec = importlib.util.spec_from_file_location(
        "livingcircle_proof_check", next(place for place in places if place.is_file())
    )
    assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - it is a file of Python
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Names:
    """What rows of the tables are called."""

    def __init__(self, place: Path, said: _ProofRecord) -> None:
        self._place, self._said = place, said

    def text(self, code: str, at: str, rows: Sequence[int], count: int, why: str) -> LocalizedText:
        """Return one failure in words."""
        said, (where_zh, where_en) = FAILURE_TEXTS[code], WHERE.get(code, ("", ""))
        which = ", ".join(self._name(code, at, row) for row in rows) if where_en else ""
        of = "" if count <= len(rows) else f" (+{count - len(rows)})"
        what = self._what(at)
        zh = f"{what.zh}：{said.zh}" + (f"（{where_zh} {which}{of}）" if which else "")
        en = f"{what.en}: {said.en}" + (f" ({where_en} {which}{of})" if which else "")
        return LocalizedText(f"{zh} {why}".strip(), f"{en} {why}".strip())

    def _what(self, at: str) -> LocalizedText:
        try:
            if at in self._said["searches"]:
                kinds = "/".join(map(str, self._said["searches"][at]["categories"]))
                return LocalizedText(f"搜索 {at}（{kinds}）", f"search {at} ({kinds})")
            if at in self._said["tests"]:
                test = self._said["tests"][at]
                zh = f"{test['standard']} 第 {test['part']} 部分"
                return LocalizedText(zh, f"{test['standard']}, part {test['part']}")
        except (LookupError, TypeError):
            pass
        return LocalizedText(at, at)

    def _name(self, code: str, at: str, row: int) -> str:
        """Return the id of a home, facility or village; of other rows the number."""
        try:
            if code in ("walk", "status", "anchor"):
                return self._id("claims.parquet", "demand_id", row)
            if code == "facility":
                table = self._said["networks"][at]["facilities"]
                return self._id(table, "facility_id", row)
            if code == "area":
                return self._id(str(self._said["tests"][at]["areas"]), "unit_id", row)
        except (LookupError, TypeError, ValueError, OSError):
            pass
        return str(row + 1 if code == "part" else row)

    def _id(self, table: str, column: str, row: int) -> str:
        return str(pq.read_table(self._place / table, columns=[column]).column(0)[row].as_py())
