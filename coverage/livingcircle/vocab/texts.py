"""The words of the outputs in Chinese and English, kept in TOML files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from livingcircle._resources import resource_toml
from livingcircle.localized import LocalizedText

__all__ = ["localized_name", "sensitivity_words", "text_in_both", "text_of", "texts"]


@cache
def texts() -> dict[str, dict[str, tuple[str, str]]]:
    """Return table → key → (zh, en)."""
    return {
        table: {key: (zh, en) for key, (zh, en) in entries.items()}
        for name in ("texts.toml", "site_texts.toml", "readings.toml")
        for table, entries in resource_toml("livingcircle.vocab", name).items()
    }


def text_of(table: str, key: object, lang: str) -> str:
    """Return the word for `key` in language `lang` ("zh" or "en"); the key itself if unknown."""
    if key is None:
        return ""
    pair = texts().get(table, {}).get(str(key))
    if pair is None:
        return str(key)
    return pair[0 if lang == "zh" else 1]


def localized_name(table: str, key: object) -> LocalizedText:
    """Return the name of `key` in both languages; the key itself if unknown."""
    return LocalizedText(text_of(table, key, "zh"), text_of(table, key, "en"))


def text_in_both(table: str, key: object) -> str:
    """Return "zh / en" (once where they are alike)."""
    zh, en = text_of(table, key, "zh"), text_of(table, key, "en")
    return zh if zh == en or not en else f"{zh} / {en}"


def sensitivity_words(key: str, labels: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return what a key of a finding's sensitivity varies: ``urban: speed-10%`` and the like.

    Parameters
    ----------
    key
        As the finding has it.
    labels
        English → Chinese label of the requirement's parts.
    """
    label, _, name = key.rpartition(": ")
    zh, en = text_of("sensitivity", name, "zh"), text_of("sensitivity", name, "en")
    if not label:
        return zh, en
    return f"“{(labels or {}).get(label) or label}”{zh}", f"{label}: {en}"
