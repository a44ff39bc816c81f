"""A street of four kilometres, and a plan that asks for a service centre within one."""

from __future__ import annotations

import geopandas as gpd

from builders.drawing import PLAN

STREET = gpd.GeoDataFrame(
    geometry=gpd.GeoSeries.from_wkt(
        [f"LINESTRING ({', '.join(f'{x} {y}' for x, y in PLAN.line((0, 0), (4000, 0)))})"]
    ),
    crs=4326,
)
PACK = """
id = "hours"
[document]
title_zh = "规划"
title_en = "Plan"
issuer_zh = "市"
issuer_en = "City"
date = 2024-01-01
until = 2030
[[requirement]]
id = "H-1"
clause = "一"
statement_zh = "1000 米内有社区服务中心"
statement_en = "a service centre within 1000 m"
force = "must"
due = 2025
kind = "circle"
categories = ["service_centre"]
metres = 1000
"""
