"""Facility categories: the vocabulary, and what a planner wrote → vocabulary ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np
import pandas as pd

from livingcircle._nearest import nearest, suggestion
from livingcircle._resources import resource_toml
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText

__all__ = [
    "Category",
    "CategoryId",
    "CategoryMapping",
    "categories",
    "categories_in",
    "category_ids",
    "category_name",
    "category_texts",
    "map_categories",
    "near_categories",
    "normalise",
    "osm_filters_unmapped",
]

# A cell may hold several categories; ";" also parts the levels of an Amap type name.
_SEPARATORS = re.compile(r"[|、\n]")
_QUOTES = str.maketrans("", "", "\"'“”‘’「」『』《》<>")
_BRACKETS = str.maketrans("【】〔〕[]{}", "()()()()")
_REMARK = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class Category:
    """One entry of the vocabulary; the fields are explained in ``categories.toml``."""

    id: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()
    osm: tuple[str, ...] = ()
    amap: tuple[str, ...] = ()
    open_air: bool = False


class CategoryId(str):
    """The id of a category of a city's or a pack's own, which carries its names."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> CategoryId:
        """Return the id with its names; compared and hashed as the plain text."""
        found = super().__new__(cls, value)
        found.zh, found.en = zh or value, en or value
        return found


@dataclass(frozen=True)
class CategoryMapping:
    """What a column of category texts was understood to mean."""

    ids: pd.Series
    """Index of the input; tuples of vocabulary ids, empty where nothing was understood."""
    unmapped: pd.DataFrame
    """One row per text that is not understood: ``value``, ``count`` (rows), ``near`` (ids)."""
    remarks: tuple[str, ...]
    """Texts understood only after a remark in brackets was left out, as "text → id"."""


# Columns of names hold the same few texts over and over.
@lru_cache(maxsize=20_000)
def normalise(text: str) -> str:
    """Return a text as it is compared: one width, one kind of bracket, no spaces, lower case.

    >>> normalise("Ｅ政务 （自助终端）")
    'e政务(自助终端)'
    """
    flat = unicodedata.normalize("NFKC", text).translate(_BRACKETS).translate(_QUOTES)
    return re.sub(r"\s+", "", flat).casefold().strip("·.,:-_/")


def _file() -> Mapping[str, Mapping[str, object]]:
    return resource_toml("livingcircle.vocab", "categories.toml")


@cache
def categories() -> Mapping[str, Category]:
    """Return the vocabulary: id → ``Category``, in the order of the file."""
    entries = {}
    for key, entry in _file().items():
        if key.startswith("_"):
            continue
        listed = {name: tuple(_strings(entry.get(name, ()))) for name in ("aliases", "osm", "amap")}
        entries[key] = Category(
            key, str(entry["zh"]), str(entry["en"]), **listed, open_air="open_air" in entry
        )
    return MappingProxyType(entries)


def category_name(key: str) -> LocalizedText:
    """Return the name of a category by its id; the id itself where nothing names it."""
    if isinstance(key, CategoryId):
        return LocalizedText(key.zh, key.en)
    known = categories().get(key)
    return LocalizedText(known.zh, known.en) if known else LocalizedText(key, key)


def osm_filters_unmapped() -> tuple[str, ...]:
    """Return OSM filters of services whose tags do not say which category they are."""
    return tuple(_strings(_file()["_osm_unmapped"]["osm"]))


@cache
def _by_text() -> Mapping[str, tuple[str, ...]]:
    """Return every normalised way to write a category → its ids."""
    found: dict[str, list[str]] = {}
    for category in categories().values():
        for text in (category.id, category.zh, category.en, *category.aliases):
            ids = found.setdefault(normalise(text), [])
            if category.id not in ids:
                ids.append(category.id)
    return MappingProxyType({text: tuple(ids) for text, ids in found.items()})


def category_texts(
    overrule: Mapping[str, tuple[str, ...]] | None = None,
) -> dict[str, tuple[str, ...]]:
    """Return every way to write a category, as ``normalise`` leaves it, and its ids.

    Parameters
    ----------
    overrule
        Normalised text → ids, from ``[categories]`` of city.toml; wins over the vocabulary.
    """
    return {**_by_text(), **(overrule or {})}


@cache
def _by_amap() -> tuple[tuple[tuple[str, ...], tuple[str]], ...]:
    """Return Amap type names as tuples of levels with their ids, the longest first."""
    pairs = [
        (tuple(normalise(level) for level in name.split(";")), (category.id,))
        for category in categories().values()
        for name in category.amap
    ]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


def near_categories(text: str, count: int = 3) -> tuple[str, ...]:
    """Return the vocabulary ids whose names look most like a text, best first."""
    known = _by_text()
    wanted = normalise(text)
    close = nearest(wanted, known, count=count * 3)
    # A category named inside a longer text ("第三幼儿园") is a likelier guess than a similar word.
    inside = sorted((t for t in known if len(t) > 1 and t in wanted), key=len, reverse=True)
    ids = [i for t in (*inside, *close) for i in known[t]]
    return tuple(dict.fromkeys(ids))[:count]


