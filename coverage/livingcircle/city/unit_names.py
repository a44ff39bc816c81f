"""Names of units as tables write them, matched to the units: by id, by name, by normal form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import pandas as pd

from livingcircle._nearest import nearest
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText
from livingcircle.vocab.categories import normalise

__all__ = ["find_by_name", "matched_names", "name_forms", "unmatched_names"]

_REMARK = re.compile(r"\([^()]*\)|^\d+[.、]")
# One community is written in all these ways; what it is (a community, a village) stays.
_KINDS = (
    ("社区", ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区工作站", "社区")),
    ("村", ("村民委员会", "村委会", "行政村", "村")),
    ("街道", ("街道办事处", "街道办", "街道")),
    ("镇", ("镇人民政府", "镇政府", "镇")),
)
_SHOWN = 8


# Every table of a city asks for the names of the same units.
@lru_cache(maxsize=20_000)
def name_forms(name: str) -> tuple[str, ...]:
    """Return the ways to compare a name, the strictest first.

    As it is written, in normal form, and without the word for what it is.

    >>> name_forms("甲社区居委会（筹）")
    ('甲社区居委会(筹)', '甲社区', '甲')
    """
    plain = normalise(name)
    bare = _REMARK.sub("", plain)
    for kind, endings in _KINDS:
        ending = next((e for e in endings if bare.endswith(e) and len(bare) > len(e)), None)
        if ending is not None:
            stem = bare[: -len(ending)]
            return plain, stem + kind, stem
    return plain, bare, bare


def find_by_name(
    table: pd.DataFrame,
    names: pd.Series,
    *,
    town: pd.Series | None = None,
    district: pd.Series | None = None,
) -> pd.Series:
    """Return the unit_id that each name or id means; None where none does, or several do.

    Parameters
    ----------
    table
        Units with ``unit_id``, ``name``, and ``town`` and ``district`` where known.
    names
        Names or ids as a table states them, None where it does not.
    town, district
        Aligned with ``names``: whose unit is meant where several units share a name, in the
        words (names or ids) of ``table``.

    Returns
    -------
    Series
        Index of ``names``.
    """
    if names.isna().all():
        return pd.Series(None, index=names.index, dtype=object)
    ids: dict[str, str] = {}
    for column in ("own_id", "unit_id"):
        if column in table:
            stated = table[column].notna()
            keys = table.loc[stated, column].astype(str).map(normalise)
            ids |= dict(zip(keys, table.loc[stated, "unit_id"].astype(str), strict=True))
    tiers = _tiers(table)
    asked = pd.DataFrame({"name": names, "town": town, "district": district}, index=names.index)
    asked = asked.astype(object).where(asked.notna(), None)
    distinct = asked[asked["name"].notna()].drop_duplicates()
    meant = {
        (name, of_town, of_district): _one(str(name), of_town, of_district, ids, tiers)
        for name, of_town, of_district in distinct.itertuples(index=False)
    }
    found = [meant.get(key) for key in asked.itertuples(index=False, name=None)]
    return pd.Series(found, index=names.index, dtype=object)


def _tiers(table: pd.DataFrame) -> tuple[dict[str, dict[str, set[str]]], ...]:
    """Return for each strictness: form → unit_id → forms of the town and district it is of."""
    tiers: tuple[dict[str, dict[str, set[str]]], ...] = ({}, {}, {})
    of = pd.DataFrame(table).reindex(columns=["town", "district", "parent"])
    for unit_id, name, above in zip(
        table["unit_id"], table["name"], of.itertuples(index=False, name=None), strict=True
    ):
        known = {form for holder in above if isinstance(holder, str) for form in name_forms(holder)}
        for tier, form in zip(tiers, name_forms(str(name or "")), strict=True):
            if form:
                tier.setdefault(form, {})[unit_id] = known
    return tiers


def _one(
    name: str,
    town: object,
    district: object,
    ids: Mapping[str, str],
    tiers: tuple[dict[str, dict[str, set[str]]], ...],
) -> str | None:
    by_id = ids.get(normalise(name))
    if by_id is not None:
        return by_id
    # 新村 is a village of that name, or else 新村社区 without the word for what it is.
    plain, kind, stem = name_forms(name)
    asked = [*zip(tiers, (plain, kind, stem), strict=True), (tiers[-1], plain)]
    for tier, form in asked:
        held = tier.get(form, {})
        for holder in (town, district):
            if len(held) > 1 and holder is not None:
                wanted = set(name_forms(str(holder)))
                held = {unit: of for unit, of in held.items() if of & wanted} or held
        if len(held) == 1:
            return str(next(iter(held)))
        if held:  # several of that name: a looser form would only find more
            return None
    return None


def matched_names(names: pd.Series, found: pd.Series, known: pd.Series) -> LocalizedText | None:
    """Return one sentence on names that are written otherwise than the units that they mean.

    Parameters
    ----------
    names
        As stated.
    found
        Aligned: the unit_id that each was matched to.
    known
        Names of the units by unit_id.
    """
    meant = pd.DataFrame({"name": names.to_numpy(), "unit": found.map(known).to_numpy()})
    meant = meant[meant.notna().all(axis=1)].astype(str)
    # A code is no other way to write a name.
    code = meant["name"].str.fullmatch(r"\d+") | meant["name"].isin(found.dropna().astype(str))
    meant = meant[~code & (meant["name"].map(normalise) != meant["unit"].map(normalise))]
    if meant.empty:
        return None
    counts = meant.value_counts(sort=True)
    shown = counts.head(_SHOWN).reset_index(name="count")
    first = [
        (shorten(name, 20), shorten(unit, 20), int(count))
        for name, unit, count in zip(shown["name"], shown["unit"], shown["count"], strict=True)
    ]
    rest = len(counts) - len(first)
    return LocalizedText(
        "写法不同但认作同一单元："
        + "、".join(f"{name} = {unit} × {count}" for name, unit, count in first)
        + f"，另有 {rest} 种" * (rest > 0),
        "taken for the same units though written otherwise: "
        + ", ".join(f"{name} = {unit} × {count}" for name, unit, count in first)
        + f" and {rest} more" * (rest > 0),
    )


def unmatched_names(names: pd.Series, found: pd.Series, known: pd.Series) -> LocalizedText | None:
    """Return one sentence on names that mean no unit, with the most similar ones; None if all do.

    Parameters
    ----------
    names
        As stated, with the row as a spreadsheet counts it as index.
    found
        What each was matched to.
    known
        Names of the units.
    """
    lost = names[names.notna() & found.isna()].astype(str)
    # A code of a map service (adcode) is no name that anybody mistyped.
    lost = lost[~lost.str.fullmatch(r"\d+")]
    if lost.empty:
        return None
    by_form = {name_forms(str(name))[-1]: str(name) for name in known.dropna()}
    zh, en = [], []
    for name, rows in list(lost.groupby(lost, sort=False))[:_SHOWN]:
        at = [f"{row:.0f}" for row in rows.index[:5]]
        near = nearest(name_forms(str(name))[-1], by_form, count=2)
        like = [by_form[form] for form in near]
        short = shorten(name, 20)
        more = "等" * (len(rows) > len(at))
        zh.append(
            f"“{short}”（第 {'、'.join(at)}{more} 行"
            + (f"，近似：{'、'.join(like)}" if like else "")
            + "）"
        )
        en.append(
            f"'{short}' (row {', '.join(at)}" + (f"; near: {', '.join(like)})" if like else ")")
        )
    rest = lost.nunique() - len(zh)
    return LocalizedText(
        f"{len(lost)} 行所写的单元在边界中找不到：{'、'.join(zh)}" + (f"等 {rest} 个" * (rest > 0)),
        f"{len(lost)} rows name units that are not among the boundaries: {', '.join(en)}"
        + (f" and {rest} more" * (rest > 0)),
    )
