"""The head of a pack of one's own, to which a test adds its requirements."""

from __future__ import annotations


def pack_head(pack_id: str, title_zh: str, title_en: str) -> str:
    """Return the TOML of a made-up plan of 2024 to 2030 without requirements."""
    return f"""
id = "{pack_id}"
[document]
title_zh = "{title_zh}"
title_en = "{title_en}"
issuer_zh = "某市"
issuer_en = "A city"
date = 2024-01-01
until = 2030
source = "Made up"
source_zh = "虚构"
"""
