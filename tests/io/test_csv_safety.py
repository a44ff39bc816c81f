"""Texts that a spreadsheet would take for formulas, whatever hides them."""

from __future__ import annotations

import unicodedata

import pytest

from livingcircle.io.csv_safety import escape_formula

SIGNS = "=+-@＝＋－＠﹦﹢﹣﹫−"
UNSEEN = ["", " ", "\t", "\r", "\n", "\x00", "\x1f", "\ufeff", "\u200b", "\u2060", "\u00a0",
          "\u3000", "\u202e", "\u00ad", "\ufeff\u200b "]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("before", UNSEEN)
def test_what_begins_a_formula_gets_an_apostrophe(before: str, sign: str) -> None:
    assert str(escape_formula(f"{before}{sign}HYPERLINK(A1)")).startswith("'")


def test_no_format_character_hides_a_sign() -> None:
    hidden = [chr(c) for c in range(0x10000) if unicodedata.category(chr(c)) in ("Cf", "Zs", "Cc")]
    kept = [c for c in hidden if not str(escape_formula(f"{c}=A1")).startswith("'")]
    # Marks of Arabic numbers and Syriac letters are seen.
    assert all("\u0600" <= c <= "\u08ff" or c == "\u1680" for c in kept), kept


@pytest.mark.parametrize("value", ["-12", "+86", "-1.5e3", "007", "社区", "a=b", "", "人民路 -2"])
def test_numbers_and_other_texts_stay(value: str) -> None:
    assert escape_formula(value) == value


@pytest.mark.parametrize("value", [None, 1, -2.5, float("inf")])
def test_what_is_no_text_stays(value: object) -> None:
    assert escape_formula(value) is value


@pytest.mark.parametrize("value", ["-12+cmd", "+86 10", "-1-1", "- a", "-", "\t12"])
def test_what_only_looks_like_a_number_is_escaped(value: str) -> None:
    assert str(escape_formula(value)).startswith("'")
