"""Stairs and crossings: a network where they cost time, and how that was understood."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from numbers import Real

from livingcircle._nearest import did_you_mean
from livingcircle.arguments import check_type
from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText
from livingcircle.network.graph import WalkNetwork
from livingcircle.network.terrain import waiting_s_m
from livingcircle.vocab.delays import Delays, usual_delays

__all__ = ["delay_notes", "slowed_by", "with_delays"]


def with_delays(network: WalkNetwork, **stated: float) -> WalkNetwork:
    """Return a walking network where stairs and crossings cost time.

    Parameters
    ----------
    network
        A network to walk on.
    **stated
        Figures that differ from those that ship: ``stairs_up``, ``stairs_down`` (times the seconds
        of level ground), ``signals_s``, ``crossing_s``, ``lift_s`` (seconds each),
        ``escalator_m_s``.

    Raises
    ------
    ConfigError
        There is no such figure, or it is no number from 0 up (above 0 for a speed and for stairs).
    """
    check_type(network, "network", WalkNetwork, "read_network")
    known = [one.name for one in fields(Delays)]
    for name, value in stated.items():
        if name not in known:
            raise ConfigError(
                LocalizedText(f"没有名为“{name}”的耗时", f"no delay is called '{name}'"),
                field=name,
                hint=did_you_mean(name, known, f"Known are {', '.join(known)}."),
            )
        least = 0.0 if name.endswith("_s") and not name.endswith("_m_s") else 1e-3
        if isinstance(value, bool) or not (isinstance(value, Real) and least <= value < math.inf):
            raise ConfigError(
                LocalizedText(f"“{name}”的值为 {value}", f"'{name}' is {value}"),
                field=name,
                hint=LocalizedText("请给出大于 0 的数。", "State a number above 0."),
            )
    return replace(network, delays=replace(usual_delays(), **stated))


def slowed_by(network: WalkNetwork) -> LocalizedText | None:
    """Name what makes walks take longer in a network, as far as it is there; None: nothing.

    Slopes, where heights are known; stairs, crossings, lifts and escalators, where they cost time.
    """
    tags = network.tags
    named = [(network.terrain is not None, "坡度", "slopes")]
    if network.delays is not None:
        cost = network.delays
        rides = tags.escalator & tags.stairs
        lifts = tags.lift & ~rides
        waits = waiting_s_m(network, cost) > 0
        climbs = cost.stairs_up != 1 or cost.stairs_down != 1
        stairs = tags.stairs & ~tags.escalator & climbs
        crossings = tags.crossing & ~lifts & ~rides & waits
        carried = rides | (lifts & waits)
        named += [
            (bool(stairs.any()), "台阶", "stairs"),
            (bool(crossings.any()), "过街等待", "crossings"),
            (bool(carried.any()), "电梯扶梯", "lifts or escalators"),
        ]
    found = [(zh, en) for there, zh, en in named if there]
    if not found:
        return None
    zh, en = ([one[k] for one in found] for k in range(2))
    last = "和".join(zh[-2:]), " and ".join(en[-2:])
    return LocalizedText("、".join([*zh[:-2], last[0]]), ", ".join([*en[:-2], last[1]]))


def delay_notes(network: WalkNetwork) -> list[LocalizedText]:
    """Return what stairs and crossings cost in a network, in a sentence."""
    delays, tags = network.delays, network.tags
    if delays is None:
        return []
    stairs = int((tags.stairs & ~tags.escalator).sum())
    lit = int((tags.crossing & tags.signals).sum())
    other = int(tags.crossing.sum()) - lit
    up, down = f"{delays.stairs_up:g}", f"{delays.stairs_down:g}"
    zh = [f"台阶 {stairs} 段，耗时为平地的 {up} 倍（上）、{down} 倍（下）"]
    en = [
        f"{stairs} edges of stairs take {up} (up) and {down} (down) times as long as level ground"
    ]
    if not stairs:
        zh, en = ["路网没有标注台阶"], ["no edge is tagged as stairs"]
    if lit or other:
        zh.append(
            f"过街路段：有信号灯 {lit} 段（每次等待 {delays.signals_s:g} 秒），"
            f"无信号灯 {other} 段（{delays.crossing_s:g} 秒）"
        )
        en.append(
            f"{lit} edges of crossings have signals ({delays.signals_s:g} s a crossing),"
            f" {other} have none ({delays.crossing_s:g} s)"
        )
    else:
        zh.append("路网没有标注过街路段，过街不计等待")
        en.append("no edge is tagged as a crossing, so that nobody waits at one")
    return [LocalizedText("；".join(zh), "; ".join(en))]
