"""Pack and Requirement: what a plan demands, as it stands in a TOML file."""

from __future__ import annotations

import datetime
import re
from typing import Literal

from pydantic import Field, model_validator

from livingcircle.city.config import WalkingConfig
from livingcircle.localized import LocalizedText, Parameter
from livingcircle.standards.base import Needs, Text, WalkerName, Year
from livingcircle.standards.kinds import Part, kinds
from livingcircle.vocab.own import OwnCategories, OwnColumns, OwnWalkers
from livingcircle.vocab.period import period_over
from livingcircle.vocab.strict import Strict

__all__ = ["Document", "Outside", "OwnParameter", "Pack", "Requirement", "column_id"]


class Document(Strict):
    """The published text that a pack stands for."""

    number: str = ""
    """e.g. 厦府办〔2023〕14号; empty where the document has none."""
    title_zh: Text
    title_en: Text
    issuer_zh: Text
    issuer_en: Text
    date: datetime.date | None = None
    until: Year | None = None
    """The last year of the plan."""
    source: str = ""
    """Where the text was found, or how it can be found."""
    source_zh: str = ""
    """The same in Chinese."""

    @property
    def source_words(self) -> LocalizedText:
        """Where the text was found, in both languages."""
        return LocalizedText(self.source_zh or self.source, self.source)

    def over(self, as_of: int) -> LocalizedText:
        """Return the banner of a plan whose last year is past; else nothing."""
        return period_over(self.until, as_of)

    def expired(self, as_of: int) -> bool:
        """Return whether the plan's last year lies before the year of an assessment."""
        return bool(self.over(as_of))


class OwnParameter(Strict):
    """A number that the document leaves to the city, or that nobody could read."""

    zh: Text
    en: Text
    """What it is, with its unit."""

    def as_number(self, name: str) -> Parameter:
        """Return what stands in the place of the number until the planner states it."""
        return Parameter(name, LocalizedText(self.zh, self.en))


class Outside(Strict):
    """A demand of the document that no map can test, and why."""

    clause: Text
    statement_zh: Text
    statement_en: Text
    reason_zh: Text
    reason_en: Text


