"""A pack as plain text for a person, in Chinese or English."""

from __future__ import annotations

from pathlib import Path

from livingcircle.errors import ConfigError
from livingcircle.localized import LocalizedText, number, percent
from livingcircle.standards.base import Needs, PartBase, share_of
from livingcircle.standards.loader import load_pack
from livingcircle.standards.model import Outside, Pack, Requirement
from livingcircle.vocab.categories import category_name
from livingcircle.vocab.levels import level_name
from livingcircle.vocab.texts import text_of

__all__ = ["pack_as_text"]

FORCE = {
    "must": LocalizedText("必达", "must"),
    "should": LocalizedText("力争", "should"),
    "may": LocalizedText("鼓励", "may"),
}
_SAID = {
    "measured": LocalizedText("测什么", "measured"),
    "target": LocalizedText("目标", "target"),
    "schedule": LocalizedText("进度", "schedule"),
    "data": LocalizedText("数据", "data"),
    "reading": LocalizedText("理解", "reading"),
    "unverified": LocalizedText("数值未与原文核对", "the numbers are not checked against the text"),
    "outside": LocalizedText("不在空间评估范围内", "Outside a spatial assessment"),
    "why": LocalizedText("原因", "because"),
    "due": LocalizedText("年到期", "due"),
    "until": LocalizedText("至", "until"),
    "source": LocalizedText("来源：", "source: "),
}


def pack_as_text(pack: str | Path | Pack, language: str = "zh") -> str:
    """Return a pack as text: of every requirement what is measured, when it is due, what it needs.

    Parameters
    ----------
    pack
        Name, path or pack.
    language
        ``"zh"`` or ``"en"``.

    Raises
    ------
    ConfigError
        The pack is unknown or not valid, or the language is another one.
    """
    _check(language)
    found = load_pack(pack)
    of = found.document
    head = [f"{found.title.pick(language)} ({found.id})"]
    issuer = of.issuer_zh if language == "zh" else of.issuer_en
    facts = [of.number, issuer, of.date.isoformat() if of.date else ""]
    if of.until:
        facts.append(f"{_SAID['until'].pick(language)} {of.until}")
    head.append(" · ".join(fact for fact in facts if fact))
    count, rest = len(found.requirements), len(found.outside)
    counted = LocalizedText(
        f"{count} 项可测要求，{rest} 项不在空间评估范围内",
        f"{count} measurable requirement{'s' * (count != 1)}, {rest} outside a spatial assessment",
    )
    head.append(counted.pick(language))
    if found.columns:
        own = [f"{name}（{one.zh} / {one.en}）" for name, one in found.columns.items()]
        heading = LocalizedText("自有字段：", "columns of its own: ").pick(language)
        head.append(heading + ("、" if language == "zh" else ", ").join(own))
    head += _parameters(found, language)
    if of.source_words:
        head.append(_SAID["source"].pick(language) + of.source_words.pick(language))
    blocks = ["\n".join(head), *(_requirement(entry, language) for entry in found.requirements)]
    if found.outside:
        lines = [_outside(item, language) for item in found.outside]
        blocks.append("\n".join([_SAID["outside"].pick(language), *lines]))
    return "\n\n".join(blocks) + "\n"


def _check(language: str) -> None:
    if language not in ("zh", "en"):
        raise ConfigError(
            f"there are no texts in '{language}'", hint="Expected 'zh' or 'en'.", field="language"
        )


def _requirement(entry: Requirement, language: str) -> str:
    facts = [entry.clause, FORCE[entry.force].pick(language)]
    if entry.due:
        due = LocalizedText(f"{entry.due} 年到期", f"due {entry.due}")
        facts.append(due.pick(language))
    lines = [f"{entry.id}  {' · '.join(facts)}", f"  {entry.statement.pick(language)}"]
    for part in entry.parts:
        lines += _part(part, language, several=len(entry.parts) > 1)
    lines.append(_line("data", _needs(entry.needs, language), language))
    if entry.reading:
        lines.append(_line("reading", entry.reading.pick(language), language))
    if not entry.verified:
        lines.append(f"  ! {_SAID['unverified'].pick(language)}")
    return "\n".join(lines)


def _part(part: PartBase, language: str, *, several: bool) -> list[str]:
    label = f"[{part.label.pick(language)}] " if several and part.label else ""
    lines = [_line("measured", label + part.measured().pick(language), language)]
    if part.schedule:
        steps = [_step(part, position, language) for position in range(len(part.schedule))]
        lines.append(
            _line("schedule", "；".join(steps) if language == "zh" else "; ".join(steps), language)
        )
    else:
        lines.append(_line("target", part.asked().pick(language), language))
    return lines


def _step(part: PartBase, position: int, language: str) -> str:
    step = part.schedule[position]
    asked = []
    if step.at_least is not None:
        asked.append(f"≥ {number(step.at_least)}")
    target = part.target if step.target is None else step.target
    share = share_of(target)
    if step.at_least is None:
        asked.append(
            part.asked().pick(language)
            if share is None
            else LocalizedText(percent(share), percent(share)).pick(language)
        )
    if step.districts:
        asked.append(("、" if language == "zh" else ", ").join(step.districts))
    return f"{step.year}{'：' if language == 'zh' else ': '}{' '.join(asked)}"


def _needs(needs: Needs, language: str) -> str:
    comma = "、" if language == "zh" else ", "
    groups = [
        comma.join(category_name(i).pick(language) for i in needs.categories),
        comma.join(text_of("data", name, language) for name in needs.layers),
        comma.join(level_name(name).pick(language) for name in needs.levels),
        comma.join(_column(name, language) for name in needs.columns),
    ]
    return ("；" if language == "zh" else "; ").join(group for group in groups if group)


def _column(name: str, language: str) -> str:
    """Return a column with the table that it is of: 单元表的户数, households of the units."""
    table, _, column = name.partition(".")
    of, what = text_of("table", table, language), text_of("column", column, language)
    return f"{of}的{what}" if language == "zh" else f"{what} of {of}"


def _parameters(found: Pack, language: str) -> list[str]:
    """Return the numbers that the planner has to state, each with its name in city.toml."""
    if not found.parameters:
        return []
    head = LocalizedText(
        "须由规划人员在 city.toml 的 [assess.parameters] 中给定（下文记作 N，给定前为数据不足）：",
        "numbers that the planner states in [assess.parameters] of city.toml (N below; until then"
        " what rests on them is unknown):",
    )
    lines = [
        f"  {name}{'：' if language == 'zh' else ': '}{one.zh if language == 'zh' else one.en}"
        for name, one in found.parameters.items()
    ]
    return [head.pick(language), *lines]


def _outside(item: Outside, language: str) -> str:
    zh = language == "zh"
    statement = item.statement_zh if zh else item.statement_en
    reason = item.reason_zh if zh else item.reason_en
    why = _SAID["why"].pick(language)
    return f"  {item.clause}  {statement} — {why}{'：' if zh else ': '}{reason}"


def _line(key: str, text: str, language: str) -> str:
    return f"  {_SAID[key].pick(language)}{'：' if language == 'zh' else ': '}{text}"
