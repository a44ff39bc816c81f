"""The header of a table: which row it is, and which column means what."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from livingcircle._nearest import did_you_mean
from livingcircle._resources import resource_toml
from livingcircle.errors import InputError
from livingcircle.io.notes import shorten
from livingcircle.io.table.numbers import comparable_text, multiples_of_counts, vocabulary

__all__ = [
    "TABLE_KINDS",
    "Column",
    "Role",
    "assign_roles",
    "count_factor",
    "count_known_headers",
    "roles",
    "without_unit",
]

TABLE_KINDS = ("facilities", "units", "villages", "demand", "land_use")
"""Kinds of table; a header such as 面积 means another thing in each."""

_ID_OF = {
    "facilities": "facility_id",
    "units": "unit_id",
    "villages": "village_id",
    "demand": "demand_id",
    "land_use": "parcel_id",
}
# What a table of units is named by where nothing is headed "name": its finest level.
_UNIT_NAMES = ("unit", "town", "district")
_DBF_NAME_BYTES = 10


@dataclass(frozen=True)
class Role:
    """A normalised column: its name, type of cell, and headers that mean it."""

    name: str
    type: str
    only: tuple[str, ...]
    aliases: tuple[str, ...]
    endings: tuple[str, ...]

    def fits(self, kind: str | None) -> bool:
        """Return whether tables of a kind have this column."""
        return kind is None or not self.only or kind in self.only


@dataclass(frozen=True)
class Column:
    """What one column of a table was understood to be."""

    own: str
    """Its header as written."""
    role: str
    type: str
    how: str
    """"stated", "alias", "ending" or "finest" (the finest level names the unit)."""
    factor: float = 1.0
    """The unit in its header, in the unit of the role."""
    unit: str = ""
    datum: str | None = None
    """The datum that the header of a coordinate names."""


@cache
def roles() -> dict[str, Role]:
    """Return the roles of headers.toml by name, in its order."""
    return {
        name: Role(
            name,
            entry.get("type", "text"),
            tuple(entry.get("only", ())),
            tuple(entry["aliases"]),
            tuple(entry.get("endings", ())),
        )
        for name, entry in resource_toml("livingcircle.io.table", "headers.toml").items()
    }


_TRADITIONAL = str.maketrans(
    "稱經緯類別區號級數機構設務單戶樓層總編點鎮鄉縣養齡歲園學醫療衛護體場館運動業開關備註東積間時電話長現狀態",
    "称经纬类别区号级数机构设务单户楼层总编点镇乡县养龄岁园学医疗卫护体场馆运动业开关备注东积间时电话长现状态",
)
"""Characters of headers as Taiwan, Hong Kong and Macau write them."""


def header_key(header: str) -> str:
    """Return a header without case, blanks, punctuation, full-width and traditional forms.

    >>> header_key("建筑面积 (㎡)"), header_key("has_volunteer_station")
    ('建筑面积m2', 'hasvolunteerstation')
    """
    text = unicodedata.normalize("NFKC", header).lower().translate(_TRADITIONAL)
    return "".join(c for c in text if c.isalnum() or c == "+")


def assign_roles(
    headers: Sequence[str],
    *,
    kind: str | None = None,
    stated: Mapping[str, str | None] | None = None,
    file: str = "",
    cut_names: bool = False,
    also: Mapping[str, Sequence[str]] | None = None,
    own: tuple[Role, ...] = (),
) -> list[Column]:
    """Return which columns of a table mean what.

    Parameters
    ----------
    headers
        The columns' own names, distinct.
    kind
        One of ``TABLE_KINDS``, or None where it is not known.
    stated
        Own name → role; None or "" leaves a column alone. It beats every guess.
    file
        For messages.
    cut_names
        Names are cut at ten bytes (a .dbf), so the beginning of an alias is enough.
    also
        Other ways to write a column's name (the two lines of a header).
    own
        Columns of one's own, for this table only; they win over those that ship.

    Returns
    -------
    list of Column
        The columns that mean something, in the order of ``headers``.

    Raises
    ------
    InputError
        If ``stated`` names a column or a role that does not exist.
    """
    stated = dict(stated or {})
    known = {role.name: role for role in (*own, *roles().values())}
    _check_stated(headers, stated, file, known)
    found: dict[str, Column] = {}
    for header, role in stated.items():
        if role:
            found[role] = _column(header, header, known[role], "stated")
    free = [h for h in headers if h not in stated]
    table = _alias_table(kind, own)
    claims: dict[str, tuple[int, Column]] = {}
    for header in free:
        for written in (header, *(also or {}).get(header, ())):
            hit = _match(written, table, cut_names)
            if hit is None:
                continue
            role, rank, datum = hit
            if role not in found and (role not in claims or rank < claims[role][0]):
                claims[role] = (rank, _column(header, written, known[role], "alias", datum))
            break
    found.update({role: column for role, (_, column) in claims.items()})
    _words_of_hours(free, found, table)
    _by_ending(free, found, kind)
    _by_kind(found, kind)
    return sorted(found.values(), key=lambda c: list(headers).index(c.own))


def count_known_headers(cells: Sequence[str]) -> int:
    """Return how many cells of a row are headers that mean something."""
    table = _alias_table(None)
    return sum(_match(cell, table, cut_names=False) is not None for cell in cells if cell.strip())


def _check_stated(
    headers: Sequence[str],
    stated: Mapping[str, str | None],
    file: str,
    known: Mapping[str, Role],
) -> None:
    for own, role in stated.items():
        if own not in headers:
            raise InputError(
                f"there is no column {shorten(own)!r}",
                hint=_near_or_all(own, headers),
                file=file,
                field=shorten(own),
            )
        if role and role not in known:
            raise InputError(
                f"{shorten(role)!r} is no meaning of a column",
                hint=_near_or_all(role, list(known)),
                file=file,
                field=shorten(own),
            )
    given = Counter(role for role in stated.values() if role)
    for role, count in given.items():
        if count > 1:
            owns = [shorten(own, 30) for own, r in stated.items() if r == role]
            raise InputError(
                f"{role} is stated of {' and '.join(owns)}",
                hint="State it of one column.",
                file=file,
                field=role,
            )


def _near_or_all(word: str, known: Sequence[str]) -> str:
    short = [shorten(name, 30) for name in known]
    return f"{did_you_mean(word, short)} There are: {', '.join(short[:30])}.".lstrip()


@cache
def _alias_table(kind: str | None, own: tuple[Role, ...] = ()) -> dict[str, tuple[str, int]]:
    """Return key of an alias → role and rank within the role; the first role keeps a key."""
    table: dict[str, tuple[str, int]] = {}
    for role in (*own, *roles().values()):
        if role.fits(kind):
            for rank, alias in enumerate((role.name, *role.aliases)):
                table.setdefault(header_key(alias), (role.name, rank))
    return table


def _match(
    header: str, table: Mapping[str, tuple[str, int]], cut_names: bool
) -> tuple[str, int, str | None] | None:
    """Return role, rank and datum of a header, or None."""
    if len(header) > 60:  # a cell of data or a title, no header
        return None
    whole = header_key(header)
    datum, rest = _without_datum(header)
    bare = header_key(without_unit(header)[0])
    # "其中：活动面积" is a part of the column before it.
    for form in (whole, bare, bare.removeprefix("其中"), header_key(rest)):
        role, rank = table.get(form, ("", 0))
        if role in ("lon", "lat", "point") and datum is not None:
            # Where a table has both, the columns in WGS 84 need no conversion; and beside them
            # those that name no datum are in another one.
            return role, rank + (-1000 if datum == "wgs84" else 200), datum
        if role and (datum is None or form != header_key(rest)):
            return role, rank, None
    two = [part for part in re.split(r"[/\\|\s]+", header) if part]
    if len(two) == 2 and header_key(two[0]) in table and header_key(two[1]).isascii():
        # 名称 Name; but 户数/人口 is two things.
        other = table.get(header_key(two[1]))
        if other is None or other[0] == table[header_key(two[0])][0]:
            return (*table[header_key(two[0])], None)
    if cut_names and len(header.encode()) >= _DBF_NAME_BYTES - 2:
        likely = {hit[0]: hit for alias, hit in table.items() if alias.startswith(whole)}
        if len(likely) == 1:
            return (*next(iter(likely.values())), None)
    return None


def _column(own: str, written: str, role: Role, how: str, datum: str | None = None) -> Column:
    kind = role.type
    factor, unit = 1.0, ""
    if kind in ("count", "area_m2", "area_km2"):
        unit = without_unit(written)[1]
        scale = _scale_of("count" if kind == "count" else "area")
        factor = scale.get(unit, 1.0 if kind != "area_km2" else 1e6)
        factor *= 1e-6 if kind == "area_km2" else 1.0
        unit = unit if unit in scale else ""
    return Column(own, role.name, kind, how, factor, unit, datum)


@cache
def _scale_of(kind: str) -> dict[str, float]:
    """Return the units of counts or areas, and what one of each is."""
    scale = {comparable_text(u): f for u, f in vocabulary()["units"][kind].items()}
    return scale | (multiples_of_counts() if kind == "count" else {})


def count_factor(unit: str) -> float | None:
    """Return what one of a unit counts for; None where nothing is counted in it.

    >>> count_factor("万人"), count_factor("m2")
    (10000.0, None)
    """
    return _scale_of("count").get(unit)


_BRACKETS = re.compile(r"[(\[【<《](.*?)[)\]】>》]")


@cache
def _known_units() -> frozenset[str]:
    units = vocabulary()["units"]
    return frozenset(comparable_text(u) for table in units.values() for u in table) | {
        *multiples_of_counts(),
        "年",
        "小时",
        "度",
    }


def without_unit(header: str) -> tuple[str, str]:
    """Split a header into its text and the unit that it names (in brackets, behind a slash)."""
    text = unicodedata.normalize("NFKC", header).strip()
    inside = _BRACKETS.findall(text)
    bare = _BRACKETS.sub("", text)
    for part in inside:
        unit = comparable_text(part).removeprefix("单位:").removeprefix("单位")
        if unit in _known_units():
            return bare, unit
    head, slash, tail = re.sub(r"[,，:：_]", "/", bare).rpartition("/")
    if slash and comparable_text(tail) in _known_units():
        return head, comparable_text(tail)
    match = re.search(r"(k?m2|㎡|m²|平方米|平方公里|公顷|亩)$", comparable_text(bare))
    if match and not inside:
        return comparable_text(bare)[: match.start()], match[1]
    return bare, ""


_AXES = frozenset({"lon", "lng", "long", "longitude", "lat", "latitude", "x", "y"})


def _without_datum(header: str) -> tuple[str | None, str]:
    """Split a header into the datum that it names and the rest."""
    text = comparable_text(header)
    for datum, words in vocabulary()["datum"].items():
        for word in sorted(words, key=len, reverse=True):
            at = text.find(word)
            # "bd" must stand alone, or beside an axis: it also is the beginning of other words.
            alone = word.isascii() and len(word) < 4
            rest = re.sub(r"坐标系?$", "", text.replace(word, "")) or "坐标"
            if at < 0 or (
                alone
                and rest not in _AXES  # wgsLng, latbd
                and not re.search(rf"(^|[^a-z]){word}([^a-z]|$)", text)
            ):
                continue
            return datum, rest
    return None, text


def _by_ending(headers: Sequence[str], found: dict[str, Column], kind: str | None) -> None:
    """Give a role without a column to a header that ends as it says."""
    taken = {column.own for column in found.values()}
    for role in roles().values():
        if role.name in found or not role.endings or not role.fits(kind):
            continue
        for own in headers:
            if own not in taken and header_key(own).endswith(role.endings):
                found[role.name] = _column(own, own, role, "ending")
                taken.add(own)
                break


_A_DURATION = re.compile(r"小时|时长|^(?!opening).*hours?$", re.IGNORECASE)


def _words_of_hours(
    headers: Sequence[str], found: dict[str, Column], table: Mapping[str, tuple[str, int]]
) -> None:
    """Where one column says how long a place is open and another one when, take each for that.

    Most tables have one of them, which says both ("8:30-17:30").
    """
    if "open_hours" not in found or found["open_hours"].how == "stated":
        return
    both = [own for own in headers if (_match(own, table, False) or ("",))[0] == "open_hours"]
    long = [own for own in both if _A_DURATION.search(own)]
    when = [own for own in both if own not in long]
    if long and when:
        known = roles()
        found["open_hours"] = _column(long[0], long[0], known["open_hours"], "alias")
        found.setdefault("opening", _column(when[0], when[0], known["opening"], "alias"))


def _by_kind(found: dict[str, Column], kind: str | None) -> None:
    """Let the id and the name of a table be those of its kind."""
    if kind is None:
        return
    own_id = _ID_OF[kind]
    if own_id not in found and "id" in found:
        found[own_id] = _as(found.pop("id"), own_id)
    if kind == "units" and "name" not in found:
        for role in _UNIT_NAMES:
            if role in found and found[role].how != "stated":
                found["name"] = _as(found.pop(role), "name", "finest")
                break
    if kind == "units" and "unit" in found:
        del found["unit"]


def _as(column: Column, role: str, how: str | None = None) -> Column:
    return Column(column.own, role, roles()[role].type, how or column.how, datum=column.datum)
