"""What is true by the facts in a proof's tables, found by a search of our own and by pandas."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

WORDS = ["covered", "gap", "off_network", "island"]


def read_proof(folder: Path) -> tuple[dict, dict[str, pd.DataFrame]]:
    place = folder / "proof"
    said = json.loads((place / "proof.json").read_text("utf-8"))
    return said, {
        path.name: pq.read_table(path).to_pandas() for path in sorted(place.glob("*.parquet"))
    }


def sensible(said, tables) -> bool:
    """Return whether the facts are such that one can search them at all."""
    for net in said["networks"].values():
        edges, doors, homes = (tables[net[n]] for n in ("edges", "facilities", "homes"))
        ends, length = edges[["u", "v"]].to_numpy(), edges[net["cost"]]
        fine = (ends >= 0).all() and (ends < net["nodes"]).all()
        fine &= bool(((length >= 0) & np.isfinite(length)).all())
        fine &= bool(0 <= net["both_ways"] <= len(edges) and (doors["node"] < net["nodes"]).all())
        fine &= bool((doors["access"][doors["node"] >= 0] >= 0).all() and net["nodes"] < 1e6)
        fine &= bool((homes["edge"] < len(edges)).all())
        if not fine:
            return False
    return True


def walks(said, tables, search):
    about = said["searches"][search]
    net = said["networks"][about["network"]]
    edges, doors, homes = (tables[net[n]] for n in ("edges", "facilities", "homes"))
    every = doors[doors["search"] == about["number"]]
    doors = every[every["node"] >= 0]
    u, v, w = (edges[n].to_numpy() for n in ("u", "v", net["cost"]))
    two, n = net["both_ways"], net["nodes"]
    # Costs of 0 stay edges: a millionth of a nanometre is added and is lost in the rounding.
    tiny = 1e-13
    on = homes["edge"].to_numpy() >= 0
    e, to_u, to_v = (homes[n].to_numpy()[on] for n in ("edge", "to_u", "to_v"))
    each = []
    for _, own in doors.groupby("of"):  # a search from each facility for itself
        tail = np.r_[u, v[:two], np.full(len(own), n)]
        head, step = np.r_[v, u[:two], own["node"]], np.r_[w, w[:two], own["access"]] + tiny
        keep = tail != head
        order = np.lexsort((-step[keep], head[keep], tail[keep]))  # of parallels the shortest
        pair = pd.DataFrame({"t": tail[keep], "h": head[keep], "s": step[keep]}).iloc[order]
        pair = pair.drop_duplicates(["t", "h"], keep="last")
        graph = csr_array((pair["s"], (pair["t"], pair["h"])), shape=(n + 1, n + 1))
        cost = dijkstra(graph, indices=n)[:n]
        each.append(np.minimum(cost[u[e]] + to_u, cost[v[e]] + to_v))
    k = len(about["costs"]) // 2
    each += [np.full(on.sum(), np.inf)] * k
    found = np.full(len(homes), np.inf)
    found[on] = np.sort(each, axis=0)[k - 1] + homes["access"].to_numpy()[on]
    return found, len(every) > 0, on


def truth(said, tables):
    """Yield what is wrong with the claims, by the facts."""
    claims, known = tables["claims.parquet"], {}
    for search in said["searches"]:
        known[search] = walks(said, tables, search)
        stated, found = claims[search].to_numpy(), known[search][0]
        if not np.allclose(stated, found, rtol=0, atol=1.2e-3, equal_nan=False):
            yield f"walk {search}"
    results = {}
    for name, test in said["tests"].items():
        cost = np.column_stack([known[s][0] for s in test["searches"]]) / test["speed"]
        worst = np.array([known[s][1] for s in test["searches"]])[cost.argmax(axis=1)]
        status = np.where((cost <= test["limit"] + 1e-6).all(axis=1), 0, 1)
        status[(status == 1) & np.isinf(cost).any(axis=1) & worst] = 3
        status[~known[test["searches"][0]][2]] = 2
        stated = claims[name].to_numpy()
        if (stated != -1).any() and (stated[stated != -1] != status[stated != -1]).any():
            yield f"status {name}"
        results[name] = _areas if test["areas"] else _share
        results[name] = yield from results[name](name, test, tables, stated, cost[:, 0])
    yield from _findings(said, results)


def _share(name, test, tables, status, _):
    yield from ()
    weight, *people = test["columns"]
    rows = tables["claims.parquet"][status >= 0].assign(out=status[status >= 0] > 0)
    known = rows[rows[weight].notna()]
    total = known[weight].sum()
    left = [rows.loc[rows["out"], column].sum() for column in people]
    asked = float(total), len(rows)
    if total <= 0:
        return None, "report", left, asked
    value = known.loc[~known["out"], weight].sum() / total
    if test["target"] is None:
        return value, "report", left, asked
    state = "met" if value >= test["target"] - 1e-9 else "short"
    blank, mean = rows[rows[weight].isna()], total / len(known)
    low = value * total / (total + mean * blank["out"].sum())
    high = (value * total + mean * (~blank["out"]).sum()) / (total + mean * (~blank["out"]).sum())
    if len(blank) and low < test["target"] - 1e-9 <= high:
        state = "unknown"
    return value, state, left, asked


def _areas(name, test, tables, status, walk):
    weight, area = test["columns"]
    claims, stated = tables["claims.parquet"], tables[test["areas"]]
    rows = pd.DataFrame({"a": claims[area], "w": claims[weight], "m": walk})
    value = []
    inside, most = test["inclusive"], test["limit"]
    rows["far"] = rows["m"] >= most - 1e-6 if inside else rows["m"] > most + 1e-6
    for number in range(len(stated)):
        own = rows[rows["a"] == number]
        if test["measure"] == "nearest_edge":
            value.append(own["m"].min() if len(own) else np.inf)
            continue
        if test["measure"] == "share":
            value.append(own.loc[own["far"], "w"].sum() / own["w"].sum())
            continue
        lost = own.loc[np.isinf(own["m"]), "w"].sum() / own["w"].sum()
        near = own[np.isfinite(own["m"])]
        mean = np.average(near["m"], weights=near["w"]) if near["w"].sum() > 0 else np.inf
        value.append(np.inf if lost > test["most_lost"] else mean)
    value = np.array(value)
    far = value >= most - 1e-6 if inside else value > most + 1e-6
    if test["measure"] == "share":
        far = value > test["share_beyond"] + 1e-9
    if not np.allclose(value, stated["value"], rtol=0, atol=1.2e-3):
        yield f"area {name}"
    if (far != stated["short"]).any():
        yield f"candidate {name}"
    left = [stated.loc[far, n].sum() for n in ("people", "households")]
    return float(far.sum()), "report", left, (float(len(stated)), int((status >= 0).sum()))


def _differ(one, two):
    if one is None or two is None:
        return one is not two
    return not abs(one - two) <= 2e-9 * max(1.0, abs(two))


def _findings(said, results):
    for name, finding in said["findings"].items():
        part = finding["parts"][0]  # one part each
        if part["test"] is None:
            continue
        value, state, left, (whole, homes) = results[part["test"]]
        if _differ(finding["denominator"], whole) or _differ(part["denominator"], whole):
            yield f"denominator {name}"
        if part["homes"] != homes:
            yield f"homes {name}"
        if _differ(finding["value"], value) or finding["status"] != state:
            yield f"finding {name}"
        if _differ(part["value"], value) or part["status"] != state:
            yield f"part {name}"
        if state == "met":
            left = [0.0, 0.0]
        if state != "unknown" and any(
            s is not None and _differ(s, x) for s, x in zip(finding["left_out"], left, strict=True)
        ):
            yield f"people {name}"


def best_plan(tables, name) -> float:
    """Return the least that a plan costs, found by branching; inf where there is none."""
    columns, rows, entries = (tables[f"{name}_{n}.parquet"] for n in ("columns", "rows", "entries"))
    shape = (len(rows), len(columns))
    matrix = csr_array((entries["value"], (entries["row"], entries["column"])), shape=shape)
    found = milp(
        columns["cost"],
        integrality=columns["whole"].to_numpy().astype(int),
        bounds=Bounds(np.zeros(len(columns)), columns["most"]),
        constraints=LinearConstraint(matrix, rows["least"], np.inf),
    )
    return float(found.fun) if found.status == 0 else np.inf


@np.errstate(invalid="ignore")  # no plan does what is endless
def kept(tables, name) -> bool:
    """Return whether the plan as stated keeps to its conditions."""
    columns, rows, entries = (tables[f"{name}_{n}.parquet"] for n in ("columns", "rows", "entries"))
    plan = columns["plan"].to_numpy()
    does = np.zeros(len(rows))
    np.add.at(does, entries["row"], entries["value"] * plan[entries["column"]])
    least = rows["least"].to_numpy()
    whole = columns["whole"].to_numpy().astype(bool)
    return bool(
        (does >= least - 2e-6 * (1 + np.abs(least))).all()
        and ((plan >= 0) & (plan <= columns["most"])).all()
        and (plan[whole] == np.round(plan[whole])).all()
    )
