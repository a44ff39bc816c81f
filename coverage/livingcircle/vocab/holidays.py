"""What Chinese opening hours say of holidays: taken out of the words, and told apart.

``节假日`` are the public holidays and no weekends, which are stated by name where they are meant.
Hours of holidays ("节假日 9:00-12:00", "周末及节假日休息") stay in the words: holidays are read
there as one more day. A feast that is named ("春节休息") is in no calendar here; it is known in
which days of the year it may fall.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

__all__ = ["HolidayWords", "may_fall_on", "without_holidays"]

HOLIDAY = "(?<![寒暑])(?:国家)?(?:法定)?(?:节假?|假)(?:日|期)"
SHUT = "休息|休馆|闭馆|不开放|不对外开放|不上班|不营业|停业|歇业|关闭|关门|放假|公休|closed"
"""Words that say that a place is shut."""
_ENDS = r"[^,;()]*"
_FEASTS = {
    "元旦": ((12, 30), (1, 3)),
    "春节": ((1, 19), (2, 28)),
    "除夕": ((1, 19), (2, 28)),
    "大年": ((1, 19), (2, 28)),
    "正月": ((1, 19), (3, 22)),
    "清明": ((4, 2), (4, 7)),
    "五一": ((4, 27), (5, 6)),
    "劳动": ((4, 27), (5, 6)),
    "端午": ((5, 26), (6, 27)),
    "中秋": ((9, 6), (10, 9)),
    "国庆": ((9, 27), (10, 9)),
    "十一": ((9, 27), (10, 9)),
}
"""The first and the last day of a year that a feast may be on, with the days off around it."""
_FEAST = (
    "(?:农历)?(?:(?:元旦|春节|除夕|清明|劳动|五一|端午|中秋|国庆|十一(?![点时:]))节?"
    "|(?:大年|正月)?(?:三十|初[一二三四五六七八九十]))(?:期间|假期|长假|当天|当日)?"
)
_FEAST_LIST = rf"{_FEAST}(?:(?:[、,和及与至到~—-]|节)*{_FEAST})*"
_CLOCK = r"(?:次日)?(?:上午|早上?|中午|下午|晚上?)?\d{1,2}[:点时](?:\d{1,2}分?)?"
_HOURS = rf"{_CLOCK}[-~—–−至到]+{_CLOCK}"
_OPEN = (
    "(?:也|均|都)?(?:(?:正常|照常)(?:开放|营业|上班|服务|开馆|办公)?|不休息?|无休|不打烊|不闭馆)"
)
_LEFT_OPEN = (
    rf"(?:另行{_ENDS}|另有{_ENDS}|以{_ENDS}(?:为准|公告|通知){_ENDS}|(?:详见|见|请见|安排){_ENDS}"
    "|值班|轮休|顺延|除外顺延)"
)
_BEFORE = "(?:逢|如?遇|每逢)?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("unknown", rf"{_BEFORE}{HOLIDAY}(?:期间)?[:,]?{_LEFT_OPEN}"),
    ("usual", rf"(?<![不包])(?:包?含|包括){HOLIDAY}|{_BEFORE}{HOLIDAY}(?:期间)?{_OPEN}"),
    (
        "off",
        rf"除了?{HOLIDAY}(?:以外|之外|外|除外)?|{HOLIDAY}(?:期间)?除外|不(?:包?含|包括){HOLIDAY}"
        # Closed within brackets; "节假日休息" elsewhere may belong to "周六、" before it.
        rf"|(?<=\(){_BEFORE}{HOLIDAY}(?:期间)?(?:{SHUT})(?=\))",
    ),
    (
        "feast",
        rf"(?:除了?)?{_FEAST_LIST}(?:{_OPEN}|{SHUT}|除外|[以之]?外(?:全年)?(?:开放)?"
        rf"|[:,]?{_HOURS}(?:[,;、和及]*{_HOURS})*)",
    ),
)


HolidayEffect: TypeAlias = Literal["", "off", "usual", "unknown"]


@dataclass(frozen=True)
class HolidayWords:
    """What was said of holidays apart from hours of them."""

    effect: HolidayEffect = ""
    """What holds on public holidays: nothing said, shut, as on other days, not known."""
    feasts: tuple[str, ...] = ()
    """Feasts that something was said of: what holds on days that they may fall on is unknown."""


def without_holidays(text: str) -> tuple[str, HolidayWords]:
    """Return opening hours without what they say of holidays apart from hours, and what it was.

    Parameters
    ----------
    text
        In normal form (NFKC), without white space.

    Examples
    --------
    >>> without_holidays("周一至周五9:00-17:00(法定节假日除外)")
    ('周一至周五9:00-17:00', HolidayWords(effect='off', feasts=()))
    """
    effects: list[str] = []
    feasts: list[str] = []
    # "节假日照常休息", "周六日(含节假日)休息"
    rest = re.sub(rf"(?:也|均|都|正常|照常)+(?={SHUT})", "", text)
    rest = re.sub(rf"[(,]*(?<![不包])(?:包?含|包括)({HOLIDAY})\)?(?={SHUT})", r",\1", rest)
    for effect, pattern in _PATTERNS:
        found = re.findall(pattern, rest)
        if not found:
            continue
        if effect == "feast":
            said = "".join(match[0] for match in re.finditer(pattern, rest))
            feasts += [name for name in _FEASTS if name in said]
            if "初" in said or "三十" in said:
                feasts.append("正月")
        else:
            effects.append(effect)
        rest = re.sub(rf"[,;、。(]*(?:{pattern})", lambda m: "(" if m[0][0] == "(" else ",", rest)
    if not effects and not feasts:
        return rest, HolidayWords()
    rest = re.sub(r"\([,;、]*\)", ",", rest).strip(",;、。")
    rest = re.sub(r"[,;、。]+", lambda m: m[0][0], rest)
    effect = effects[0] if len(set(effects)) == 1 else "unknown" if effects else ""
    if effect == "off" and re.search(SHUT, rest):
        # "周一闭馆，节假日除外": the place may be open on them.
        effect = "unknown"
    return rest, HolidayWords(cast("HolidayEffect", effect), tuple(dict.fromkeys(feasts)))


def may_fall_on(feasts: tuple[str, ...], day: datetime.date) -> bool:
    """Return whether one of some feasts, or the days off around it, may be on a day."""
    at = day.month, day.day
    return any(
        first <= at <= last if first <= last else at >= first or at <= last
        for first, last in (_FEASTS[name] for name in feasts)
    )
