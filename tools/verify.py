"""verify.py DIR: check its proofs (docs/proof.md). Exit code 0, 1 if one fails, 2: wrong call."""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

LIMIT, SHARE, SHOWN = 1e-6, 1e-9, 1e-3  # tolerance of limits, of shares, of walks as stated


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

    def same(self, one, two):
        return one == two or (None not in (one, two) and bool(np.isclose(one, two, SHARE, SHARE)))

    def read(self, table, *names):
        return [pq.read_table(self.place / table, columns=[n])[0].to_numpy() for n in names]

    def fail(self, code, at, wrong=(True,), why=""):
        if len(rows := np.flatnonzero(wrong)):
            self.fails.append((code, at, rows[:3].tolist(), len(rows), why))

    def tables(self, name, said):
        content = (self.place / name).read_bytes()
        self.fail("hash", name, hashlib.sha256(content).hexdigest() != said)

    def networks(self, name, net):  # what is negative has no root
        most, n, both = net["max_access"] + LIMIT, net["nodes"], net["both_ways"]
        u, v, length = self.read(net["edges"], "u", "v", net["cost"])
        self.fail("edge", name, ~((length**0.5 < np.inf) & (u >= 0) & (u < n) & (v >= 0) & (v < n)))
        edge, to_u, to_v, leg = homes = self.read(net["homes"], "edge", "to_u", "to_v", "access")
        fine = (to_u >= 0) & (to_v >= 0) & (leg >= 0) & (leg <= most)
        self.fail("anchor", name, ~np.where(edge >= 0, fine, ~(leg <= most)))
        _, node, leg, _ = doors = self.read(net["facilities"], "search", "node", "access", "of")
        self.fail("facility", name, (node >= 0) & ~((leg >= 0) & (leg <= most) & (node < n)))
        ends = (np.r_[a, b[:both]] for a, b in ((u, v), (v, u), (length, length)))
        return u, v, *ends, homes, doors

    def searches(self, name, about):  # the costs of every node from its k nearest facilities
        u, v, tail, head, step, (edge, to_u, to_v, access), doors = self.held[about["network"]]
        door, leg, own = (a[(doors[0] == about["number"]) & (doors[1] >= 0)] for a in doors[1:])
        both = self.read(self.said["networks"][about["network"]]["costs"], *about["costs"])
        cost, of = np.split(np.array(both), 2)  # and whose facilities they are
        self.fail("number", name, ~(cost.min(0) >= 0) | (np.diff(np.sort(of, 0), 1, 0) == 0).any(0))
        (k, n), last, held, flat = cost.shape, cost.max(0), np.isinf(cost), []
        slack, whose = 1e-10 + 1e-15 * np.minimum(last, 1e9), np.r_[of[:, tail].ravel(), own]
        begin, end = np.arange(k)[:, None] * n + tail, np.r_[np.tile(head, k), door]
        begin, before = np.r_[begin.ravel(), door], np.r_[cost[:, tail].ravel(), leg * 0 - 1]
        new, listed = np.r_[(cost[:, tail] + step).ravel(), leg], last[end]
        for r in range(k):
            twin, here = of[r][end] == whose, cost[r][end]
            listed = np.where(twin, here, listed)  # who is not listed is no nearer than the last
            tight = twin & (np.abs(here - new) <= slack[end])
            held[r][end[tight & (before < here)]] = True
            flat.append([a[tight & (before >= here)] for a in (begin, end + r * n)])
        self.fail("improved", name, np.bincount(end, ~(listed <= new + slack[end])))
        begin, end = np.concatenate(flat, 1)
        while (more := end[held.flat[begin] & ~held.flat[end]]).size:  # no length: held by what is
            held.flat[more] = True
        self.fail("floating", name, ~held.all(0))  # so none is too low, and above none too high
        one, two = cost[:, u[edge]] + to_u, cost[:, v[edge]] + to_v
        for q, r in np.ndindex(k, k):  # who is reached by both ends counts once
            twin, less = of[q][u[edge]] == of[r][v[edge]], one[q] <= two[r]
            two[r][twin & less], one[q][twin & ~less] = np.inf, np.inf
        walk = np.where(edge < 0, np.inf, np.partition(np.r_[one, two], k - 1, 0)[k - 1] + access)
        stated = self.read("claims.parquet", name)[0]
        self.fail("walk", name, ~((np.abs(stated - walk) <= SHOWN) | (stated == walk)))
        return walk, (doors[0] == about["number"]).any(), edge < 0

    def tests(self, name, t):
        walk, some, off = zip(*[self.held[s] for s in t["searches"]])
        walk = np.column_stack(walk) / t["speed"]
        cut = np.isinf(walk.max(1)) & np.array(some)[walk.argmax(1)]
        right = np.select([off[0], (walk <= t["limit"] + LIMIT).all(1), cut], [2, 0, 3], 1)
        status, weight, *people = self.read("claims.parquet", name, *t["columns"])
        self.fail("status", name, (status != -1) & (status != right))
        if t["areas"]:
            return self.areas(name, t, walk[:, 0], weight, *people)
        w, out, goal = np.where(status >= 0, weight, 0.0), status > 0, t["target"]
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
        a, w, walk = (column[area >= 0] for column in (area, weight, walk))
        most = np.nextafter(t["limit"] - LIMIT, -1) if t["inclusive"] else t["limit"] + LIMIT
        parts = np.ones(len(a)), (lost := np.isinf(walk)), np.where(lost, 0.0, walk), walk > most
        whole, gone, metres, far = (np.bincount(a, w * part, len(stated)) for part in parts)
        value = np.where(gone > t["most_lost"] * whole, np.inf, metres / (whole - gone))
        if t["measure"] == "nearest_edge":
            np.minimum.at(value := np.full(len(stated), np.inf), a, walk)
        if t["measure"] == "share":
            value, most = far / whole, t["share_beyond"] + SHARE
        stated = np.isclose(value, stated, 0, SHOWN)
        self.fail("area", name, ~stated | ((far := value > most) != short))
        return float(far.sum()), "report", [np.nansum(column[far]) for column in people]

    def findings(self, name, f):
        pairs, given = [(part, self.held[part["test"]]) for part in f["parts"]], f["left_out"]
        right = [not h or (self.same(p["value"], h[0]) and p["status"] == h[1]) for p, h in pairs]
        self.fail("part", name, ~np.array(right, bool))
        judged = [p for p, _ in pairs if p["status"] != "report"]
        due = [p for p in judged if p["is_due"]] or judged or f["parts"][:1]
        state = min((p["status"] for p in due), key=["short", "unknown", "met", "report"].index)
        right = any(self.same(f["value"], p["value"]) for p in due if p["status"] == state)
        self.fail("finding", name, [f["status"] != state or not right])
        meant = [h and h[2] for p, h in pairs if p["status"] in ("short", state)] or [None]
        left = [0.0, 0.0] if state == "met" else meant[0] if len(meant) == 1 else None
        wrong = [a is not None and not self.same(a, b) for a, b in zip(given, left or given)]
        self.fail("people", name, wrong)

    def plans(self, name, p):  # weak duality: no plan costs less than the prices say
        cost, most, whole, x = self.read(f"{name}_columns.parquet", "cost", "most", "whole", "plan")
        least, price = self.read(f"{name}_rows.parquet", "least", "price")
        row, column, value = self.read(f"{name}_entries.parquet", "row", "column", "value")
        does = np.bincount(row, value * x[column], len(least))
        self.fail("served", name, ~((does >= least - LIMIT * (1 + abs(least))) & (price >= 0)))
        self.fail("sent", name, ~((x >= 0) & (x <= most)) | whole & (x != np.round(x)))
        rest = cost - np.bincount(column, value * price[row], len(cost))
        bound, best = least @ price + most @ np.minimum(rest, 0.0), cost @ x
        bound = np.ceil(bound - LIMIT) if (whole & (cost % 1 == 0) | (cost == 0)).all() else bound
        right = self.same(p["objective"], best) and self.same(p["bound"], bound)
        self.fail("plan", name, [not right or (p["beats"] is not None and bound <= p["beats"])])


if __name__ == "__main__":
    try:
        proof = Proof(*sys.argv[1:])
    except (AttributeError, TypeError, ValueError, LookupError, OSError) as problem:
        sys.exit(print(f"verify: {problem}; call: verify.py DIR", file=sys.stderr) or 2)
    sys.exit(print(*proof.fails, f"{len(proof.fails)} failures", sep="\n") or bool(proof.fails))
