"""Models of TOML files take no truth for a number, and no unknown key."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import Field, ValidationError

from livingcircle.vocab.strict import Strict


class Table(Strict):
    metres: Annotated[float, Field(gt=0)] = 1.0
    count: int | None = None
    share: float | str = 0.5
    joined: bool | None = None
    lists: tuple[float, ...] = ()
    either: bool | float = False


@pytest.mark.parametrize("field", ["metres", "count", "share"])
@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_numbers(field: str, value: bool) -> None:
    with pytest.raises(ValidationError, match=f"{str(value).lower()} is no number"):
        Table.model_validate({field: value})


def test_what_is_meant_is_taken() -> None:
    made = Table.model_validate(
        {"metres": 3, "count": 2, "share": "all", "joined": True, "lists": [1, 2], "either": True}
    )
    assert (made.metres, made.count, made.share, made.joined) == (3.0, 2, "all", True)
    assert (made.lists, made.either) == ((1.0, 2.0), True)


def test_unknown_keys_are_errors_and_nothing_changes_after_reading() -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        Table.model_validate({"meters": 3})
    with pytest.raises(ValidationError, match="frozen"):
        Table().metres = 2.0
