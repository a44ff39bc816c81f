"""verify.py DIR: check its proofs (docs/proof.md). Exit code 0, 1 if one fails, 2: wrong call."""

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

LIMIT, SHARE, SHOWN = 1e-6, 1e-9, 1e-3  # tolerance of limits, of shares, of walks as stated
PLAN = "columns cost most whole plan what", "rows least price", "entries row column value"


class Proof:
    def __init__(self, folder):
        self.place, self.fails, self.held = Path(folder) / "proof", [], {None: None}
        self.said = json.loads((self.place / "proof.json").read_text(encoding="utf-8"))
        if self.said["format"] != 3:
            raise ValueError("the proof is of another format than 3")
        for step in ("tables", "networks", "searches", "tests", "findings", "plans"):
            for name, about in self.said[step].items():
                try:  # what cannot be read, or does not fit, is a failure and no crash
                    with np.errstate(all="ignore"):
                        self.held[name] = getattr(self, step)(name, about)
                except Exception as error:  # noqa: BLE001
                    self.fail("spoilt", name, why=f"{type(error).__name__}: {error}")

    def same(self, one, two):
        return one == two or (isinstance(one, float) and bool(np.isclose(one, two, SHARE, SHARE)))

    def read(self, table, *names):
        return [pq.read_table(self.place / table, columns=[n])[0].to_numpy() for n in names]

    def fail(self, code, at, wrong=(True,), why=""):
        if len(rows := np.flatnonzero(wrong)):
            self.fails.append((code, at, rows[:3].tolist(), len(rows), why))

    def tables(self, name, said):
        self.fail("hash", name, sha256((self.place / name).read_bytes()).hexdigest() != said)

    def networks(self, name, net):  # what is negative has no root
        most, n, both = net["max_access"] + LIMIT, net["nodes"], net["both_ways"]
        u, v, length = self.read(net["edges"], "u", "v", net["cost"])
        self.fail("edge", name, ~((length**0.5 < np.inf) & (u >= 0) & (u < n) & (v >= 0) & (v < n)))
        edge, *legs = homes = self.read(net["homes"], "edge", "to_u", "to_v", "access")
        fine = (legs[2] <= most) & (np.min(legs, 0) >= 0)  # who is off may have no legs
        self.fail("anchor", name, np.where(edge < 0, legs[2] <= most, ~fine))
        _, node, leg, _ = doors = self.read(net["facilities"], "search", "node", "access", "of")
        self.fail("facility", name, (node >= 0) & ~((leg >= 0) & (leg <= most) & (node < n)))
        ends = (np.r_[a, b[:both]] for a, b in ((u, v), (v, u), (length, length)))
        return u, v, *ends, homes, doors, net["costs"]

    def searches(self, name, about):  # the costs of every node from its k nearest facilities
        u, v, tail, head, step, (edge, to_u, to_v, access), doors, at = self.held[about["network"]]
        door, leg, own = (a[(doors[0] == about["number"]) & (doors[1] >= 0)] for a in doors[1:])
        cost, of = np.split(np.array(self.read(at, *about["costs"])), 2)  # and whose they are
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
        self.fail("walk", name, ~np.isclose(self.read("claims.parquet", name)[0], walk, 0, SHOWN))
        return walk, (doors[0] == about["number"]).any(), edge < 0

    def tests(self, name, t):
        walk, some, off = zip(*[self.held[s] for s in t["searches"]])
        walk = np.column_stack(walk) / t["speed"]
        cut = np.isinf(walk.max(1)) & np.array(some)[walk.argmax(1)]
        right = np.select([off[0], (walk <= t["limit"] + LIMIT).all(1), cut], [2, 0, 3], 1)
        status, weight, *people = self.read("claims.parquet", name, *t["columns"])
        self.fail("status", name, (status != -1) & (status != right))
        if t["areas"]:
            return (status >= 0).sum(), *self.areas(name, t, walk[:, 0], weight, *people)
        w, out, goal = np.where(status >= 0, weight, 0.0), status > 0, t["target"]
        value, state, total, blank = None, "report", np.nansum(w), np.isnan(w)
        if total > 0:  # who states no number of people may count as much as the mean of the others
            value, known = np.nansum(w[~out]) / total, (~blank & (status >= 0)).sum()
            a, b = (1 + (blank & side).sum() / known for side in (out, ~out))
            state = "report" if goal is None else "met" if value >= goal - SHARE else "short"
            state = "unknown" if goal and value / a < goal - SHARE <= 1 - (1 - value) / b else state
        return (status >= 0).sum(), value, state, total, [np.nansum(a[out]) for a in people]

    def areas(self, name, t, walk, weight, area):
        was, poor, *people = self.read(t["areas"], "value", "short", "people", "households")
        a, w, walk = (column[area >= 0] for column in (area, weight, walk))
        most = np.nextafter(t["limit"] - LIMIT, -1) if t["inclusive"] else t["limit"] + LIMIT
        parts = np.ones(len(a)), (lost := np.isinf(walk)), np.where(lost, 0.0, walk), walk > most
        whole, gone, metres, far = (np.bincount(a, w * part, len(was)) for part in parts)
        value = np.where(gone > t["most_lost"] * whole, np.inf, metres / (whole - gone))
        np.minimum.at(near := np.full(len(was), np.inf), a, walk)
        ways = {"nearest_edge": (near, most), "share": (far / whole, t["share_beyond"] + SHARE)}
        value, most = ways.get(t["measure"], (value, most))
        self.fail("area", name, ~np.isclose(value, was, 0, SHOWN) | ((far := value > most) != poor))
        return float(far.sum()), "report", len(was), [np.nansum(a[far]) for a in people]

    def findings(self, name, f):
        each, given = [(part, self.held[part["test"]]) for part in f["parts"]], f["left_out"]
        of = "homes", "value", "status", "denominator"
        self.fail("part", name, [h and not all(map(self.same, map(p.get, of), h)) for p, h in each])
        judged = [p for p, _ in each if p["status"] != "report"]
        due = [p for p in judged if p["is_due"]] or judged or f["parts"][:1]
        state = min((p["status"] for p in due), key=["short", "unknown", "met", "report"].index)
        right = any(all(self.same(f[k], p[k]) for k in of[1:]) for p in due)
        self.fail("finding", name, f["status"] != state or not right)
        meant = [h and h[4] for p, h in each if p["status"] in ("short", state)] or [None]
        left = [0.0, 0.0] if state == "met" else meant[0] if len(meant) == 1 else None
        wrong = [a is not None and not self.same(a, b) for a, b in zip(given, left or given)]
        self.fail("people", name, wrong)

    def plans(self, name, p):  # weak duality: no plan costs less than the prices say
        tables = [self.read(f"{name}_{t}.parquet", *n) for t, *n in map(str.split, PLAN)]
        (cost, most, whole, x, what), (least, price), (row, column, value) = tables
        does = np.bincount(row, value * x[column], len(least))
        self.fail("served", name, ~((does >= least - LIMIT * (1 + abs(least))) & (price >= 0)))
        self.fail("sent", name, ~((x >= 0) & (x <= most)) | whole & (x != np.round(x)))
        own, size = (np.bincount(column, a * price[row], len(cost)) for a in (value, abs(value)))
        bound, best = least @ price + most @ np.minimum(cost - own, 0.0), cost @ x
        bound = np.ceil(bound - LIMIT) if (whole & (cost % 1 == 0) | (cost == 0)).all() else bound
        near = LIMIT * max(1.0, abs(best))  # prices so large that rounding hides a bound are none
        gap = best - bound if p["beats"] is None else p["longest_m"] - p["nobody_within_m"]
        right = [bound <= best + near, *map(self.same, (p["objective"], p["bound"]), (best, bound))]
        right += [p["proven"] == (gap <= near), 1e-13 * (abs(least) @ price + most @ size) <= near]
        right += [p[f"{kind}s"] == x[what == kind].sum() for kind in ("site", "link")]
        self.fail("plan", name, not all(right) or (p["beats"] is not None and bound <= p["beats"]))


if __name__ == "__main__":
    try:
        proof = Proof(*sys.argv[1:])
    except (AttributeError, TypeError, ValueError, LookupError, OSError) as problem:
        sys.exit(print(f"verify: {problem}; call: verify.py DIR", file=sys.stderr) or 2)
    sys.exit(print(*proof.fails, f"{len(proof.fails)} failures", sep="\n") or bool(proof.fails))
