"""A stated figure as it was printed, and the step that it was rounded to."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from numbers import Real

from livingcircle.arguments import wrong_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText, number

__all__ = ["StatedFigure", "read_stated_figure"]

_PER_CENT = re.compile(r"[%％]\s*$")
_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


@dataclass(frozen=True)
class StatedFigure:
    """A figure, and the step that it was rounded to."""

    value: float
    step: float
    """0.01 for 99 %, 0.001 for 99.5 %; what rounds to the figure is within half of it."""
    is_share: bool

    @property
    def words(self) -> str:
        """The figure as it was meant."""
        if not self.is_share:
            return number(self.value)
        places = max(0, round(-math.log10(self.step)) - 2)
        return f"{self.value * 100:.{places}f} %"


def read_stated_figure(figure: object, *, unit: str = "share") -> StatedFigure:
    """Read a figure: 0.99, 99, ``"99 %"`` or ``"99.5%"`` of a share, else a number in its unit.

    A number up to 1 is a share and one from 2 per cent; between them it is either with a slip of
    the pen, and refused unless it has a sign of per cent. A figure without decimals was rounded to
    a whole per cent (0.9 too), one with decimals to its last.

    Parameters
    ----------
    figure
        A number, or a text with or without a sign of per cent.
    unit
        Unit of the finding; with one that is no share only a text with ``%`` is a share.

    Raises
    ------
    WrongTypeError
        It is neither number nor text.
    ConfigError
        The text is no number, or the share lies outside 0 to 100 %.

    Examples
    --------
    >>> read_stated_figure("99.5 %")
    StatedFigure(value=0.995, step=0.001, is_share=True)
    >>> read_stated_figure(99) == read_stated_figure(0.99) == read_stated_figure("99%")
    True
    >>> read_stated_figure(8.8, unit="per_1000")
    StatedFigure(value=8.8, step=0.1, is_share=False)
    """
    if isinstance(figure, bool) or not isinstance(figure, Real | str):
        wanted = LocalizedText("数或“99 %”这样的文本", "a number, or a text such as '99 %'")
        raise wrong_type(figure, "share", wanted)
    text = figure if isinstance(figure, str) else repr(float(figure))
    text = text.translate(_WIDTH).strip()
    signed = bool(_PER_CENT.search(text))
    try:
        exact = Decimal(_PER_CENT.sub("", text).strip().replace(",", ""))
    except InvalidOperation:
        exact = Decimal("nan")
    if not exact.is_finite() or exact < 0:
        raise _no_share(figure)
    if exact == exact.to_integral_value():
        exact = exact.to_integral_value()
    step = Decimal(1).scaleb(min(int(exact.as_tuple().exponent), 0))
    if unit != "share" and not signed:
        return StatedFigure(float(exact), float(step), False)
    if not signed and 1 < exact < 2:
        raise _no_share(figure)
    if signed or exact > 1:
        exact, step = exact / 100, step / 100
    if exact > 1:
        raise _no_share(figure)
    return StatedFigure(float(exact), float(min(step, Decimal("0.01"))), True)


def _no_share(figure: object) -> ConfigError:
    text = figure if isinstance(figure, str) else repr(figure)
    return ConfigError(
        LocalizedText(f"“{text}”不是比例", f"'{text}' is no share"),
        field="share",
        hint=LocalizedText("请写成 0.99、99 或“99 %”。", "Write 0.99, 99 or '99 %'."),
    )
