"""The further categories that a wide reading of facilities counts."""

from __future__ import annotations

from collections.abc import Sequence

from livingcircle._resources import resource_toml

__all__ = ["with_wide_categories"]


def with_wide_categories(ids: Sequence[str]) -> tuple[str, ...]:
    """Return categories with those that a wide reading counts besides, the given ones first.

    >>> with_wide_categories(["police_room"]), with_wide_categories(["bank"])
    (('police_room', 'police_station'), ('bank',))
    """
    also = (
        other
        for name in ids
        for other in resource_toml("livingcircle.vocab", "wide_categories.toml").get(name, ())
    )
    return tuple(dict.fromkeys((*ids, *also)))
