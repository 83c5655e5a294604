"""Which figure a goal's metric names, in the words of the sources and of both languages (R-183, R-185)."""

from collections.abc import Mapping
from typing import Final

from crm_tui.domain import kpi
from crm_tui.domain.kpi.spec import Spec
from crm_tui.i18n import tr

WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "csat": ("满意度", "客户满意度", "satisfaction", "customer satisfaction"),
    "nps": ("净推荐值", "推荐度", "net promoter score"),
    "churn": ("流失率", "客户流失率", "churn rate"),
    "retention": ("留存率", "客户留存率", "retention rate"),
    "first_response": (
        *("平均首次响应时间", "首次响应时间", "平均响应时长"),
        *("服务响应时长", "mean first response"),
    ),
    "timeliness": ("服务响应及时率", "响应及时率"),
    "first_time_resolution": ("问题一次性解决率", "一次性解决率"),
    "resolution": ("问题解决率", "解决率"),
    "handling": ("平均处理时长",),
    "complaint_rate": ("投诉率", "客户投诉率"),
    "repeat_purchase": ("复购率", "客户复购率"),
    "conversion": ("销售转化率", "转化率"),
    "clv": ("客户生命周期价值",),
    "interaction_frequency": ("客户互动频次", "互动频次"),
}
"""Words beside the ids and names of figures, as goals of the sources write them."""
LANGUAGES: Final = ("en", "zh")
_BY_WORD: Final = {word: figure for figure, words in WORDS.items() for word in words}


def find(text: str) -> Spec | None:
    """The figure that is called so by id, name or word; None where the program computes none.

    Figures of single people measure no goal of the desk.
    """
    wanted = " ".join(text.casefold().split())
    found = kpi.FIGURES.get(_BY_WORD.get(wanted, wanted)) or next(
        (s for s in kpi.FIGURES.values() for lang in LANGUAGES if _name(s, lang) == wanted), None
    )
    return found if found is not None and not found.role else None


def _name(spec: Spec, language: str) -> str:
    return tr(spec.name, language).casefold()
