"""Whole columns are made safe as their texts are one by one."""

from __future__ import annotations

import random

import pyarrow as pa

from livingcircle.io.csv_safety import escape_formula, escaped_texts

_SIGNS = "=+-@\t\r\n\x00\x0b\x1f ａ＝＋０中文'_.,\"eE019\u200b\ufeff\u1160\u3164\u2212"


def test_a_column_is_escaped_as_its_texts_are() -> None:
    draw = random.Random(1)
    texts = ["".join(draw.choices(_SIGNS, k=draw.randint(0, 6))) for _ in range(20_000)]
    column = pa.array([None, "f12", "社区", *texts, None], pa.string())
    one_by_one = [None if text is None else escape_formula(text) for text in column.to_pylist()]
    got = escaped_texts(column)
    assert got.to_pylist() == one_by_one
    assert sum(a != b for a, b in zip(one_by_one, column.to_pylist(), strict=True)) > 1000
    assert escaped_texts(pa.array([None, None], pa.string())).to_pylist() == [None, None]