class Requirement(Strict):
    """One entry of a pack: one measurable demand, with one part or several judged together."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    pack: Text
    clause: Text
    statement_zh: Text
    statement_en: Text
    force: Literal["must", "should", "may"]
    due: Year | None = None
    verified: bool = True
    """False: the numbers are not checked against the printed text."""
    reading_zh: str = ""
    reading_en: str = ""
    """How the entry reads the text where the text leaves something open."""
    parts: tuple[Part, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, data: object) -> object:
        """Accept the one part of a simple entry beside the entry's own keys."""
        if not isinstance(data, dict):
            return data
        own = {key: value for key, value in data.items() if key in cls.model_fields}
        rest = {key: value for key, value in data.items() if key not in cls.model_fields}
        if "parts" not in own:
            own["parts"] = [rest]
        elif rest:
            # Unknown here; pydantic reports them under their own names.
            own |= rest
        parts = own["parts"]
        if isinstance(parts, list | tuple) and own.get("due") is not None:
            own["parts"] = [
                {"due": own["due"], **part} if isinstance(part, dict) else part for part in parts
            ]
        return own

    @property
    def kind(self) -> str:
        """The kind, or the kinds of the parts joined by ``+``."""
        return "+".join(dict.fromkeys(part.kind for part in self.parts))

    @property
    def target(self) -> float | str:
        """The target of the first part that is judged, else ``"report"``."""
        judged = (part.target for part in self.parts if part.target != "report")
        return next(judged, "report")

    @property
    def statement(self) -> LocalizedText:
        """The statement in both languages."""
        return LocalizedText(self.statement_zh, self.statement_en)

    @property
    def reading(self) -> LocalizedText:
        """The reading in both languages, empty where nothing is left open."""
        return LocalizedText(self.reading_zh, self.reading_en)

    @property
    def needs(self) -> Needs:
        """What data the entry needs."""
        total = Needs()
        for part in self.parts:
            total = total + part.needs()
        return total

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The numbers that the planner has yet to state."""
        named = {one.name: one for part in self.parts for one in part.open_parameters().values()}
        return tuple(named.values())

    def shows(self, what: str) -> bool:
        """Return whether any part has a property of ``Figures``, e.g. ``"by_home"``."""
        return any(getattr(part.figures(), what) for part in self.parts)


class Pack(Strict):
    """The measurable requirements of one document, and those that lie outside of it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    document: Document
    walker: WalkerName | None = None
    """The walker of circles that state none; the city's if not stated."""
    requirement: tuple[Requirement, ...] = Field(min_length=1)
    outside: tuple[Outside, ...] = ()
    categories: OwnCategories = Field(default_factory=dict)
    """Categories of the pack's own, by id."""
    columns: OwnColumns = Field(default_factory=dict)
    """Columns of the pack's own, by id."""
    walkers: OwnWalkers = Field(default_factory=dict)
    """Walkers of the pack's own, by id; those of city.toml win."""
    walking: WalkingConfig | None = None
    """What stairs and crossings cost where city.toml says nothing of it."""
    parameters: dict[str, OwnParameter] = Field(default_factory=dict)
    """Numbers that the planner states in ``[assess.parameters]`` of city.toml, by name."""

    @model_validator(mode="before")
    @classmethod
    def _hand_down(cls, data: object) -> object:
        """Give every entry the id of its pack, and every circle the pack's walker."""
        if not isinstance(data, dict) or not isinstance(data.get("requirement"), list):
            return data
        pack, who = data.get("id"), data.get("walker")
        entries = [_entry(entry, pack, who) for entry in data["requirement"]]
        return {**data, "requirement": entries}

    @model_validator(mode="after")
    def _distinct(self) -> Pack:
        seen: dict[str, str] = {}
        for entry in self.requirement:
            other = seen.setdefault(column_id(entry.id), entry.id)
            if other == entry.id and sum(one.id == entry.id for one in self.requirement) > 1:
                raise ValueError(f"two entries have the id '{entry.id}'")
            if other != entry.id:
                raise ValueError(
                    f"the ids '{other}' and '{entry.id}' would be one column of the layers. "
                    "Let them differ in more than case, '-', '_' and '.'"
                )
        return self

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """The entries."""
        return self.requirement

    @property
    def title(self) -> LocalizedText:
        """The title of the document."""
        return LocalizedText(self.document.title_zh, self.document.title_en)

    def __hash__(self) -> int:
        """Return a hash by the requirements; the mapping of own categories has none."""
        return hash((self.id, self.requirement))

    def __getitem__(self, key: str) -> Requirement:
        """Return the entry with an id."""
        for entry in self.requirement:
            if entry.id == key:
                return entry
        raise KeyError(key)


def column_id(standard: str) -> str:
    """Return an id as columns and layers compare it: without case, and with one joint.

    >>> column_id("T-1") == column_id("t_1")
    True
    """
    return re.sub(r"[-.]", "_", standard).casefold()


def _entry(entry: object, pack: object, who: object) -> object:
    if not isinstance(entry, dict):
        return entry
    found: dict[str, object] = {**entry, "pack": pack}
    if who is not None:
        found = _with_walker(found, who)
        parts = found.get("parts")
        if isinstance(parts, list):
            found["parts"] = [
                _with_walker(part, who) if isinstance(part, dict) else part for part in parts
            ]
    return found


def _with_walker(part: dict[str, object], who: object) -> dict[str, object]:
    """Return a part with the pack's walker, where its kind has one."""
    model = kinds().get(str(part.get("kind")))
    walks = model is not None and "walker" in model.model_fields
    return {"walker": who, **part} if walks else part
