"""Every demand point with every facility within a limit: as a long table, and added up."""

from __future__ import annotations

import numpy as np
import pandas as pd

from livingcircle._arrays import FloatArray, IntArray
from livingcircle._nearest import did_you_mean
from livingcircle.arguments import wrong_type
from livingcircle.errors import ConfigError, InputError
from livingcircle.localized import LocalizedText

__all__ = ["demand_ids", "facility_ids", "facility_weight", "weighted_sum"]


def demand_ids(demand: pd.DataFrame | pd.Series) -> np.ndarray:
    """Return what names the demand points: ``demand_id``, else the index."""
    if isinstance(demand, pd.DataFrame) and "demand_id" in demand:
        return np.asarray(demand["demand_id"].to_numpy())
    return np.asarray(demand.index.to_numpy())


def facility_ids(facilities: pd.DataFrame) -> np.ndarray:
    """Return what names each row: ``facility_id``, else the index; each row has to have it.

    Raises
    ------
    InputError, WrongTypeError
        A row has none, or ids are no labels, such as lists.
    """
    own = "facility_id" in facilities
    ids = facilities["facility_id"] if own else facilities.index.to_series()
    missing = pd.isna(ids).to_numpy()
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise InputError(
            LocalizedText(
                f"第 {row} 行（从 0 数起）的设施没有编号",
                f"the facility of row {row}, counted from 0, has no id",
            ),
            field="facilities.facility_id" if own else "facilities.index",
            hint=LocalizedText(
                "请填写 facility_id，或删去该列（此时以索引为编号）。",
                "Fill in facility_id, or drop the column: the index names them then.",
            ),
        )
    try:
        pd.factorize(ids)
    except TypeError as error:
        wanted = LocalizedText("文字或数字", "text or numbers")
        raise wrong_type(ids.iloc[0], "facility_id", wanted) from error
    return np.asarray(ids.to_numpy())


def facility_weight(
    table: pd.DataFrame, weight: str | None, code: IntArray, count: int
) -> FloatArray:
    """Return what each facility counts for: a column of the facility table, or 1.

    Parameters
    ----------
    table
        The rows that were searched from.
    weight
        Name of a numeric column; None: each facility counts as 1.
    code
        (rows,) number of the facility of each row; entrances share one.
    count
        Number of facilities.

    Returns
    -------
    ndarray
        (count,) of each facility the first value that one of its rows states; NaN where none does.

    Raises
    ------
    ConfigError
        There is no such column, or it holds no numbers.
    """
    if weight is None:
        return np.ones(count)
    if not isinstance(weight, str):
        wanted = LocalizedText("设施表中一列的名称", "the name of a column of the facilities")
        raise wrong_type(weight, "weight", wanted)
    if weight not in table:
        columns = map(str, table.columns)
        hint = did_you_mean(weight, columns, "Name a column of the facilities.")
        text = LocalizedText(
            f"设施表中没有“{weight}”列", f"the facilities have no column '{weight}'"
        )
        raise ConfigError(text, field="weight", hint=hint)
    values = table[weight].reset_index(drop=True)
    numbers = pd.to_numeric(values, errors="coerce").astype(float)
    if numbers.isna().any() and numbers.isna().sum() > values.isna().sum():
        row = int(np.flatnonzero(numbers.isna() & values.notna())[0])
        raise ConfigError(
            LocalizedText(
                f"“{weight}”列的值 {values[row]!r} 不是数",
                f"{values[row]!r} in column '{weight}' is no number",
            ),
            field="weight",
            hint=LocalizedText("请先转换为数。", "Convert the column to numbers."),
        )
    first = numbers.groupby(code).first()
    return np.asarray(first.reindex(np.arange(count)), dtype=np.float64)


def weighted_sum(
    demand: IntArray, facility: IntArray, weight: FloatArray, count: int
) -> FloatArray:
    """Return the sum of the weights linked to each of `count` points; NaN if one is unknown."""
    return np.asarray(
        np.bincount(demand, weights=weight[facility], minlength=count), dtype=np.float64
    )
