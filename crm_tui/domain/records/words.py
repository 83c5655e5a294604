"""The sources' Chinese words for enumeration values, as spreadsheets carry them (A.2, R-089).

These are data to be recognised, not texts to be shown: labels are msgids at the enumerations.
"""

from enum import StrEnum
from functools import cache
from typing import Final

from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.folding import fold, without_brackets
from crm_tui.domain.records.problem import Problem

WORDS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "Segment": {
        "high_value": ("高价值客户", "高价值"),
        "potential": ("潜力客户", "潜力"),
        "ordinary": ("普通客户", "普通"),
        "churn_risk": ("流失风险客户", "流失风险"),
    },
    "ContributionTier": {
        "high": ("高贡献客户", "高贡献", "高"),
        "medium": ("中贡献客户", "中贡献", "中"),
        "low": ("低贡献客户", "低贡献", "低"),
    },
    "PotentialClass": {
        "key": ("重点潜力客户", "重点潜力", "重点"),
        "ordinary": ("普通潜力客户", "普通潜力", "普通"),
    },
    "KeyAccountLevel": {
        "strategic": ("战略客户", "战略"),
        "key": ("重点客户", "重点"),
        "ordinary": ("普通客户", "普通"),
    },
    "LifecycleStage": {
        "prospect": ("潜在客户", "线索", "潜客"),
        "customer": ("客户", "成交客户", "现有客户"),
        "retained": ("留存客户", "留存", "老客户"),
        "churned": ("流失客户", "流失", "已流失"),
    },
    "ServiceTier": {"A": ("A级", "A类"), "B": ("B级", "B类"), "C": ("C级", "C类")},
    "TicketKind": {
        "consultation": ("咨询", "咨询类"),
        "complaint": ("投诉", "投诉类"),
        "suggestion": ("建议", "意见", "建议或表扬", "建议类"),
        "praise": ("表扬", "表扬类"),
        "after_sales": ("售后请求", "售后", "售后问题"),
        "rescue": ("救援", "客户救援", "客户救援服务"),
    },
    "Urgency": {
        "urgent": ("紧急", "加急"),
        "normal": ("普通", "一般"),
        "low": ("低优", "低", "不紧急"),
    },
    "Channel": {
        "phone": ("电话", "电话沟通", "来电"),
        "visit": ("拜访", "线下拜访", "上门", "上门拜访"),
        "online": ("线上", "线上沟通", "在线"),
        "email": ("邮件", "电子邮件", "邮箱"),
        "chat": ("在线聊天", "在线客服", "微信"),
        "sms": ("短信",),
        "social": ("社交媒体", "社交平台"),
        "official_account": ("公众号", "微信公众号"),
        "meeting": ("面谈", "会议", "面访"),
        "portal": ("意见箱", "线上意见箱", "网站"),
    },
    "SolutionType": {
        "answer": ("准确解答", "解答"),
        "repair": ("维修",),
        "exchange": ("换货",),
        "alternative": ("替代方案",),
        "other": ("其他", "其它"),
    },
    "Satisfaction": {
        "satisfied": ("满意", "非常满意"),
        "unsatisfied": ("不满意", "非常不满意"),
        "none": ("未询问", "未评价"),
    },
    "CauseCategory": {
        "process_unclear": ("服务流程不清晰", "流程不清晰"),
        "duty_vague": ("部门职责模糊", "职责模糊"),
        "tool_lacking": ("工具支持不足",),
        "product_quality": ("产品质量",),
        "other": ("其他", "其它"),
    },
    "RequirementType": {
        "product": ("产品", "产品需求"),
        "service": ("服务", "服务需求"),
        "after_sales": ("售后", "售后需求"),
        "price": ("价格", "价格需求"),
        "business": ("业务", "业务需求"),
        "technical": ("技术", "技术需求"),
    },
    "RequirementPriority": {"high": ("高",), "medium": ("中",), "low": ("低",)},
    "RequirementFeedback": {
        "confirmed": ("已确认", "确认"),
        "to_follow_up": ("待跟进", "待确认"),
    },
    "CompletionState": {
        "done": ("已完成", "完成"),
        "in_progress": ("进行中", "处理中"),
        "pending": ("待处理", "待办"),
    },
    "TaskStatus": {
        "not_started": ("待开始", "未开始"),
        "in_progress": ("进行中",),
        "done": ("已完成", "完成"),
        "delayed": ("延期", "已延期", "逾期"),
    },
    "Role": {
        "viewer": ("只读",),
        "agent": ("坐席",),
        "lead": ("组长",),
        "manager": ("部门负责人", "经理"),
        "admin": ("管理员",),
    },
    "Post": {
        "executive": ("高管",),
        "knowledge_base": ("知识库管理岗",),
        "key_account_manager": ("大客户经理",),
        "key_account_assistant": ("大客户助理",),
    },
    "ContractStatus": {
        "draft": ("草稿",),
        "active": ("生效", "生效中", "执行中", "有效"),
        "renewed": ("已续签", "续签"),
        "closed": ("已结束", "结束", "已到期", "终止"),
        "cancelled": ("已取消", "取消", "作废"),
    },
    "InteractionPurpose": {
        "general": ("一般互动", "日常"),
        "business_review": ("业务回顾",),
        "return_visit": ("回访", "客户回访"),
        "care": ("客户关怀", "关怀"),
        "content": ("内容分享",),
        "progress_update": ("进展同步",),
    },
    "PurchaseIntent": {
        "additional": ("增购",),
        "replacement": ("换购",),
        "referral": ("推荐购买", "转介绍"),
    },
    "RequirementState": {
        "new": ("新建", "新"),
        "in_progress": ("进行中", "处理中"),
        "resolved": ("已解决", "已完成"),
        "dropped": ("已放弃", "放弃"),
    },
    "GoalDirection": {"higher": ("越高越好",), "lower": ("越低越好",)},
    "GoalMode": {
        "reach": ("达到数值", "达到"),
        "change_percent": ("按百分比变化", "百分比"),
        "change_points": ("按点数变化", "百分点"),
    },
    "GoalState": {
        "draft": ("草稿",),
        "active": ("进行中", "执行中"),
        "reached": ("已达成", "达成"),
        "missed": ("未达成",),
        "cancelled": ("已取消", "取消"),
    },
    "ImprovementState": {
        "proposed": ("已提出", "提出"),
        "accepted": ("已采纳", "采纳"),
        "in_progress": ("进行中",),
        "done": ("已完成", "完成"),
        "rejected": ("未采纳", "不采纳"),
    },
    "TimeBasis": {
        "elapsed": ("自然时长", "自然小时"),
        "working": ("工作时长", "工作小时"),
        "working_days": ("工作日",),
        "calendar_days": ("自然日",),
        "months": ("自然月", "月"),
    },
}
"""Enumeration class -> value -> words."""


def choices(enum: type[StrEnum]) -> Msg:
    """The values of an enumeration as a list in words."""
    shown = [Msg(enum_label(one)) for one in enum]
    listed = shown[-1]
    for one in reversed(shown[:-1]):
        listed = msg("{first}, {rest}", first=one, rest=listed)
    return listed


def enum_label(member: StrEnum) -> str:
    """The msgid of an enumeration's value."""
    named = getattr(member, "label", None)
    return str(named()) if named is not None else member.value


@cache
def _forms(enum: type[StrEnum]) -> dict[str, StrEnum]:
    forms: dict[str, StrEnum] = {}
    known = WORDS.get(enum.__name__, {})
    for one in enum:
        for word in (one.value, enum_label(one), *known.get(one.value, ())):
            forms.setdefault(fold(word), one)
    return forms


def member(enum: type[StrEnum], text: str) -> StrEnum:
    """The value that ``text`` names by code, label or a word of the sources; else `Problem`."""
    forms = _forms(enum)
    found = forms.get(fold(text)) or forms.get(fold(without_brackets(text)))
    if found is None:
        raise Problem(
            msg("{field} is one of: {choices}", choices=choices(enum)), code="unknown_value"
        )
    return found
