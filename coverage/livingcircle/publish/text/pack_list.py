"""The packs that ship, one per line."""

from __future__ import annotations

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.standards.catalogue import shipped_packs

__all__ = ["list_text"]


def list_text(language: str = "en") -> str:
    """Return the packs that ship, one per line: id, number of requirements, title.

    Raises
    ------
    ConfigError
        The language is neither ``"zh"`` nor ``"en"``.
    """
    if language not in ("zh", "en"):
        raise ConfigError(
            LocalizedText(f"没有“{language}”这种语言的文字", f"there are no texts in '{language}'"),
            hint=LocalizedText("请用 zh 或 en。", "Expected 'zh' or 'en'."),
            field="language",
        )
    packs = shipped_packs()
    width = max(len(pack.id) for pack in packs)
    lines = [
        f"{pack.id:<{width}}  {pack.requirements:>3}  {pack.title.pick(language)}"
        + (f" ({pack.number})" if pack.number else "")
        for pack in packs
    ]
    return "\n".join(lines) + "\n"
