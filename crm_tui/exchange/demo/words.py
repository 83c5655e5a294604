"""Names and sentences of the demo; no real person, company or number is among them."""

from collections.abc import Mapping, Sequence
from typing import Final

LANGUAGES: Final = ("zh", "en")
"""A ticket is in one of them, as its customer writes."""

COMPANIES: Final[Mapping[str, tuple[Sequence[str], Sequence[tuple[str, str]], Sequence[str]]]] = {
    "zh": (
        ("东湖", "云岭", "海川", "北辰", "青禾", "金桥", "长宁", "星河", "南山", "白沙"),
        (
            ("精密机械", "制造业"),
            ("智能仓储", "物流"),
            ("软件", "IT服务"),
            ("医疗器械", "医疗"),
            ("食品", "食品"),
            ("新材料", "制造业"),
        ),
        ("有限公司", "股份公司", "集团", "工厂"),
    ),
    "en": (
        ("Harbour", "Northgate", "Millbrook", "Redwater", "Eastfield", "Highmoor"),
        (
            ("Logistics", "物流"),
            ("Instruments", "制造业"),
            ("Software", "IT服务"),
            ("Foods", "食品"),
        ),
        ("Ltd", "GmbH", "Works", "Group"),
    ),
}
"""Places, trades with their industry, and legal forms; a company's name is one of each."""
PEOPLE: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "zh": (
        tuple("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"),
        ("一鸣", "思远", "若水", "嘉禾", "明轩", "子涵"),
    ),
    "en": (
        ("Alex", "Sam", "Robin", "Kim", "Noor", "Jo"),
        ("Lind", "Okoye", "Brandt", "Moreau", "Castell", "Hale"),
    ),
}
"""First and second parts of a person's name."""
TITLES: Final = {
    "zh": ("总经理", "采购主管", "厂长"),
    "en": ("IT manager", "Buyer", "Plant manager"),
}
REGIONS: Final = ("华东", "华南", "华北", "西南")
PREFERENCES: Final = {"zh": "偏好邮件沟通", "en": "Calls before 10:00 only"}
NEEDS: Final = ("降本增效", "系统稳定性", "售后支持", "供应链优化", "快速交付")

SUBJECTS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "zh": {
        "complaint": ("交付延期一周", "设备运行时有异响", "账单金额有误", "技术支持响应太慢"),
        "after_sales": (
            "打印头需要更换",
            "系统升级后无法登录",
            "仓库扫描枪断连",
            "报表导出失败",
        ),
        "consultation": ("如何开通多仓库", "合同续签流程", "能否对接ERP"),
        "suggestion": ("希望增加夜间模式", "建议增加批量导出"),
        "praise": ("工程师上门很快",),
    },
    "en": {
        "complaint": ("Delivery two days late", "Wrong parts delivered", "Invoice counts twice"),
        "after_sales": ("Sensor reads zero", "Spare battery needed", "Scanner loses its link"),
        "consultation": ("How to add a user", "API quota question"),
        "suggestion": ("Please add CSV import", "Let filters be shared"),
        "praise": ("Great support last week",),
    },
}
WEIGHTS: Final = (
    ("after_sales", 38),
    ("complaint", 27),
    ("consultation", 22),
    ("suggestion", 9),
    ("praise", 4),
)
"""Kinds of ticket with their share of a hundred."""
DETAILS: Final = {
    "zh": (
        "昨天下午开始出现，已重启两次，仍未恢复。",
        "现场有三位同事受影响，请尽快回复。",
        "详情见邮件，型号和序列号可以再提供。",
    ),
    "en": (
        "It began yesterday afternoon; we restarted it twice.",
        "Three colleagues wait for an answer.",
        "Model and serial number are in our mail.",
    ),
}
REPLIES: Final = {
    "zh": ("已收到，正在核实。", "工程师已安排，今天联系您。"),
    "en": ("We are looking into it.", "Thank you, parts are on the way."),
}
RESULTS: Final = {
    "zh": "处理结果如上，请确认。",
    "en": "This is the result; please confirm that it helps.",
}
BACK_AGAIN: Final = {"zh": "问题又出现了。", "en": "The problem is back."}
CHANNELS: Final = ("phone", "phone", "email", "chat", "visit", "portal")
