"""A font with Chinese characters for the labels of pictures."""

from __future__ import annotations

from functools import cache

from matplotlib.font_manager import fontManager
from matplotlib.ft2font import FT2Font

__all__ = ["chinese_font"]

_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "Microsoft YaHei", "PingFang SC", "Hiragino Sans GB", "SimHei", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Heiti TC", "Noto Sans CJK JP", "Noto Serif CJK SC",
    "Noto Serif CJK JP", "SimSun", "Arial Unicode MS",
)  # fmt: skip
_SAMPLE = "缺口社区里桥"


@cache
def chinese_font() -> str | None:
    """Return a font file that draws Chinese: of this system, or of the extra ``fonts``; else None.

    The extra is a package that ships Noto Sans SC, for servers without fonts.
    """
    order = {name: k for k, name in enumerate(_FAMILIES)}
    found = sorted(
        (order[font.name], abs(_weight(font.weight) - 400), font.fname)
        for font in fontManager.ttflist
        if font.name in order and font.style == "normal"
    )
    paths = [path for _, _, path in found] + _shipped()
    return next((str(path) for path in paths if _draws_chinese(path)), None)


def _shipped() -> list[str]:
    try:
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError:
        return []
    return [str(sans_path())]


def _draws_chinese(path: str) -> bool:
    try:
        face = FT2Font(path)
    except (OSError, RuntimeError):
        return False
    return all(face.get_char_index(ord(sign)) for sign in _SAMPLE)


def _weight(weight: int | str) -> int:
    """Return a font's weight as a number; matplotlib keeps some as words."""
    return weight if isinstance(weight, int) else {"light": 300, "bold": 700}.get(str(weight), 400)
