"""verify.py DIR: check its proofs (docs/proof.md). Exit code 0, 1 if one fails, 2: wrong call."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

LIMIT, SHARE, SHOWN = 1e-6, 1e-9, 1e-3  # tolerance of limits, of shares, of walks as stated
COVERED, GAP, OFF, ISLAND = range(4)


def same(one, two):
    return one == two or (None not in (one, two) and abs(one - two) <= SHARE * max(1.0, abs(two)))


class Proof:
    def __init__(self, folder):
        self.place, self.fails, self.held = Path(folder) / "proof", [], {None: None}
        self.said = json.loads((self.place / "proof.json").read_text(encoding="utf-8"))
        for step in ("tables", "networks", "searches", "tests", "findings", "plans"):
            for name, about in self.said[step].items():
                try:  # what cannot be read, or does not fit, is a failure and no crash
                    with np.errstate(all="ignore"):
                        self.held[name] = getattr(self, step)(name, about)
                except Exception as error:  # noqa: BLE001
                    self.fail("spoilt", name, why=f"{type(error).__name__}: {error}")

    def read(self, table, *names):
        found = pq.read_table(self.place / table, columns=[*{*names}])
        return [found.column(name).to_numpy(zero_copy_only=False) for name in names]

    def fail(self, code, at, wrong=(True,), why=""):
        if len(rows := np.flatnonzero(wrong)):
            self.fails.append((code, at, rows[:3].tolist(), len(rows), why))

    def tables(self, name, sha256):
        with (self.place / name).open("rb") as file:
            self.fail("hash", name, [hashlib.file_digest(file, "sha256").hexdigest() != sha256])

    def networks(self, name, net):
        most, nodes = net["max_access"] + LIMIT, net["nodes"]
        u, v, length = self.read(net["edges"], "u", "v", net["cost"])
        fine = (length >= 0) & np.isfinite(length) & (np.minimum(u, v) >= 0)
        self.fail("edge", name, ~(fine & (np.maximum(u, v) < nodes)))
        edge, to_u, to_v, leg = homes = self.read(net["homes"], "edge", "to_u", "to_v", "access")
        fine = (to_u >= 0) & (to_v >= 0) & (leg >= 0) & (leg <= most)
        self.fail("anchor", name, ~np.where(edge >= 0, fine, ~(leg <= most)))
        _, node, leg = doors = self.read(net["facilities"], "search", "node", "access")
        self.fail("facility", name, (node >= 0) & ~((leg >= 0) & (leg <= most) & (node < nodes)))
        two = net["both_ways"]  # so many edges, the first, are walked both ways
        tail, head, step = (np.r_[a, b[:two]] for a, b in ((u, v), (v, u), (length, length)))
        return u, v, tail, head, step, homes, doors

    def searches(self, name, about):
        net = self.said["networks"][about["network"]]
        u, v, tail, head, step, (edge, to_u, to_v, access), doors = self.held[about["network"]]
        mine = doors[0] == about["number"]
        door, leg = (column[mine & (doors[1] >= 0)] for column in doors[1:])
        cost, stated = *self.read(net["costs"], name), *self.read("claims.parquet", name)
        self.fail("number", name, ~(cost >= 0) | (len(cost) != net["nodes"]))
        slack = 1e-10 + 1e-15 * np.where(np.isfinite(cost), cost, 0.0)
        better, held = np.zeros(len(cost), bool), np.isinf(cost)
        better[head[~(cost[head] <= cost[tail] + step + slack[head])]] = True
        better[door[~(cost[door] <= leg + slack[door])]] = True
        self.fail("improved", name, better)  # by an edge or from a facility: none is too high
        held[door[np.abs(cost[door] - leg) <= slack[door]]] = True
        tight = np.abs(cost[head] - cost[tail] - step) <= slack[head]
        held[head[tight & (cost[tail] < cost[head])]] = True
        flat = np.flatnonzero(tight & (cost[tail] >= cost[head]))  # of no length: held by what is
        while (new := flat[held[tail[flat]] & ~held[head[flat]]]).size:
            held[head[new]] = True
        self.fail("floating", name, ~held)  # not attained from a facility: none is too low
        ends = np.minimum(cost[u[edge]] + to_u, cost[v[edge]] + to_v)
        walk = np.where(edge >= 0, ends + access, np.inf)
        self.fail("walk", name, ~((np.abs(stated - walk) <= SHOWN) | (stated == walk)))
        return walk, mine.any(), edge < 0

    def tests(self, name, t):
        walk, some, off = zip(*[self.held[s] for s in t["searches"]])
        walk = np.column_stack(walk) / t["speed"]
        cut = np.isinf(walk.max(1)) & np.array(some)[walk.argmax(1)]
        cases = [off[0], (walk <= t["limit"] + LIMIT).all(1), cut]
        right = np.select(cases, [OFF, COVERED, ISLAND], GAP)
        status, weight, *people = self.read("claims.parquet", name, *t["columns"])
        self.fail("status", name, (status != -1) & (status != right))
        if t["areas"]:
            return self.areas(name, t, walk[:, 0], weight, *people)
        w, out, goal = np.where(status >= 0, weight, 0.0), status > COVERED, t["target"]
        value, state, total, blank = None, "report", np.nansum(w), np.isnan(w)
        if total > 0:  # who states no number of people may count as much as the mean of the others
            value, each = np.nansum(w[~out]) / total, total / (~blank & (status >= 0)).sum()
            low = value * total / (total + each * (blank & out).sum())
            high = 1 - (1 - value) * total / (total + each * (blank & ~out).sum())
            state = "report" if goal is None else "met" if value >= goal - SHARE else "short"
            state = "unknown" if goal and blank.any() and low < goal - SHARE <= high else state
        return value, state, [np.nansum(column[out]) for column in people]

    def areas(self, name, t, walk, weight, area):
        stated, short, *people = self.read(t["areas"], "value", "short", "people", "households")
        a, w, far = area[area >= 0], weight[area >= 0], np.isinf(walk[area >= 0])
        parts = (np.ones(len(a)), far, np.where(far, 0.0, walk[area >= 0]))
        whole, lost, metres = (np.bincount(a, w * part, len(stated)) for part in parts)
        value = np.where(lost > t["most_lost"] * whole, np.inf, metres / (whole - lost))
        beyond = value >= t["limit"] - LIMIT if t["inclusive"] else value > t["limit"] + LIMIT
        right = (np.abs(value - stated) <= SHOWN) | (value == stated)
        self.fail("area", name, ~right | (beyond != short))
        return float(beyond.sum()), "report", [np.nansum(column[beyond]) for column in people]

    def findings(self, name, f):
        pairs = [(part, self.held[part["test"]]) for part in f["parts"]]
        right = [not h or (same(p["value"], h[0]) and p["status"] == h[1]) for p, h in pairs]
        self.fail("part", name, ~np.array(right, bool))
        judged = [p for p, _ in pairs if p["status"] != "report"]
        due = [p for p in judged if p["is_due"]] or judged or f["parts"][:1]
        state = min((p["status"] for p in due), key=["short", "unknown", "met", "report"].index)
        right = any(same(f["value"], p["value"]) for p in due if p["status"] == state)
        self.fail("finding", name, [f["status"] != state or not right])
        meant = [h and h[2] for p, h in pairs if p["status"] in ("short", state)] or [None]
        left = [0.0, 0.0] if state == "met" else meant[0] if len(meant) == 1 else None
        both = zip(f["left_out"], left or [None, None])
        wrong = [None not in (stated, right) and not same(stated, right) for stated, right in both]
        self.fail("people", name, wrong)

    def plans(self, name, p):
        cost, chosen = self.read(f"{name}_sites.parquet", "cost", "chosen")
        price, weight, left = self.read(f"{name}_rows.parquet", "price", "weight", "left")
        row, site = self.read(f"{name}_pairs.parquet", "row", "site")
        served = np.bincount(row, chosen[site], len(price)) > 0
        self.fail("served", name, (served == left) | ~(price >= 0))
        saved = np.bincount(site, price[row], len(cost))
        if p["model"] == "lscp":  # whatever is built, the prices of its rows are paid for
            best, bound = cost[chosen].sum(), price.sum() + np.minimum(cost - saved, 0.0).sum()
            bound = np.ceil(bound - LIMIT) if (cost == np.round(cost)).all() else bound
        else:
            best, bound = weight[served].sum(), np.maximum(weight - price, 0.0).sum()
            bound += np.sort(np.maximum(saved, 0.0))[::-1][: p["most"]].sum()
        self.fail("plan", name, [not (same(p["objective"], best) and same(p["bound"], bound))])


if __name__ == "__main__":
    try:
        proof = Proof(*sys.argv[1:])
    except (AttributeError, TypeError, ValueError, LookupError, OSError) as problem:
        sys.exit(print(f"verify: {problem}; call: verify.py DIR", file=sys.stderr) or 2)
    fails = [" ".join(map(str, one)) for one in proof.fails]
    print(*fails, f"{len(fails)} failures", sep="\n")
    sys.exit(1 if proof.fails else 0)
