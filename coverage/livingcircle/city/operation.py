"""Which facilities of a list are open, by its column of their operation (状态, 运营状态, ...)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import pandas as pd

from livingcircle._arrays import BoolArray
from livingcircle._resources import resource_toml
from livingcircle.city.inputs import Inputs
from livingcircle.io.notes import shorten
from livingcircle.localized import LocalizedText
from livingcircle.vocab.categories import normalise

__all__ = ["is_open", "not_open"]


@cache
def _vocabulary() -> tuple[Mapping[str, bool], tuple[str, ...]]:
    """Return word → whether it says that a facility is open, and the negating words."""
    data = resource_toml("livingcircle.city", "operation.toml")
    kinds = ("open", "not_open")
    words = {normalise(word): kind == "open" for kind in kinds for word in data[kind]}
    return words, tuple(data["denying"])


@cache
def is_open(text: str) -> bool | None:
    """Return whether a cell says open; None where it says neither.

    >>> is_open("已关闭（2023年）"), is_open("正常运营"), is_open("?")
    (False, True, None)
    """
    words_of = normalise(text)
    words, denying = _vocabulary()
    if words_of in words:
        return words[words_of]
    fitting = [w for w in words if len(w) > 1 and (words_of.startswith(w) or words_of.endswith(w))]
    longest = max(map(len, fitting), default=0)
    meant = {words[w] for w in fitting if len(w) == longest}
    if meant == {True} and words_of.startswith(denying):
        return False
    return meant.pop() if len(meant) == 1 else None


def not_open(inputs: Inputs, file: str, written: pd.Series, header: str) -> BoolArray:
    """Return which rows say that the facility is closed, planned or being built, and note it.

    Parameters
    ----------
    inputs
        For the notes.
    file
        The list.
    written
        The cells of the column; blank ones and unknown words count as open.
    header
        The column's own name.

    Returns
    -------
    numpy.ndarray
        (n,) True for what is not open.
    """
    texts = written.dropna().astype(str)
    meant = {text: is_open(text) for text in texts.unique() if text.strip()}
    shut = written.isin([text for text, opened in meant.items() if opened is False])
    shown = shorten(header)
    if shut.any():
        listed, count = _listed(written[shut]), int(shut.sum())
        text = LocalizedText(
            f"{count} 行不在运营，不计入：{listed}",
            f"{count} {'row is' if count == 1 else 'rows are'} not in operation and not counted:"
            f" {listed}",
        )
        inputs.note(file, header, text, f'columns = {{ "{shown}" = "" }}', match=True)
    unknown = written.isin([text for text, opened in meant.items() if opened is None])
    if unknown.any():
        listed = _listed(written[unknown])
        count = int(unknown.sum())
        text = LocalizedText(
            f"{count} 行的状态未能识别，按在运营计：{listed}",
            f"{count} {'row has' if count == 1 else 'rows have'} a status that is not known,"
            f" counted as open: {listed}",
        )
        inputs.note(file, header, text, f'where = "{shown} != ..."', match=True)
    return np.asarray(shut, dtype=bool)


def _listed(cells: pd.Series) -> str:
    counts = cells.value_counts()
    more = " …" if len(counts) > 8 else ""
    return ", ".join(f"{shorten(t, 20)} × {n}" for t, n in counts.head(8).items()) + more
