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
from livingcircle.vocab.walkers import walker_names

__all__ = ["with_pack_walking"]


def with_pack_walking(city: City, packs: Sequence[Pack]) -> City:
    """Return a city with the walkers of packs, and with stairs and crossings as they have it.

    What city.toml states wins. The walkers and delays of a pack hold for all that is assessed
    together; notes of the city say so.

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
    told = _told(packs, settled)
    city = replace(city, config=config, notes=(*city.notes, *told))
    if walking is None or not walking.counted:
        return city
    network = with_delays(city.network, **walking.stated)
    name = next(pack.id for pack in packs if pack.walking == walking)
    notes = [
        Note(f"{name}.toml", "delays", text, "[walking] signals_s, stairs_up, ...")
        for text in delay_notes(network)
    ]
    return replace(city, network=network, notes=(*city.notes, *notes))


def _told(packs: Sequence[Pack], settled: Collection[str]) -> list[Note]:
    """Return notes on the walkers of packs, which hold for the other packs too."""
    notes: dict[str, Note] = {}
    for pack in packs:
        for name, one in pack.walkers.items():
            if name in settled or name in notes:
                continue
            text = LocalizedText(
                f"“{name}”（{one.zh}）由该规划规定", f"'{name}' ({one.en}) is as this plan has it"
            )
            if name in walker_names():
                text = LocalizedText(f"{text.zh}，代替内置定义", f"{text.en}, not as it ships")
            if len(packs) > 1:
                text = LocalizedText(
                    f"{text.zh}，一并评估的各规划均按此计算",
                    f"{text.en}, in all plans that are assessed together",
                )
            overrule = f"[vocabulary.walkers.{name}] in city.toml"
            notes[name] = Note(f"{pack.id}.toml", "walkers", text, overrule)
    return list(notes.values())


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
