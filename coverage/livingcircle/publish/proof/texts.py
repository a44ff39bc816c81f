"""The sentence for each proof that fails, by the code of the check."""

from __future__ import annotations

from collections.abc import Mapping

from livingcircle.localized import LocalizedText

__all__ = ["FAILURE_TEXTS", "WHERE"]

_HOME = LocalizedText("居民点", "home")
_NODE = LocalizedText("节点", "node")

WHERE: Mapping[str, LocalizedText] = {
    "edge": LocalizedText("路段", "edge"),
    "anchor": _HOME,
    "facility": LocalizedText("设施", "facility"),
    "number": _NODE,
    "improved": _NODE,
    "floating": _NODE,
    "walk": _HOME,
    "status": _HOME,
    "area": LocalizedText("城中村", "urban village"),
    "part": LocalizedText("部分", "part"),
    "served": LocalizedText("条件", "condition"),
    "sent": LocalizedText("变量", "variable"),
}
"""What the rows of a failure are."""

FAILURE_TEXTS: Mapping[str, LocalizedText] = {
    "hash": LocalizedText("不是当时写出的文件", "is not the file that was written"),
    "edge": LocalizedText("路段的长度或端点无效", "the length or an end of an edge makes no sense"),
    "anchor": LocalizedText(
        "到路网的位置或接入距离无效", "the place on the network or the access leg makes no sense"
    ),
    "facility": LocalizedText(
        "设施的节点或接入距离无效", "the node or the access leg of a facility makes no sense"
    ),
    "number": LocalizedText(
        "成本不是非负数，或同一设施出现两次",
        "a cost is no number from 0 up, or a facility counts twice",
    ),
    "improved": LocalizedText(
        "有更短的路，所列成本偏高", "there is a shorter way: the stated cost is too high"
    ),
    "floating": LocalizedText(
        "没有一条路达到所列成本，成本偏低", "no way attains the stated cost: it is too low"
    ),
    "walk": LocalizedText("步行距离与成本不符", "the stated walk does not follow from the costs"),
    "status": LocalizedText("是否覆盖与步行距离不符", "the status does not follow from the walk"),
    "area": LocalizedText(
        "村的距离或是否候选与居民的步行距离不符",
        "the distance or the candidacy does not follow from the walks of its homes",
    ),
    "part": LocalizedText(
        "数值或结论与各居民点不符", "the value or verdict does not follow from the homes"
    ),
    "finding": LocalizedText(
        "数值或结论与其各部分不符", "the value or verdict does not follow from its parts"
    ),
    "people": LocalizedText(
        "未覆盖的人数或户数与各居民点不符",
        "the people or households left out do not follow from the homes",
    ),
    "served": LocalizedText(
        "方案不满足条件，或价格为负", "the plan does not keep to a condition, or a price is below 0"
    ),
    "sent": LocalizedText(
        "方案的变量超出范围，或选址不是整数",
        "a variable of the plan is out of its range, or a site is built in part",
    ),
    "plan": LocalizedText(
        "方案的成本或下界与表不符", "the objective or the bound does not follow from the tables"
    ),
    "spoilt": LocalizedText("无法读取", "cannot be read"),
}
