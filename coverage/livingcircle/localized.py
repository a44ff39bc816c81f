"""Texts in Chinese and English, and the numbers inside them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, Self

__all__ = [
    "EMPTY",
    "LocalizedText",
    "Parameter",
    "after_chinese",
    "beside_target",
    "close_up_per_cent",
    "join",
    "localized",
    "mean_beside_target",
    "number",
    "percent",
]


class _Pair(NamedTuple):
    zh: str
    en: str


class LocalizedText(_Pair):
    """The same text in Chinese and in English.

    >>> LocalizedText("达到 95.6 %", "95.6 % reach it")
    LocalizedText(zh='达到 95.6%', en='95.6 % reach it')
    """

    __slots__ = ()

    def __new__(cls, zh: str, en: str) -> Self:
        """Make a text; a per cent sign stands close to its number in Chinese."""
        return super().__new__(cls, close_up_per_cent(zh), en)

    def __bool__(self) -> bool:
        return bool(self.zh or self.en)

    def pick(self, language: str) -> str:
        """Return the text in ``"zh"`` or ``"en"``."""
        return self.zh if language == "zh" else self.en


def close_up_per_cent(zh: str) -> str:
    """Return a Chinese text without a blank between a number and its per cent sign.

    >>> close_up_per_cent("占 12.5 %，即 3 ‰")
    '占 12.5%，即 3‰'
    """
    return zh.replace(" %", "%").replace(" ‰", "‰") if "%" in zh or "‰" in zh else zh


def after_chinese(zh: str) -> str:
    """Return a text as it follows a Chinese word: a number keeps its distance, a word does not.

    >>> after_chinese("12.5%"), after_chinese("平均 3 个")
    (' 12.5%', '平均 3 个')
    """
    return f" {zh}" if zh[:1].isascii() else zh


EMPTY = LocalizedText("", "")


def localized(text: LocalizedText | str) -> LocalizedText:
    """Return a text in two languages as it is; a plain text stands for both."""
    return text if isinstance(text, LocalizedText) else LocalizedText(text, text)


class Parameter(float):
    """A number that the planner has yet to state; it reads "N" until then.

    As a number it is 1, which no verdict is ever based on.
    """

    name: str
    what: LocalizedText

    def __new__(cls, name: str, what: LocalizedText) -> Parameter:
        """Make a parameter of a name, and what it is."""
        made = super().__new__(cls, 1.0)
        made.name, made.what = name, what
        return made

    def __reduce__(self) -> tuple[type[Parameter], tuple[str, LocalizedText]]:
        """Return how it is copied."""
        return Parameter, (self.name, self.what)


def join(texts: Iterable[LocalizedText]) -> LocalizedText:
    """Return texts as one, without repetitions, with a semicolon of the language between them."""
    distinct = list(dict.fromkeys(text for text in texts if text))
    return LocalizedText("；".join(t.zh for t in distinct), "; ".join(t.en for t in distinct))


def percent(share: float | None) -> str:
    """Return a share as per cent, rounded, but never up to a whole that it is not.

    >>> percent(43 / 45), percent(0.5), percent(0.99999), percent(1.0), percent(None)
    ('95.6 %', '50 %', '99.9 %', '100 %', '–')
    """
    if share is None or math.isnan(share):
        return "–"
    if isinstance(share, Parameter):
        return "N %"
    tenths = round(share * 1000)
    # Shares that differ from the whole by no more than the arithmetic are the whole.
    if share < 1 - 1e-9:
        tenths = min(tenths, 999)
    return f"{tenths / 10:g} %"


def number(value: float | None) -> str:
    """Return a number as a person writes it.

    >>> number(1234567.0), number(5.5), number(12.3456), number(0.00234), number(float("inf"))
    ('1,234,567', '5.5', '12.35', '0.00234', '–')
    """
    if value is None or not math.isfinite(value):
        return "–"
    if isinstance(value, Parameter):
        return "N"
    if value == round(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 1 else f"{value:.2f}".rstrip("0").rstrip(".")


def beside_target(value: float | None, target: float | None, *, share: bool = False) -> str:
    """Return a value that stands beside its target: one below it never reads as the target does.

    >>> beside_target(0.8997, 0.9, share=True), beside_target(0.9, 0.9, share=True)
    ('89.9 %', '90 %')
    >>> beside_target(1.997, 2.0), beside_target(17.998, 18.0), beside_target(1.5, 2.0)
    ('1.99', '17.99', '1.5')
    """
    show = percent if share else number
    text = show(value)
    if value is None or target is None or isinstance(target, Parameter) or text != show(target):
        return text
    if not math.isfinite(value) or value >= target - 1e-9 * max(1.0, target):
        return text
    scale, sign = (100.0, " %") if share else (1.0, "")
    for digits in range(1 if share else 2, 12):
        down = math.floor(value * scale * 10**digits + 1e-6) / 10**digits
        if down < target * scale and value * scale - down <= 0.01 * abs(value * scale):
            return f"{down:,.{digits}f}".rstrip("0").rstrip(".") + sign
    return text


def mean_beside_target(value: float | None, target: float | None = None) -> str:
    """Return a mean to two digits; one below its target never reads as the target does.

    >>> mean_beside_target(0.2857), mean_beside_target(1.997, 2.0), mean_beside_target(0.0021)
    ('0.29', '1.99', '0.0021')
    """
    if value is None or not math.isfinite(value):
        return number(value)
    text = number(round(value, 2) or value)
    return beside_target(value, target) if text == number(target) else text