def category_ids(
    value: str | Sequence[str], own: Mapping[str, CategoryId] | None = None
) -> tuple[str, ...]:
    """Return the vocabulary ids that one or several ids, Chinese names or aliases stand for.

    Parameters
    ----------
    value
        Ids, names or aliases.
    own
        Normalised text → category of the city's or the pack's own; wins over the vocabulary.

    Raises
    ------
    ConfigError
        A name is not in the vocabulary; the message names the nearest ones.
    """
    ids: list[str] = []
    for text in [value] if isinstance(value, str) else value:
        mine = text if isinstance(text, CategoryId) else (own or {}).get(normalise(text))
        known = _by_text().get(normalise(text)) if mine is None else (mine,)
        if known is None:
            otherwise = "See `livingcircle standards list` for the categories"
            raise ConfigError(
                f"'{text}' is no facility category",
                hint=suggestion(near_categories(text), otherwise),
            )
        ids.extend(i for i in known if i not in ids)
    return tuple(ids)


def categories_in(
    text: str, overrule: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the ids in one cell, the parts not understood, and remarks left out.

    Parameters
    ----------
    text
        A cell: one or several categories parted by ``;`` ``；`` ``、`` ``|``, or an Amap type name.
    overrule
        Normalised text → ids, from ``[categories]`` of city.toml; wins over the vocabulary.
    """
    overrule = overrule or {}
    whole = _known(normalise(text), overrule)
    if whole is not None:
        return whole, (), ()
    ids: list[str] = []
    unmapped: list[str] = []
    remarks: list[str] = []
    for chunk in _SEPARATORS.split(unicodedata.normalize("NFKC", text)):
        amap = _amap(chunk)
        amap = _levels(chunk, overrule) if amap is None else amap
        parts = chunk.split(";") if amap is None else [chunk]
        for part in filter(normalise, parts):
            levels = _levels(part, overrule) if amap is None else amap
            known = _known(normalise(part), overrule) or levels or None
            if known is None:
                bare = _REMARK.sub("", normalise(part))
                known = _known(bare, overrule) if bare else None
                if known:
                    remarks.append(f"{part.strip()} → {', '.join(known)}")
            if known is None:
                unmapped.append(part.strip())
            else:
                ids.extend(known)
    return tuple(dict.fromkeys(ids)), tuple(unmapped), tuple(remarks)


def _known(text: str, overrule: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    return overrule.get(text, _by_text().get(text))


def _amap(chunk: str) -> tuple[str, ...] | None:
    """Return the ids of an Amap type name ("大类;中类;小类"), None if the text is no such name."""
    levels = tuple(normalise(level) for level in chunk.split(";"))
    if len(levels) < 2 or levels[0] not in _strings(_file()["_amap"]["classes"]):
        return None
    return next((keys for name, keys in _by_amap() if levels[: len(name)] == name), ())


def _levels(chunk: str, overrule: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the ids of a type of Tencent ("购物:便利店") or Baidu ("医疗;药店"), else None.

    The finest level that the vocabulary knows counts; none where it knows none of them. Baidu
    writes two levels: three words with ";" are a list, each of which counts.
    """
    sign = ":" if ":" in chunk else ";"
    levels = [normalise(level) for level in chunk.split(sign) if normalise(level)]
    if (sign == ":" and ";" in chunk) or (sign == ";" and len(levels) > 2):
        return None
    if len(levels) < 2 or levels[0] not in _strings(_file()["_levels"]["classes"]):
        return None
    known = (_known(level, overrule) for level in reversed(levels))
    return next((ids for ids in known if ids is not None), ())


def map_categories(
    texts: pd.Series, overrule: Mapping[str, str | Sequence[str]] | None = None
) -> CategoryMapping:
    """Map a column of category texts to vocabulary ids; nothing is dropped.

    Parameters
    ----------
    texts
        What the table says; missing values give an empty tuple.
    overrule
        Text → id, Chinese name, a list of them, or an empty list for "none of ours"
        (``[categories]`` of city.toml).

    Raises
    ------
    ConfigError
        ``overrule`` names a category that is not in the vocabulary.
    """
    stated = {normalise(k): category_ids(v) for k, v in (overrule or {}).items()}
    written = texts.astype("string").str.strip()
    written = written.mask(written == "")
    code, distinct = pd.factorize(written)
    counts = dict(zip(distinct, np.bincount(code[code >= 0], minlength=len(distinct)), strict=True))
    understood = {text: categories_in(text, stated) for text in distinct}
    # One tuple per distinct text, and the empty one last: code -1 (nothing written) picks it.
    tuples = pd.Series([*(u[0] for u in understood.values()), ()], dtype=object).to_numpy()
    ids = pd.Series(tuples[code], index=texts.index, dtype=object)
    rows: dict[str, int] = {}
    for text, (_, unmapped, _) in understood.items():
        for part in dict.fromkeys(unmapped):
            rows[part] = rows.get(part, 0) + int(counts[text])
    remarks = (r for u in understood.values() for r in u[2])
    return CategoryMapping(ids, _unmapped_table(rows), tuple(dict.fromkeys(remarks)))


def _unmapped_table(rows: Mapping[str, int]) -> pd.DataFrame:
    """Return the texts not understood, most frequent first."""
    ordered: Iterable[tuple[str, int]] = sorted(rows.items(), key=lambda kv: (-kv[1], kv[0]))
    return pd.DataFrame(
        [(value, count, near_categories(value)) for value, count in ordered],
        columns=["value", "count", "near"],
    )


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, (list, tuple)) else []
