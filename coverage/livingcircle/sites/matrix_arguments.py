"""An analyst's own matrix, and what is stated beside it, as arrays that a solver takes."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, sparray, spmatrix

from livingcircle._arrays import BoolArray, FloatArray, IntArray
from livingcircle.arguments import wrong_type
from livingcircle.errors import InputError
from livingcircle.localized import LocalizedText

__all__ = [
    "Matrix", "Numbers", "aligned", "fixed_mask", "labels_of", "numbers_of", "pair_positions",
    "refuse_boundless", "within",
]  # fmt: skip

# HiGHS takes 1e20 for infinity.
_BOUNDLESS = 1e20

Matrix: TypeAlias = (
    pd.DataFrame | NDArray[np.generic] | Sequence[Sequence[float]] | sparray | spmatrix
)
"""(n, m) costs, as a table with labels, an array, nested lists, or a sparse matrix."""
Numbers: TypeAlias = pd.Series | NDArray[np.generic] | Sequence[float] | None
"""One number for each row, or each column, of a matrix."""


def labels_of(values: Matrix) -> tuple[pd.Index, pd.Index] | None:
    """Return the labels of rows and columns of a DataFrame; of anything else None.

    Raises
    ------
    InputError
        A label is there twice.
    """
    if not isinstance(values, pd.DataFrame):
        return None
    for name, index in (("row", values.index), ("column", values.columns)):
        if index.has_duplicates:
            label = index[index.duplicated()][0]
            raise InputError(
                f"the {name} '{label}' of the cost matrix is there twice",
                field="cost_matrix",
                hint=f"Give each {name} a label of its own.",
            )
    return values.index, values.columns


def numbers_of(values: Matrix) -> Matrix:
    """Return a DataFrame as an array; a missing cell is not a number."""
    if not isinstance(values, pd.DataFrame):
        return values
    if any(pd.api.types.is_bool_dtype(kind) for kind in values.dtypes):
        return values.to_numpy(dtype=bool)
    try:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(
            "the cost matrix is no table of numbers",
            field="cost_matrix",
            hint="Put names into the index, and numbers into every cell.",
        ) from error


def within(matrix: csr_array, limit: float | None) -> csr_array:
    """Leave out what is farther than the limit, an inclusive one."""
    if limit is None:
        return matrix
    keep = matrix.data <= limit * (1 + 1e-12)
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return csr_array((matrix.data[keep], (rows[keep], matrix.indices[keep])), shape=matrix.shape)


def refuse_boundless(values: FloatArray, name: str) -> None:
    """Refuse numbers that the solvers cannot tell from infinity."""
    if values.max(initial=0.0) >= _BOUNDLESS:
        raise InputError(
            f"{name} holds {values.max():g}, which is as good as infinite",
            field=name,
            hint="State inf in the matrix where there is no way,"
            " and weights and costs in a larger unit.",
        )


def aligned(
    values: Numbers | float, labels: pd.Index, name: str, by_label: bool
) -> FloatArray | None:
    """Return one number per label; a Series goes by those of a DataFrame, one number is for all."""
    if values is None:
        return None
    if isinstance(values, pd.Series) and by_label:
        if values.index.has_duplicates:
            again = values.index[values.index.duplicated()][0]
            raise InputError(
                f"{name} has '{again}' more than once",
                field=name,
                hint="Give each label one number.",
            )
        lacking = labels[~labels.isin(values.index)]
        if len(lacking):
            raise InputError(
                f"{name} has nothing for '{lacking[0]}'",
                field=name,
                hint="Give it the labels of the cost matrix.",
            )
        values = values.reindex(labels)
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} holds more than numbers", field=name) from error
    return np.full(len(labels), float(array)) if array.ndim == 0 else array


def fixed_mask(
    values: Iterable[Hashable] | None, labels: pd.Index, by_label: bool
) -> BoolArray | None:
    """Return which candidates are fixed: stated by label, by position, or as (m,) booleans."""
    if values is None:
        return None
    if by_label and isinstance(values, pd.Series) and pd.api.types.is_bool_dtype(values.dtype):
        return np.asarray(aligned(values, labels, "fixed", by_label)) > 0
    listed = _listed(values, "fixed")
    if len(listed) == len(labels) and all(isinstance(x, bool | np.bool_) for x in listed):
        return np.array(listed, dtype=bool)
    mask = np.zeros(len(labels), dtype=bool)
    mask[_positions(listed, labels, "fixed")] = True
    return mask


def _listed(values: object, name: str) -> list[Hashable]:
    """Return candidates as a list; a single one is told apart from a list of them."""
    # Of a mapping the keys alone would count: {"a": False} would fix a.
    if isinstance(values, str | Mapping) or not isinstance(values, Iterable):
        raise wrong_type(values, name, LocalizedText("候选点的列表", "a list of candidates"))
    return list(values)


def pair_positions(
    pairs: Sequence[tuple[Hashable, Hashable]] | None, labels: pd.Index
) -> IntArray | None:
    """Return pairs of candidates, stated by label or position, as (k, 2) positions."""
    if pairs is None:
        return None
    several = _listed(pairs, "incompatible_pairs")
    if any(isinstance(one, str) or not isinstance(one, Iterable) for one in several):
        raise InputError(
            "incompatible_pairs holds something that is no pair", field="incompatible_pairs"
        )
    listed = [tuple(pair) for pair in several if isinstance(pair, Iterable)]
    if not listed:
        return None
    if any(len(pair) != 2 or pair[0] == pair[1] for pair in listed):
        raise InputError(
            "incompatible_pairs holds something that is no pair", field="incompatible_pairs"
        )
    flat = _positions([one for pair in listed for one in pair], labels, "incompatible_pairs")
    return flat.reshape(-1, 2)


def _positions(values: list[Hashable], labels: pd.Index, name: str) -> IntArray:
    for value in values:
        if not isinstance(value, Hashable):
            raise wrong_type(value, name, LocalizedText("候选点的列表", "a list of candidates"))
    at = labels.get_indexer(pd.Index(values, dtype=object if len(values) == 0 else None))
    if (at < 0).any():
        wrong = values[int(np.flatnonzero(at < 0)[0])]
        raise InputError(
            f"{name} names a candidate '{wrong}' that is not there",
            field=name,
            hint="State labels of the columns (of an array, positions from 0).",
        )
    return np.asarray(at, dtype=np.int64)
