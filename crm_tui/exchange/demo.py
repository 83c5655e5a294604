"""The demo database: the template rows of source A and a generated service desk (R-312).

Everything is made by a seeded generator; no real person, company or number is in it.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_tui.services.actor import Actor
from crm_tui.services.facade import Services, initialise
from crm_tui.services.imports import History, HistoryEvent

SEED: Final = 20_240_603
ZONE: Final = ZoneInfo("Asia/Shanghai")
CUSTOMERS: Final = 300
TICKETS: Final = 3_000
BATCH: Final = 500
SOURCE: Final = "demo"

STAFF: Final = (
    ("lin", "林晓", "manager", "after_sales"),
    ("wu", "吴桐", "lead", "after_sales"),
    ("ana", "Ana Reyes", "agent", "after_sales"),
    ("ben", "Ben Okafor", "agent", "after_sales"),
    ("zhou", "周宁", "agent", "service"),
    ("he", "何川", "manager", "service"),
    ("tang", "唐果", "agent", "product"),
    ("mei", "Mei Larsen", "manager", "product"),
    ("gao", "高原", "manager", "technology"),
    ("ivo", "Ivo Petrov", "agent", "technology"),
    ("qin", "秦岚", "manager", "sales"),
    ("sun", "孙越", "lead", "sales"),
    ("bai", "白露", "agent", "call_centre"),
    ("fang", "方舟", "manager", "call_centre"),
    ("luo", "罗汉", "manager", "delivery"),
    ("nora", "Nora Quist", "manager", "marketing"),
    ("shen", "沈默", "manager", "key_account"),
    ("guest", "Guest 访客", "viewer", "service"),
)
HEADS: Final = {
    "after_sales": "lin",
    "service": "he",
    "product": "mei",
    "technology": "gao",
    "sales": "qin",
    "call_centre": "fang",
    "delivery": "luo",
    "marketing": "nora",
    "key_account": "shen",
}
PLACES: Final = (
    "东湖",
    "云岭",
    "海川",
    "北辰",
    "青禾",
    "金桥",
    "长宁",
    "星河",
    "南山",
    "白沙",
    "Harbour",
    "Northgate",
)
TRADES: Final = (
    ("精密机械", "制造业"),
    ("智能仓储", "物流"),
    ("软件", "IT服务"),
    ("医疗器械", "医疗"),
    ("食品", "食品"),
    ("新材料", "制造业"),
    ("Logistics", "物流"),
    ("Instruments", "制造业"),
)
FORMS: Final = ("有限公司", "股份公司", "集团", "工厂")
REGIONS: Final = ("华东", "华南", "华北", "西南", "海外")
FAMILY: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
GIVEN: Final = ("一鸣", "思远", "若水", "嘉禾", "明轩", "子涵", "Alex", "Sam")
SUBJECTS: Final = {
    "complaint": (
        "交付延期一周",
        "设备运行时有异响",
        "账单金额有误",
        "Delivery two days late",
        "技术支持响应太慢",
        "Wrong parts delivered",
    ),
    "after_sales": (
        "打印头需要更换",
        "系统升级后无法登录",
        "Sensor reads zero",
        "仓库扫描枪断连",
        "Spare battery needed",
        "报表导出失败",
    ),
    "consultation": (
        "如何开通多仓库",
        "How to add a user",
        "合同续签流程",
        "API quota question",
        "能否对接ERP",
    ),
    "suggestion": ("希望增加夜间模式", "Please add CSV import", "建议增加批量导出"),
    "praise": ("工程师上门很快", "Great support last week"),
}
DETAILS: Final = (
    "昨天下午开始出现，已重启两次，仍未恢复。",
    "It began yesterday afternoon; we restarted it twice.",
    "现场有三位同事受影响，请尽快回复。",
    "Three colleagues wait for an answer.",
    "详情见邮件，型号和序列号可以再提供。",
)
WEIGHTS: Final = (
    ("after_sales", 38),
    ("complaint", 27),
    ("consultation", 22),
    ("suggestion", 9),
    ("praise", 4),
)
REPLIES: Final = (
    "已收到，正在核实。",
    "We are looking into it.",
    "工程师已安排，今天联系您。",
    "Thank you, parts are on the way.",
)
CHANNELS: Final = ("phone", "phone", "email", "chat", "visit", "portal")
Said = Callable[[str], None]


@dataclass(slots=True)
class _Desk:
    """What the generator knows of the desk it fills."""

    services: Services
    admin: Actor
    now: datetime
    rng: random.Random
    customers: int = CUSTOMERS
    tickets: int = TICKETS

    def customer_names(self) -> Iterator[tuple[str, str]]:
        """Company names and industries, all different."""
        seen: set[str] = set()
        while True:
            place, (trade, industry) = self.rng.choice(PLACES), self.rng.choice(TRADES)
            name = f"{place}{trade}{self.rng.choice(FORMS)}"
            if place.isascii() or trade.isascii():
                name = f"{place} {trade} {self.rng.choice(('Ltd', 'GmbH', 'Works', 'Group'))}"
            if name in seen:
                name = f"{name}{len(seen)}" if not name.isascii() else f"{name} {len(seen)}"
            seen.add(name)
            yield name, industry


def build(
    services: Services,
    admin_login: str,
    *,
    now: datetime,
    say: Said = lambda _: None,
    customers: int = CUSTOMERS,
    tickets: int = TICKETS,
) -> None:
    """Fill a fresh database with the demo; ``now`` is the end of the generated year."""
    initialise(services, admin_login, "Demo Admin", demo=True)
    admin = services.org.login(admin_login)
    desk = _Desk(services, admin, now, random.Random(SEED), customers, tickets)
    say("staff")
    _staff(desk)
    say("templates")
    _templates(desk)
    say("customers")
    keys = _customers(desk)
    say("tickets")
    _tickets(desk, keys, say)
    say("live")
    _live(desk)
    services.ticker.tick("demo")
    services.ticker.release("demo")


def _staff(desk: _Desk) -> None:
    org = desk.services.org
    org.change_staff(desk.admin.staff_id, {"department": "after_sales"}, actor=desk.admin)
    for login, name, role, department in STAFF:
        posts = ["executive"] if login == "shen" else ["knowledge_base"] if login == "tang" else []
        org.add_staff(login, name, role=role, department=department, posts=posts, actor=desk.admin)
    for department, login in HEADS.items():
        org.set_head(department, login, actor=desk.admin)
    for login in ("wu", "zhou"):
        org.add_to_team("special_service", login, actor=desk.admin)
    for login in ("sun", "zhou", "ana"):
        org.add_to_team("customer_relationship", login, actor=desk.admin)
    desk.admin = org.login(desk.admin.login)


def _templates(desk: _Desk) -> None:
    """The ten rows that source A prints, word for word (requirements.md A.4)."""
    services, admin = desk.services, desk.admin
    services.imports.write_customers(
        [
            (
                "template:1",
                "template",
                {
                    "customer_no": "C2024001",
                    "name": "A公司",
                    "industry": "制造业",
                    "segment": "high_value",
                    "opening_balance_fen": 500_000_000,
                    "annual_amount_fen": 250_000_000,
                    "first_cooperation_on": date(2022, 5, 20),
                    "last_cooperation_on": date(2024, 5, 20),
                    "tags": ["降本增效", "供应链优化"],
                    "contacts": [
                        {"name": "*总", "job_title": "采购总监", "is_decision_maker": True}
                    ],
                },
            ),
            (
                "template:2",
                "template",
                {
                    "customer_no": "C2024002",
                    "name": "B企业",
                    "industry": "IT服务",
                    "segment": "potential",
                    "opening_balance_fen": 80_000_000,
                    "annual_amount_fen": 80_000_000,
                    "first_cooperation_on": date(2023, 11, 15),
                    "last_cooperation_on": date(2024, 5, 15),
                    "tags": ["系统稳定性", "售后支持"],
                    "contacts": [
                        {
                            "name": "*经理",
                            "job_title": "技术负责人",
                            "phone": "139XXXX",
                            "is_decision_maker": True,
                        }
                    ],
                },
            ),
        ],
        actor=admin,
    )
    rows: tuple[tuple[str, dict[str, Any]], ...] = (
        (
            "requirement",
            {
                "customer_id": "C2024001",
                "type": "product",
                "description": "采购智能仓储系统",
                "priority": "high",
                "expected_resolution_on": "2024-06-30",
                "customer_feedback": "confirmed",
                "feedback_note": "需补充成本明细",
            },
        ),
        (
            "requirement",
            {
                "customer_id": "C2024002",
                "type": "service",
                "description": "优化售后响应速度（48小时→24小时）",
                "priority": "medium",
                "expected_resolution_on": "2024-06-15",
                "customer_feedback": "to_follow_up",
                "feedback_note": "需确认具体场景",
            },
        ),
        (
            "interaction",
            {
                "customer_id": "C2024001",
                "occurred_on": "2024-05-10",
                "channel": "visit",
                "topic": "Q2业务回顾",
                "follow_up_action": "安排6月产品培训",
                "completion_state": "in_progress",
            },
        ),
        (
            "interaction",
            {
                "customer_id": "C2024002",
                "occurred_on": "2024-05-12",
                "channel": "phone",
                "topic": "售后问题跟进",
                "follow_up_action": "技术48小时内排查",
                "completion_state": "done",
            },
        ),
        (
            "goal",
            {
                "objective": "客户满意度",
                "metric": "满意度",
                "baseline": "75",
                "target": "90",
                "current": "87",
                "reported_attainment": "97",
                "direction": "higher",
                "gap_analysis": "培训支持未完全落地",
                "improvement_measure": "增加6月培训频次至2次",
                "review_on": "2024-07-01",
                "unit": "分",
            },
        ),
        (
            "goal",
            {
                "objective": "客户流失率",
                "metric": "流失率",
                "baseline": "20",
                "target": "15",
                "current": "17",
                "reported_attainment": "85",
                "direction": "lower",
                "gap_analysis": "潜力客户识别滞后",
                "review_on": "2024-06-30",
                "unit": "%",
            },
        ),
        (
            "task",
            {
                "number": "XZ2024001",
                "description": "制定客户分层运营手册",
                "department_ids": ["销售部", "服务部"],
                "owner_id": "qin",
                "due_on": "2024-06-30",
                "status": "in_progress",
            },
        ),
        (
            "task",
            {
                "number": "XZ2024002",
                "description": "优化售后响应流程",
                "department_ids": ["服务部", "技术部"],
                "owner_id": "he",
                "due_on": "2024-06-15",
                "status": "done",
            },
        ),
    )
    for kind, data in rows:
        services.registers.create(kind, data, actor=admin, source="template")


def _customers(desk: _Desk) -> list[str]:
    """Generated customers with contacts; answers their source keys."""
    rng, names = desk.rng, desk.customer_names()
    rows: list[tuple[str, str, dict[str, Any]]] = []
    for index in range(desk.customers - 2):
        name, industry = next(names)
        annual = int(10 ** rng.uniform(4.2, 6.6)) * 100
        years = rng.randint(0, 6)
        last = desk.now.astimezone(ZONE).date() - timedelta(days=rng.randint(1, 300))
        person = rng.choice(FAMILY) + rng.choice(GIVEN) if rng.random() < 0.8 else rng.choice(GIVEN)
        rows.append(
            (
                f"demo:{index}",
                "1",
                {
                    "name": name,
                    "industry": industry,
                    "region": rng.choice(REGIONS),
                    "segment": rng.choice(
                        ("high_value", "potential", "ordinary", "ordinary", "churn_risk")
                    ),
                    "lifecycle_stage": "prospect" if rng.random() < 0.06 else "customer",
                    "potential_class": "key" if rng.random() < 0.05 else "ordinary",
                    "opening_balance_fen": annual * max(years, 1),
                    "annual_amount_fen": annual,
                    "first_cooperation_on": last - timedelta(days=365 * years + 20),
                    "last_cooperation_on": last,
                    "preferences": rng.choice(("", "", "偏好邮件沟通", "Calls before 10:00 only")),
                    "tags": rng.sample(
                        ("降本增效", "系统稳定性", "售后支持", "供应链优化", "快速交付"), 2
                    ),
                    "contacts": [
                        {
                            "name": person,
                            "job_title": rng.choice(("总经理", "采购主管", "IT manager", "厂长")),
                            "phone": f"199{index:08d}",
                            "email": f"contact{index}@example.com",
                            "is_decision_maker": True,
                        }
                    ],
                },
            )
        )
    for start in range(0, len(rows), BATCH):
        desk.services.imports.write_customers(rows[start : start + BATCH], actor=desk.admin)
    managers = [desk.services.org.login(n).staff_id for n in ("sun", "qin", "shen")]
    with desk.services.core.write(desk.admin) as unit:
        from sqlalchemy import select, update

        from crm_tui.db.schema.customers import customer

        ids = [int(r.id) for r in unit.conn.execute(select(customer.c.id).order_by(customer.c.id))]
        for position, key in enumerate(ids):
            unit.conn.execute(
                update(customer)
                .where(customer.c.id == key)
                .values(manager_id=managers[position % len(managers)])
            )
        unit.log("customer", ids[0], "managers_named")
    return [row[0] for row in rows]


def _tickets(desk: _Desk, keys: list[str], say: Said) -> None:
    """A year of histories, most of them ended, written in bulk as imported history."""
    rng = desk.rng
    start = desk.now - timedelta(days=365)
    moments = sorted(
        start + (desk.now - start) * (1 - rng.random() ** 1.3) for _ in range(desk.tickets - LIVE)
    )
    batch: list[History] = []
    for index, received in enumerate(moments):
        batch.append(_history(desk, index, received.replace(microsecond=0), rng.choice(keys)))
        if len(batch) == BATCH or index == len(moments) - 1:
            desk.services.imports.write_tickets(batch, actor=desk.admin)
            batch = []
            say(f"tickets {index + 1}")


LIVE: Final = 24


def _history(desk: _Desk, index: int, received: datetime, customer_key: str) -> History:
    rng = desk.rng
    kind = rng.choices([k for k, _ in WEIGHTS], [w for _, w in WEIGHTS])[0]
    urgency = (
        "low" if kind in ("suggestion", "praise") else "urgent" if rng.random() < 0.06 else "normal"
    )
    age = desk.now - received
    events: list[HistoryEvent] = []
    at = received

    def add(kind_: str, state: str, hours: float, text: str = "", **fields: str) -> bool:
        """An event ``hours`` later, unless that lies ahead of now."""
        nonlocal at
        later = at + timedelta(hours=hours)
        if later > desk.now:
            return False
        at = later
        events.append(HistoryEvent(at, kind_, state, f"{index}:{len(events)}", "", text, fields))
        return True

    add("created", "registered", 0, urgency=urgency)
    add("registered", "registered", rng.expovariate(6))
    state = "registered"
    owner = rng.choice(("ana", "ben", "wu", "zhou", "tang", "ivo", "bai"))
    open_for_long = (age < timedelta(days=5) and rng.random() < 0.65) or rng.random() < 0.012
    steps: list[tuple[str, str, float, str]] = [
        ("state", "dispatched", rng.expovariate(1 / 3), ""),
        ("staff_reply", "dispatched", rng.expovariate(1 / 5), rng.choice(REPLIES)),
        ("state", "accepted", rng.expovariate(1 / 4), ""),
    ]
    if rng.random() < 0.3:
        wait = rng.choice(("waiting_customer", "waiting_third_party"))
        steps += [
            ("state", wait, rng.expovariate(1 / 6), ""),
            ("state", "accepted", rng.expovariate(1 / 30), ""),
        ]
    if kind in ("complaint", "after_sales") or urgency == "urgent":
        steps += [
            ("state", "solution_proposed", rng.expovariate(1 / 8), ""),
            ("state", "approved", rng.expovariate(1 / 5), ""),
            ("state", "executing", rng.expovariate(1 / 4), ""),
        ]
    steps += [
        ("staff_reply", "result_fed_back", rng.expovariate(1 / 20), "处理结果如上，请确认。"),
        ("state", "result_fed_back", 0.01, ""),
        ("state", "resolved", rng.expovariate(1 / 20), ""),
        ("state", "closed", rng.expovariate(1 / 40), ""),
    ]
    if rng.random() < 0.04:
        steps += [
            ("customer_message", "accepted", rng.expovariate(1 / 40), "问题又出现了。"),
            ("state", "accepted", 0.01, ""),
            ("staff_reply", "accepted", rng.expovariate(1 / 4), rng.choice(REPLIES)),
            ("state", "resolved", rng.expovariate(1 / 20), ""),
        ]
    if rng.random() < 0.02:
        steps = [*steps[:2], ("state", "cancelled", 2.0, "")]
    stop = rng.randint(0, len(steps) - 3) if open_for_long else len(steps)
    for position, (what, new, hours, text) in enumerate(steps):
        moved = {"from": state, "to": new} if what == "state" else {}
        if position >= stop or not add(what, new, hours, text, **moved):
            break
        state = new if what == "state" else state
    subject = rng.choice(SUBJECTS[kind])
    return History(
        source=SOURCE,
        source_key=f"demo:{index}",
        digest="1",
        customer_key=customer_key,
        customer_name=customer_key,
        customer_source="customers",
        subject=subject,
        description=f"{subject}\n{rng.choice(DETAILS)}",
        kind=kind,
        urgency=urgency,
        channel=rng.choice(CHANNELS),
        state=state,
        received_at=received,
        registered_at=events[1].at if len(events) > 1 else received,
        events=events,
        department={
            "zhou": "service",
            "tang": "product",
            "ivo": "technology",
            "bai": "call_centre",
        }.get(owner, "after_sales"),
        assignee=owner if state != "registered" else "",
    )


def _live(desk: _Desk) -> None:
    """Tickets that went through the services: approvals waiting, escalations, hand-overs, merges."""
    services, core = desk.services, desk.services.core
    real, clock = core.clock, [desk.now - timedelta(hours=30)]
    core.clock = lambda: clock[0]
    try:
        people = {login: services.org.login(login) for login, *_ in STAFF}
        rows = services.customers.page("", actor=desk.admin, limit=40).rows
        made: list[int] = []
        for index in range(LIVE):
            kind = ("complaint", "after_sales", "consultation", "complaint", "suggestion")[
                index % 5
            ]
            clock[0] = desk.now - timedelta(hours=30 - index, minutes=index * 7)
            subjects = SUBJECTS[kind]
            made.append(
                services.intake.create(
                    {
                        "customer_id": rows[index].id,
                        "kind": kind,
                        "channel": CHANNELS[index % len(CHANNELS)],
                        "subject": subjects[index % len(subjects)],
                        "description": subjects[index % len(subjects)],
                        "appeal": "尽快解决" if index % 2 else "Please fix it soon",
                        "safety_risk": index % 11 == 3,
                        "preferred_reply_channel": "email" if index % 4 == 0 else "",
                    },
                    actor=people["bai"],
                )
            )
        clock[0] = desk.now - timedelta(hours=2)
        ana, wu, lin = people["ana"], people["wu"], people["lin"]
        admin = desk.admin
        services.tickets.assign(made[:12], ana.staff_id, actor=admin)
        services.tickets.status(
            made[:8], "accepted", actor=admin, values={"verified_note": "已与客户核实"}
        )
        services.messages.reply(made[:6], REPLIES[0], actor=admin, now=True, progress=True)
        services.closing.propose(made[:2], "更换新机并补偿运费", actor=wu, solution_type="exchange")
        services.closing.propose([made[3]], "派工程师现场维修", actor=wu, solution_type="repair")
        services.closing.decide([made[3]], True, actor=lin)
        services.tickets.wait([made[5]], actor=admin, reason="等客户提供序列号")
        services.tickets.escalate([made[6]], "客户要求高管回复", actor=wu, level=3)
        services.tickets.escalate([made[7]], "需要多部门配合", actor=wu, level=2)
        services.tickets.tag(made[8:11], actor=admin, add=["vip", "续签"])
        services.links.link(made[8], made[9], "related", actor=admin)
        clock[0] = desk.now
    finally:
        core.clock = real
