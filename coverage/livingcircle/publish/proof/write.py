"""The folder ``proof/`` of an output: tables that a stranger can check, and what is claimed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from livingcircle.io.fingerprint import sha256_of
from livingcircle.localized import LocalizedText
from livingcircle.publish.json_text import json_text
from livingcircle.publish.proof.claims import Claims, ProvedTest, claims_of, most_lost
from livingcircle.publish.proof.graph import cost_columns, proof_network
from livingcircle.publish.proof.parquet import write_table
from livingcircle.publish.proof.plans import write_plans
from livingcircle.sites.plan import SitePlan
from livingcircle.standards.context import Context
from livingcircle.standards.finding import Finding
from livingcircle.standards.result import Result

__all__ = ["FORMAT", "PROOF", "write_plan_proof", "write_proof"]

PROOF = "proof"
"""The folder beside the other outputs."""

FORMAT = 3
"""Of proof.json."""

_USES = ("stairs", "max_slope", "max_kerb_m", "min_width_m", "limited", "pram")
"""What decides which streets somebody can use."""
_TIED = ("scorecard.csv", "gaps.csv")
"""Tables beside the proof whose hashes it holds."""

SEVERAL = LocalizedText(
    "几个部分合起来的未覆盖人数只作陈述，没有证明",
    "how many people several parts leave out together is stated, not proven",
)


def write_proof(result: Result, plans: Sequence[SitePlan], folder: Path) -> None:
    """Write the proofs of a result and of the plans beside it.

    Parameters
    ----------
    result
        What was found.
    plans
        Proposed sites.
    folder
        Of the run; its tables are written already.
    """
    place = folder / PROOF
    place.mkdir()
    claims = claims_of(result, result.context or Context(result.city, result.as_of))
    networks, searches = _write_networks(claims, place)
    if claims.tests:
        _write_claims(claims, place)
    names = {key: f"t{number}" for number, key in enumerate(claims.tests)}
    tests = {names[key]: _test(one, names[key], place) for key, one in claims.tests.items()}
    homes = {names[key]: int((one.status >= 0).sum()) for key, one in claims.tests.items()}
    findings, unproven = {}, []
    for finding in result.findings:
        key = f"{finding.requirement.pack}:{finding.id}"
        parts = range(1, len(finding.parts) + 1)
        findings[key] = _finding(finding, [names.get((key, part)) for part in parts], homes)
        open_parts = [part for part in parts if (key, part) in claims.open]
        unproven += [_unproven(key, part, claims.open[key, part]) for part in open_parts]
        if len(parts) > 1 and len(open_parts) < len(parts):
            unproven.append(_unproven(key, None, SEVERAL))
    said, open_plans = write_plans(plans, place)
    unproven += [_unproven(standard, None, why) for standard, why in open_plans]
    claimed = {
        "networks": networks,
        "searches": searches,
        "tests": tests,
        "findings": findings,
        "plans": said,
        "not_proven": unproven,
    }
    _write_manifest(place, claimed, [name for name in _TIED if (folder / name).exists()])


def write_plan_proof(plan: SitePlan, folder: Path) -> None:
    """Write the prices that bound every other plan than this one."""
    place = folder / PROOF
    place.mkdir()
    said, open_plans = write_plans([plan], place)
    claimed = {
        "networks": {},
        "searches": {},
        "tests": {},
        "findings": {},
        "plans": said,
        "not_proven": [_unproven(standard, None, why) for standard, why in open_plans],
    }
    _write_manifest(place, claimed, [])


def _write_manifest(place: Path, claimed: Mapping[str, object], tied: Sequence[str]) -> None:
    names = sorted(path.name for path in place.iterdir()) + [f"../{name}" for name in tied]
    hashes = {name: sha256_of(place / name) for name in names}
    said = {"program": "livingcircle", "format": FORMAT, "tables": hashes, **claimed}
    text = json_text(said, indent=1) + "\n"
    (place / "proof.json").write_text(text, encoding="utf-8", newline="\n")


def _write_networks(
    claims: Claims, place: Path
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Write edges, costs and anchors, network by network; return what is said of them."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for key, number in claims.searches.items():
        found = claims.reach[number]
        speed = found.walker.speed_m_s if key.unit == "s" else None
        groups.setdefault((id(found.network), key.unit, speed), []).append(number)
    networks, searches = {}, {}
    keys = {number: key for key, number in claims.searches.items()}
    for order, ((_, unit, _), numbers) in enumerate(groups.items()):
        name = f"n{order}"
        first = claims.reach[numbers[0]]
        asked = {n: keys[n].trip.k for n in numbers}
        proof = proof_network({n: claims.reach[n] for n in numbers}, str(unit), asked)
        edges, both_ways = proof.edges()
        tables = {
            "edges": edges,
            "homes": proof.homes(claims.anchors(first)),
            "facilities": proof.facilities({n: claims.reach[n].facility_id for n in numbers}),
            "costs": pa.table(proof.costs()),
        }
        files = {what: f"{what}_{name}.parquet" for what in tables}
        for what, table in tables.items():
            write_table(table, place / files[what])
        networks[name] = {
            "mode": keys[numbers[0]].trip.mode,
            "walkers": _walkers_of(claims, numbers),
            **{name: getattr(first.walker, name) for name in _USES},
            "nodes": proof.split.node_count,
            "cost": proof.cost_column,
            "both_ways": both_ways,
            "max_access": proof.max_access,
            **files,
        }
        for n in numbers:
            categories = list(keys[n].trip.categories)
            searches[f"s{n}"] = {
                "number": n,
                "network": name,
                "categories": categories,
                "k": asked[n],
                "costs": cost_columns(n, asked[n]),
            }
    return networks, searches


def _walkers_of(claims: Claims, numbers: Collection[int]) -> list[str]:
    """Return the names of the walkers whom some searches are for."""
    pairs = (
        pair
        for one in claims.tests.values()
        for pair in zip(one.test.trips, one.searches, strict=True)
    )
    return sorted({trip.who.name for trip, search in pairs if search in numbers})


def _write_claims(claims: Claims, place: Path) -> None:
    """Write what is stated of every home, and behind them of the points of villages."""
    homes = claims.homes["demand_id"].astype(str).tolist()
    middles = len(claims.villages)
    more = [
        f"village:{unit}" if number < middles else f"village:{unit}:{number - middles}"
        for number, unit in enumerate(claims.more.index)
    ]
    columns: dict[str, object] = {"demand_id": pa.array(homes + more, pa.string())}
    columns |= {f"s{n}": walk for n, walk in claims.walks.items()}
    for number, one in enumerate(claims.tests.values()):
        columns[f"t{number}"] = one.status
        columns |= one.columns
    write_table(pa.table(columns), place / "claims.parquet")


def _test(one: ProvedTest, name: str, place: Path) -> dict[str, object]:
    test = one.test
    said: dict[str, object] = {
        "standard": test.finding.id,
        "part": test.position,
        "searches": [f"s{n}" for n in one.searches],
        "limit": test.limit,
        "unit": test.basis,
        "counts": test.group if test.areas is None else "urban_village",
        "speed": [1.0] * len(test.trips),
        "target": test.outcome.verdict.target,
        "columns": list(one.names),
        "areas": None,
    }
    trip = test.trips[0]
    if test.basis == "seconds" and trip.mode == "walk":
        # The costs are metres, or on slopes the seconds of somebody else who walks there.
        said["speed"] = [
            trip.who.speed_m_s / (test.reach(need).walker.speed_m_s if test.on_slopes else 1.0)
            for need in range(len(test.trips))
        ]
    if one.areas is not None and test.areas is not None:
        said |= {
            "areas": (table := f"areas_{name}.parquet"),
            "measure": test.areas.measure,
            "share_beyond": test.areas.share_beyond,
            "inclusive": test.areas.inclusive,
            "most_lost": most_lost(test.areas.share_beyond),
        }
        write_table(one.areas, place / table)
    return said


def _finding(
    finding: Finding, tests: Sequence[str | None], homes: Mapping[str, int]
) -> dict[str, object]:
    """State a finding; ``homes`` is how many of them each test asks about."""
    left = [finding.people_left_out, finding.households_left_out]
    alone = len(tests) == 1 and tests[0] is not None
    parts = [
        {
            "test": test,
            "status": part.verdict.status,
            "value": _plain(part.verdict.value),
            "denominator": _plain(part.verdict.denominator),
            "homes": None if test is None else homes[test],
            "is_due": part.verdict.is_due,
            "read_as": stated.chosen,
        }
        for test, part, stated in zip(tests, finding.parts, finding.requirement.parts, strict=True)
    ]
    return {
        "status": finding.status,
        "value": _plain(finding.value),
        "unit": finding.unit,
        "denominator": _plain(finding.denominator),
        "left_out": [_plain(number) if alone else None for number in left],
        "parts": parts,
    }


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(np.float64(value))


def _unproven(standard: str, part: int | None, why: LocalizedText) -> dict[str, object]:
    return {"standard": standard, "part": part, "why_zh": why.zh, "why_en": why.en}
