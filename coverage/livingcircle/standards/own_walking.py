"""What packs say of walking: walkers of their own, and what stairs and crossings cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from livingcircle.city.config import WalkingConfig
from livingcircle.city.model import City
from livingcircle.errors import ConfigError
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.network.waiting import delay_notes, with_delays
from livingcircle.standards.model import Pack
from livingcircle.vocab.own import OwnWalker

__all__ = ["as_packs_walk"]


def as_packs_walk(city: City, packs: Sequence[Pack]) -> City:
    """Return a city with the walkers of packs, and with stairs and crossings as they have it.

    What city.toml states wins. The delays of a pack hold for all that is assessed together.

    Raises
    ------
    ConfigError
        Two packs say different things, and city.toml does not settle it.
    """
    settled = city.config.vocabulary.walkers
    walkers = {**_walkers(packs, settled), **settled}
    said = city.config.walking
    walking = _walking(packs) if said.delays is None and not said.stated else None
    if len(walkers) == len(city.config.vocabulary.walkers) and walking is None:
        return city
    own = city.config.vocabulary.model_copy(update={"walkers": walkers})
    config = city.config.model_copy(update={"vocabulary": own, "walking": walking or said})
    if walking is None or not walking.counted:
        return replace(city, config=config)
    network = with_delays(city.network, **walking.stated)
    name = next(pack.id for pack in packs if pack.walking == walking)
    notes = [
        Note(f"{name}.toml", "delays", text, "[walking] signals_s, stairs_up, ...")
        for text in delay_notes(network)
    ]
    return replace(city, config=config, network=network, notes=(*city.notes, *notes))


def _walkers(packs: Sequence[Pack], settled: Collection[str]) -> dict[str, OwnWalker]:
    found: dict[str, OwnWalker] = {}
    for pack in packs:
        for name, one in pack.walkers.items():
            if found.setdefault(name, one) != one and name not in settled:
                raise ConfigError(
                    LocalizedText(
                        f"两份规划对步行者“{name}”的规定不同",
                        f"two packs have different walkers called '{name}'",
                    ),
                    field=f"walkers.{name}",
                    hint=LocalizedText(
                        "请在 city.toml 的 [vocabulary.walkers] 中写明，或分别评估。",
                        "State [vocabulary.walkers] in city.toml, or assess them one by one.",
                    ),
                )
    return found


def _walking(packs: Sequence[Pack]) -> WalkingConfig | None:
    stated = [pack for pack in packs if pack.walking is not None]
    for pack in stated[1:]:
        if pack.walking != stated[0].walking:
            raise ConfigError(
                LocalizedText(
                    f"规划 {stated[0].id} 与 {pack.id} 对台阶与过街耗时的规定不同",
                    f"the packs {stated[0].id} and {pack.id} state different delays of stairs and"
                    " crossings",
                ),
                field="walking",
                hint=LocalizedText(
                    "请在 city.toml 的 [walking] 中写明，或分别评估。",
                    "State [walking] in city.toml, or assess them one by one.",
                ),
            )
    return stated[0].walking if stated else None
