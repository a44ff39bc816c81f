"""The proof of a city of a million homes, written without the package."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

SIDE, HOMES, SEARCHES, FACILITIES = 600, 1_000_000, 8, 400


def write_million_proof(folder: Path) -> Path:
    """Write the proof of a grid city whose streets have random lengths; return its folder."""
    rng = np.random.default_rng(7)
    place = folder / "proof"
    place.mkdir(parents=True)
    node = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    u = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    v = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    length = rng.uniform(20.0, 120.0, len(u))
    n = SIDE * SIDE
    edge = rng.integers(0, len(u), HOMES)
    offset, access = rng.uniform(0, 1, HOMES) * length[edge], rng.uniform(0, 80, HOMES)
    rest = length[edge] - offset
    residents = rng.integers(0, 60, HOMES).astype(float)
    tables = {
        "edges": {"u": u.astype(np.int32), "v": v.astype(np.int32), "length_m": length},
        "homes": {"edge": edge.astype(np.int32), "to_u": offset, "to_v": rest, "access": access},
    }
    costs, claims, doors = {}, {"residents": residents}, []
    tests, searches, findings = {}, {}, {}
    for k in range(SEARCHES):
        at, leg = rng.choice(n, FACILITIES, replace=False), rng.uniform(0, 60, FACILITIES)
        doors.append((np.full(FACILITIES, k, np.int32), at.astype(np.int32), leg))
        tail = np.concatenate([u, np.full(FACILITIES, n)])
        head, step = np.concatenate([v, at]), np.concatenate([length, leg])
        graph = coo_array((step, (tail, head)), shape=(n + 1, n + 1)).tocsr()
        cost = dijkstra(graph, directed=False, indices=n)[:n]
        walk = np.minimum(cost[u[edge]] + offset, cost[v[edge]] + rest) + access
        out = walk > 800.0 + 1e-6
        value = float(residents[~out].sum() / residents.sum())
        costs[f"s{k}_0"], claims[f"s{k}"] = cost, np.round(walk, 3)
        costs[f"s{k}_0_of"] = np.zeros(n, np.int32)
        claims[f"t{k}"] = out.astype(np.int8)
        searches[f"s{k}"] = {"number": k, "network": "n0", "categories": ["any"]}
        searches[f"s{k}"]["costs"] = [f"s{k}_0", f"s{k}_0_of"]
        tests[f"t{k}"] = {
            "standard": f"M-{k}", "part": 1, "searches": [f"s{k}"], "limit": 800.0, "speed": 1.0,
            "target": 0.9, "areas": None, "columns": ["residents", "residents", "residents"],
        }  # fmt: skip
        status = "met" if value >= 0.9 else "short"
        left = 0.0 if status == "met" else float(residents[out].sum())
        part = {"test": f"t{k}", "status": status, "value": value, "target": 0.9, "is_due": True}
        part |= {"denominator": float(residents.sum()), "homes": HOMES}
        findings[f"m:M-{k}"] = {
            "status": status, "value": value, "target": 0.9, "left_out": [left, left],
            "denominator": float(residents.sum()),
            "parts": [part],
        }  # fmt: skip
    of, at, leg = (np.concatenate(column) for column in zip(*doors, strict=True))
    tables |= {"costs": costs, "facilities": {"search": of, "node": at, "access": leg}}
    tables["facilities"]["of"] = np.zeros(len(of), np.int32)
    names = {what: f"{what}_n0.parquet" for what in tables}
    for what, table in tables.items():
        pq.write_table(pa.table(table), place / names[what], compression="zstd")
    pq.write_table(pa.table(claims), place / "claims.parquet", compression="zstd")
    hashes = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in place.iterdir()}
    net = {"nodes": n, "cost": "length_m", "both_ways": len(u), "max_access": 300.0, **names}
    said = {
        "format": 3, "tables": hashes, "networks": {"n0": net}, "searches": searches,
        "tests": tests, "findings": findings, "plans": {}, "not_proven": [],
    }  # fmt: skip
    (place / "proof.json").write_text(json.dumps(said), "utf-8")
    return place
