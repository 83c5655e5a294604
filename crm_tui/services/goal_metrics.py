"""Which figure a goal's metric names, in the words of the sources and of both languages (R-183, R-185)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import N_


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure that the program computes."""

    id: str
    name: str
    """msgid"""
    direction: str
    """higher or lower is better, or none."""
    unit: str


_KNOWN: Final = (
    Metric("csat", N_("Satisfaction"), "higher", "percent"),
    Metric("nps", N_("Net promoter score"), "higher", "points"),
    Metric("churn", N_("Churn"), "lower", "percent"),
    Metric("retention", N_("Retention"), "higher", "percent"),
    Metric("first_response_mean", N_("Mean first response"), "lower", "hours"),
)
_BY_ID: Final = {m.id: m for m in _KNOWN}
WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "csat": ("满意度", "客户满意度", "satisfaction", "customer satisfaction"),
    "nps": ("净推荐值", "推荐度", "net promoter score"),
    "churn": ("流失率", "客户流失率", "churn rate"),
    "retention": ("留存率", "客户留存率", "retention rate"),
    "first_response_mean": ("平均首次响应时间", "首次响应时间", "mean first response"),
}
"""Words beside the ids and names of figures, as goals of the sources write them."""
_BY_WORD: Final = {word: figure for figure, words in WORDS.items() for word in words}


def find(text: str) -> Metric | None:
    """The figure that is called so by id, name or word; None where the program computes none."""
    wanted = " ".join(text.casefold().split())
    return _BY_ID.get(_BY_WORD.get(wanted, wanted))
