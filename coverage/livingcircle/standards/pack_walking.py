"""What packs say of walking: walkers of their own, and what stairs and crossings cost."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from livingcircle.city.config import CityConfig, WalkingConfig
from livingcircle.city.model import City, PackWalking
from livingcircle.errors import ConfigError
from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.waiting import delay_notes, with_delays
from livingcircle.standards.kind import Kind
from livingcircle.standards.model import Pack
from livingcircle.vocab.delays import Delays
from livingcircle.vocab.walkers import walker_names

__all__ = ["own_config", "with_pack_walking"]


def own_config(city: City) -> CityConfig:
    """Return what city.toml states, without what packs have said of walking."""
    config, packs = city.config, city.of_packs
    if packs is None:
        return config
    own = {
        name: one
        for name, one in config.vocabulary.walkers.items()
        if packs.walkers.get(name) != one
    }
    said = WalkingConfig() if config.walking == packs.walking else config.walking
    vocabulary = config.vocabulary.model_copy(update={"walkers": own})
    return config.model_copy(update={"vocabulary": vocabulary, "walking": said})


def with_pack_walking(city: City, packs: Sequence[Pack]) -> tuple[City, tuple[Pack, ...]]:
    """Return a city with the walkers of packs, and with stairs and crossings as they have it.

    What city.toml states wins; what other packs have said of a city that was assessed before is
    left out. Each pack has its own walkers: where another pack, or the shipped
    table, calls somebody else by the same name, the name of the pack stands behind it
    (``child@xiamen-2025``), and notes of the city say so. Delays hold for all that is assessed
    together.

    Returns
    -------
    city, packs
        The packs name their walkers as the city has them.

    Raises
    ------
    ConfigError
        Two packs say different things of stairs and crossings, and city.toml does not settle it.
    """
    stated, packs = own_config(city), [_as_written(pack) for pack in packs]
    settled = stated.vocabulary.walkers
    names = {pack.id: _names(pack, packs, settled) for pack in packs}
    walkers = {name: pack.walkers[own] for pack in packs for own, name in names[pack.id].items()}
    said = stated.walking
    walking = _walking(packs) if said.delays is None and not said.stated else None
    if not walkers and walking is None and city.of_packs is None:
        return city, tuple(packs)
    network, before, rest = _own_network(city)
    notes = _walker_notes(packs, names)
    if walking is not None and walking.counted:
        timed = with_delays(network, **walking.stated)
        # A network that is as asked for keeps what was found on it.
        network = city.network if city.network.delays == timed.delays else timed
        name = next(pack.id for pack in packs if pack.walking == walking)
        notes += [
            Note(f"{name}.toml", "delays", text, "[walking] signals_s, stairs_up, ...")
            for text in delay_notes(network)
        ]
    own = stated.vocabulary.model_copy(update={"walkers": {**walkers, **settled}})
    config = stated.model_copy(update={"vocabulary": own, "walking": walking or said})
    of_packs = PackWalking(walkers, walking, before, tuple(notes))
    city = replace(city, config=config, network=network, notes=(*rest, *notes), of_packs=of_packs)
    return city, tuple(_renamed(pack, names[pack.id]) for pack in packs)


def _own_network(city: City) -> tuple[WalkNetwork, Delays | None, tuple[Note, ...]]:
    """Return the network, its delays and the notes of a city without what packs have said."""
    network, packs = city.network, city.of_packs
    if packs is None:
        return network, network.delays, city.notes
    notes = tuple(note for note in city.notes if note not in packs.notes)
    if packs.walking is not None and network.delays != packs.before:
        network = replace(network, delays=packs.before)
    return network, packs.before, notes


def _as_written(pack: Pack) -> Pack:
    """Return a pack of a joint assessment that names its walkers as its file does."""
    return _renamed(pack, {f"{name}@{pack.id}": name for name in pack.walkers})


def _names(pack: Pack, packs: Sequence[Pack], settled: Collection[str]) -> dict[str, str]:
    """Return what each walker of a pack is called among all, by what the pack calls it.

    Those that city.toml settles are left out.
    """
    found = {}
    for name, one in pack.walkers.items():
        if name in settled:
            continue
        others = [other for other in packs if other is not pack]
        shared = any(other.walkers.get(name, one) != one for other in others)
        # Another pack that means the walker that ships goes on to have that one.
        ships = name in walker_names() and any(name not in other.walkers for other in others)
        found[name] = f"{name}@{pack.id}" if shared or ships else name
    return found


def _renamed(pack: Pack, names: Mapping[str, str]) -> Pack:
    """Return a pack whose parts name its walkers as the city has them."""
    if all(name == own for own, name in names.items()):
        return pack
    entries = tuple(
        entry.model_copy(update={"parts": tuple(_part(part, names) for part in entry.parts)})
        for entry in pack.requirement
    )
    return pack.model_copy(update={"requirement": entries})


def _part(part: Kind, names: Mapping[str, str]) -> Kind:
    chosen = str(part.chosen.get("walker") or getattr(part, "walker", None) or "")
    if chosen not in names or names[chosen] == chosen:
        return part
    rest = tuple(one for one in part.read_as if one.axis != "walker")
    return part.model_copy(update={"walker": names[chosen], "read_as": rest})


def _walker_notes(packs: Sequence[Pack], names: Mapping[str, Mapping[str, str]]) -> list[Note]:
    """Return notes on the walkers of packs: whom each name means."""
    notes: dict[str, Note] = {}
    for pack in packs:
        for own, name in names[pack.id].items():
            if name in notes:
                continue
            one = pack.walkers[own]
            text = LocalizedText(
                f"“{own}”（{one.zh}）由该规划规定", f"'{own}' ({one.en}) is as this plan has it"
            )
            if own in walker_names():
                text = LocalizedText(f"{text.zh}，代替内置定义", f"{text.en}, not as it ships")
            if name != own:
                text = LocalizedText(
                    f"{text.zh}，仅用于该规划，其他规划各按其自身规定",
                    f"{text.en}, for this plan alone: others have whom they mean by it",
                )
            overrule = f"[vocabulary.walkers.{own}] in city.toml"
            notes[name] = Note(f"{pack.id}.toml", "walkers", text, overrule)
    return list(notes.values())


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
