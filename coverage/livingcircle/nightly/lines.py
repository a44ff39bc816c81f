"""Every sentence of the night job's log, in both languages."""

from __future__ import annotations

from livingcircle.localized import LocalizedText
from livingcircle.publish.night_record import NightChanges

__all__ = [
    "MOVES",
    "REMOVED",
    "begun_line",
    "computed_line",
    "ended_line",
    "failed_line",
    "no_dataset_line",
    "set_aside_line",
]

MOVES = {"opened": "出现", "closed": "补上", "undecided": "无法判断", "moved": "变化"}
"""What a gap can do between two nights, and its Chinese."""

REMOVED = LocalizedText("已不在城市之列", "is no longer among the cities")


def set_aside_line(file: str) -> LocalizedText:
    """Return the line on a file of the history that is damaged."""
    return LocalizedText(f"{file} 不是一晚的记录，已略过", f"{file} is no night, and is left out")


def begun_line(cities: int, to_do: int) -> LocalizedText:
    """Return the first line."""
    return LocalizedText(
        f"{cities} 座城市，需计算 {to_do} 座", f"{cities} cities, {to_do} to compute"
    )


def computed_line(seconds: float, changes: NightChanges | None) -> LocalizedText:
    """Return the line on a city that was computed; `changes` is None in its first night."""
    if changes is None:
        zh, en = "首次计算", "for the first time"
    else:
        counts = {name: changes.get(name) for name in MOVES}
        zh = "，".join(f"{n} 处缺口{MOVES[name]}" for name, n in counts.items() if n)
        en = ", ".join(f"{n} gaps {name}" for name, n in counts.items() if n)
    return LocalizedText(
        f"用时 {seconds:.1f} 秒；{zh or '缺口没有变化'}",
        f"computed in {seconds:.1f} s; {en or 'no gap moved'}",
    )


def failed_line(error: LocalizedText, *, stays: bool) -> LocalizedText:
    """Return the line on a city that could not be computed; whether an earlier page stays."""
    if stays:
        return LocalizedText(
            f"{error.zh}（页面仍为先前的结果）", f"{error.en} (yesterday's page stays)"
        )
    return LocalizedText(f"{error.zh}（尚无页面）", f"{error.en} (there is no page yet)")


def no_dataset_line(error: LocalizedText) -> LocalizedText:
    """Return the line on a dataset that could not be written; the site is published."""
    return LocalizedText(f"数据集未写全：{error.zh}", f"the dataset is not whole: {error.en}")


def ended_line(seconds: float, computed: int, unchanged: int, failed: int) -> LocalizedText:
    """Return the last line."""
    return LocalizedText(
        f"已发布，用时 {seconds:.1f} 秒：计算 {computed} 座，未变 {unchanged} 座，失败 {failed} 座",
        f"published in {seconds:.1f} s: {computed} computed, {unchanged} unchanged, "
        f"{failed} failed",
    )
